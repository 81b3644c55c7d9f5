from __future__ import annotations

import html
from datetime import date, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from linkage.investigate import ClusterSummary, Reason, printable
from tests.ui.factory import HOSTILE
from ui import words


@given(some.text())
@example(HOSTILE["template"])
@example(HOSTILE["image"])
def test_hover_has_no_tag_entity_or_tex_of_its_own(text: str) -> None:
    shown = words.hover(text)
    assert not set("<>$") & set(shown)
    assert html.unescape(shown) == words.plain(text)


@given(some.text(), some.integers(2, 80))
def test_plain_shows_all_that_is_there_in_bounds(text: str, limit: int) -> None:
    shown = words.plain(text, limit)
    assert shown.strip()
    assert printable(shown) == shown
    assert len(shown) <= limit + len('"" (blank)')


def test_none_is_a_dash() -> None:
    assert {words.plain(None), words.count(None), words.brief(None), words.percent(None), words.day(None)} == {words.NOTHING}


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "0"), (999, "999"), (1_000, "1.00 k"), (9_994, "9.99 k"), (9_996, "10.0 k"), (99_960, "100 k"),
        (999_400, "999 k"), (999_600, "1.00 M"), (12_345_678, "12.3 M"), (2 * 10**12, "2.00 T"),
    ],
)  # fmt: skip
def test_brief_has_three_figures(number: int, said: str) -> None:
    assert words.brief(number) == said


@pytest.mark.parametrize(
    ("share", "said"), [(0.0, "0 %"), (0.001, "< 1 %"), (0.5, "50 %"), (0.9949, "99 %"), (0.9951, "> 99 %"), (1.0, "100 %")]
)
def test_percent_rounds_neither_to_none_nor_to_all(share: float, said: str) -> None:
    assert words.percent(share) == said


def test_times_are_iso() -> None:
    assert words.day(date(2026, 3, 1)) == "2026-03-01"
    assert words.minute(datetime(2026, 3, 1, 4, 5, 59)) == "2026-03-01 04:05"


def cluster(*reasons: Reason, **changes: object) -> ClusterSummary:
    values: dict[str, object] = {
        "cluster_id": "c", "rank": 1, "risk": 0.93, "flagged": True, "size": 12, "core": 10, "associates": 2, "density": None,
        "first_seen": None, "last_seen": None, "families": ("content", "signup_day"), "requests": 0, "input_tokens": 0,
        "output_tokens": 0, "event": "born", "previous_size": None, "joined": 12, "left": 0, "summary": None,
        "reasons": reasons,
    }  # fmt: skip
    return ClusterSummary(**{**values, **changes})  # type: ignore[arg-type]


def reason(points: float, said: str) -> Reason:
    return Reason("code", "for" if points > 0 else "against", points, None, said)


def test_verdict_names_the_strongest_of_either_side() -> None:
    said = words.verdict(cluster(reason(1, "weak"), reason(2, "strong"), reason(-0.1, "faint"), reason(-3, "kind.")))
    assert said == "Flagged at a risk of 93 %: strong; against it: kind."


@pytest.mark.parametrize(
    ("reasons", "said"),
    [
        ((), "Not flagged at a risk of 10 %: nothing speaks for it."),
        ((reason(1, "a"),), "Not flagged at a risk of 10 %: a; nothing speaks against it."),
        ((reason(-1, "b"),), "Not flagged at a risk of 10 %: nothing speaks for it; against it: b."),
    ],
)
def test_verdict_says_what_is_missing(reasons: tuple[Reason, ...], said: str) -> None:
    assert words.verdict(cluster(*reasons, flagged=False, risk=0.1)) == said


@pytest.mark.parametrize(
    ("event", "joined", "left", "said"),
    [
        ("born", 12, 0, "new"), ("grown", 3, 1, "grown +3 −1"), ("shrunk", 0, 1_200, "shrunk −1,200"),
        ("unchanged", 0, 0, "unchanged"), ("merged", 5, 0, "merged +5"), (None, None, None, words.NOTHING),
    ],
)  # fmt: skip
def test_change_is_told_with_who_moved(event: str | None, joined: int | None, left: int | None, said: str) -> None:
    assert words.change(cluster(event=event, joined=joined, left=left)) == said


def test_a_head_that_is_a_name_keeps_its_case() -> None:
    assert words.sentence("rare: seen on 2") == "Rare: seen on 2."
    assert words.stopped("acct_1 is a core member") == "acct_1 is a core member."


def test_a_long_name_leaves_what_a_sentence_says_of_it() -> None:
    name = "L" + "\x00x" * 2_500
    said = words.stopped(f"{name} is a core member", names=[name])
    assert said.endswith("… is a core member.")
    assert words.stopped(f"{printable(name)} is a core member", names=[name]) == said
