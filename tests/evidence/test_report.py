"""The report is one file that runs nothing, asks for nothing, hides nothing and tells the counts of the tables."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import sync_playwright

from linkage.clusters.signals import SIGNALS
from linkage.evidence import Exported, Level, verify
from linkage.evidence.public import TITLES
from linkage.evidence.report import UNITS
from linkage.evidence.timeline import draw_timeline
from linkage.investigate import printable
from tests.evidence.factory import Desk, desk, read, rows, unzip
from tests.investigate.factory import world
from tests.ui.browser import launch, require_chromium
from tests.ui.payloads import PAYLOADS

PAGES = ("report.html", "certificate-draft.html", "statement-of-reasons-draft.html")
_SCRIPTS = [
    "<script>document.title='ran'</script>", "<img src=x onerror=\"document.title='ran'\">", "<svg onload=document.title='ran'>",
    "\"><script>document.title='ran'</script>", "'><script>document.title='ran'</script>", "</style><script>document.title='ran'</script>",
    "</title><script>document.title='ran'</script>", "javascript:document.title='ran'", "<iframe srcdoc='<script>top.document.title=1</script>'>",
    "{{ 7 * 7 }}", "{% raw %}", "<a href='http://127.0.0.1:9/x'>x</a>", "<link rel=stylesheet href=http://127.0.0.1:9/x.css>",
    "<base href=http://127.0.0.1:9/>", "<meta http-equiv=refresh content='0;url=http://127.0.0.1:9/'>", "&#60;script&#62;", "\x00<script>",
    "]]><script>",
    "<!--<script>", "--><script>document.title='ran'</script>", "\u202e<script>", "<details open ontoggle=\"document.title='ran'\">",
    "<input autofocus onfocus=\"document.title='ran'\">", "<math><mtext></form><form><mglyph><style></math><img src onerror=document.title='ran'>",
    "<object data=\"data:text/html,<script>top.document.title='ran'</script>\">", "<data value=\"99\" data-count=\"accounts\">99</data>",
]  # fmt: skip


_SCRIPTS += [text for text in PAYLOADS if text not in _SCRIPTS]


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A cluster whose accounts and identifiers, mail domains, notes and models are all scripts."""
    made = world()
    core = [f"{text}{number}" for number, text in enumerate(_SCRIPTS)]
    made.cluster("scripts", 0.9, core)
    for number, text in enumerate(_SCRIPTS):
        made.share(text, f"{text} value", 0.5, core[number:] + core[:number] if number else core, family=text, note=text)
        made.tables["accounts"][-number - 1] |= {
            "email_domain": text,
            "org_id": text,
            "status": text,
            "plan": text,
            "label": text,
        }
        made.tables["models"][-number - 1] |= {"model": text}
    for row in made.tables["reasons"]:
        row["sentence"] += _SCRIPTS[0]
    store = tmp_path_factory.mktemp("evil") / "store"
    made.publish(store)
    return desk(store, "scripts", tmp_path_factory.mktemp("evil-keys"))


@pytest.mark.browser
@pytest.mark.parametrize("level", Level)
def test_no_script_of_the_logs_runs_and_nothing_is_asked_for(evil: Desk, tmp_path: Path, level: Level) -> None:
    require_chromium()
    done = evil.export(tmp_path / "out", level, attributed_to=_SCRIPTS[0])
    assert verify(done.path, evil.public).ok
    folder = unzip(done.path, tmp_path / "u")
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for path in (folder / "data").glob("*.html"):
            page = browser.new_page()
            asked: list[str] = []
            spoken: list[str] = []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.on("console", lambda message, spoken=spoken: spoken.append(message.text))
            page.on("dialog", lambda dialog, spoken=spoken: spoken.append(dialog.message))
            page.goto(path.as_uri())
            page.wait_for_timeout(100)
            assert asked == [path.as_uri()]
            assert spoken == []
            assert "ran" not in page.title() and page.evaluate("() => window.hacked") is None
            assert page.locator("script, iframe, object, img, link, base, form, input, a[href^=http]").count() == 0
            assert page.locator("h1").count() == 1
            page.close()
        browser.close()


@pytest.mark.parametrize("level", Level)
def test_pages_are_self_contained(bundles: dict[Level, Exported], level: Level) -> None:
    names = PAGES if level is Level.internal else PAGES[:2] if level is Level.partner else PAGES[:1]
    for name in names:
        text = read(bundles[level].path, f"data/{name}").decode()
        assert not re.search(
            r"<script|javascript:|@import|url\(|<img|<link|https?://(?!www\.w3\.org/2000/svg)", text, re.IGNORECASE
        )
        assert "default-src 'none'" in text
        assert printable(text.replace("\n", "")) == text.replace("\n", "")


def test_the_report_tells_every_account_and_reason(bundles: dict[Level, Exported]) -> None:
    bundle = bundles[Level.internal].path
    text = html.unescape(read(bundle, "data/report.html").decode())
    assert all(row["account_id"] in text for row in rows(bundle, "accounts"))
    assert all(row["sentence"] in text for row in rows(bundle, "reasons"))
    for section in (
        "Summary",
        "Method",
        "How often the method errs",
        "Other explanations",
        "Limits",
        "Glossary",
        "To check this bundle",
    ):
        assert re.search(rf"<h2[^>]*>\d+\. {section}", text), section
    assert text.count("<svg") == 2


def test_reasons_that_repeat_decisions_are_told_apart(bundles: dict[Level, Exported], real: Desk) -> None:
    reasons = {row["code"] for row in rows(bundles[Level.internal].path, "reasons")}
    text = read(bundles[Level.internal].path, "data/report.html").decode()
    assert bool(reasons & {"banned", "fraud_labels", "benign_labels", "linked_fraud", "linked_benign"}) == (
        bool(re.search("rests? on what people had decided", text))
    )


def test_the_statement_of_reasons_names_no_account(bundles: dict[Level, Exported]) -> None:
    bundle = bundles[Level.internal].path
    text = html.unescape(read(bundle, "data/statement-of-reasons-draft.html").decode())
    assert not any(row["account_id"] in text for row in rows(bundle, "accounts"))
    assert not any(
        row["value"] in text for row in rows(bundle, "identifiers") if len(row["value"]) > 6 and row["kind"] != "signup_day"
    )
    for letter in "abcf":
        assert f"Article 17(3)({letter})" in text


def test_the_certificate_lists_the_digest_of_every_record(bundles: dict[Level, Exported]) -> None:
    bundle = bundles[Level.internal].path
    text = read(bundle, "data/certificate-draft.html").decode()
    manifest = dict(line.split("  ")[::-1] for line in read(bundle, "manifest-sha256.txt").decode().splitlines())
    for name, digest in manifest.items():
        if name not in ("data/certificate-draft.html", "data/ro-crate-metadata.json"):
            assert f'{name}</td><td class="mono">{digest}' in text, name
    assert "902(13)" in text
    assert "902(14)" in text


def test_every_reason_has_a_unit() -> None:
    assert {signal.code for signal in SIGNALS} == UNITS.keys()


def test_the_report_explains_every_kind_it_names(bundles: dict[Level, Exported]) -> None:
    """No kind of identifier stands in a report without what it means to share one."""
    bundle = bundles[Level.internal].path
    page = read(bundle, "data/report.html").decode()
    explained = page[page.index("Kinds of identifiers in this report") :]
    for kind in {row["kind"] for row in rows(bundle, "identifiers")}:
        assert f'<td class="k">{kind[:24]}' in explained


def test_the_drafts_leave_every_judgement_open(bundles: dict[Level, Exported]) -> None:
    """What FRE 902(11) to (14) and DSA Article 17(3) ask for is there, as a fact or as a blank; no blank is filled in."""
    bundle = bundles[Level.internal].path
    certificate, statement = (
        " ".join(read(bundle, f"data/{name}").decode().split())
        for name in ("certificate-draft.html", "statement-of-reasons-draft.html")
    )
    for asked in (
        "qualified", "902(13)", "902(14)", "902(12)", "accurate result", "copied from", "digital identification",
        "written notice", "available for inspection", "fair opportunity to challenge", "penalty of perjury", "1746",
    ):  # fmt: skip
        assert asked in certificate
    for asked in (
        *(f"17(3)({part})" for part in "abcf"), "17(3)(d) and (e)", "territory", "duration", "own initiative", "Article 16",
        "Automated means", "legal ground", "contractual ground", "complaint-handling", "out-of-court", "before a court",
    ):  # fmt: skip
        assert asked in statement
    for page, judged in (
        (certificate, ("state that it does and on what grounds", "name", "date", "signature", "result")),
        (
            statement,
            ("suspend or terminate the account", "If illegal content", "If contrary to the terms", "taken by a person"),
        ),
    ):
        blanks = re.findall(r'<span class="blank">\[(.*?)\]</span>', page)
        for start in judged:
            assert any(blank.startswith(start) for blank in blanks), start


def test_every_reason_has_a_public_title() -> None:
    assert {signal.code for signal in SIGNALS} <= TITLES.keys()
    assert not any(re.search(r"\d", title) for title in TITLES.values())


@settings(deadline=None)
@given(st.lists(st.tuples(st.dates(), st.integers(0, 10**7), st.integers(0, 10**6)), max_size=30, unique_by=lambda row: row[0]))
def test_a_timeline_of_any_days_is_drawn_inside_its_frame(days: list[tuple[object, int, int]]) -> None:
    svg = draw_timeline([{"day": str(day), "requests": requests, "accounts": accounts} for day, requests, accounts in days])
    assert bool(svg) == bool(days)
    for height in re.findall(r'height="(-?[\d.]+)" fill="#9db7d3"', svg):
        assert 0 <= float(height) <= 250
