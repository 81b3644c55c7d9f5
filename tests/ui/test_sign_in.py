"""Sign-in against a real OpenID Connect provider, in a real browser: who gets in, who gets what, and what is recorded."""

from __future__ import annotations

import http.client
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from linkage.access import SignIn, load_sign_in
from linkage.cases import CaseBook
from linkage.evidence import Level
from linkage.evidence.gated import export_through
from tests.ui.browser import PATIENCE, ROOT, Ear, settle
from tests.ui.factory import world
from tests.ui.provider import CLIENT, SECRET, Provider, providing
from ui import jobs

pytest.importorskip("authlib")

COOKIE_SECRET = "canary-cookie-secret-" + "7" * 20
PEOPLE = {
    "Ada": {"email": "ada@example.org", "email_verified": True},
    "Bob": {"email": "bob@example.org", "email_verified": True},
    "Eve": {"email": "eve@example.org", "email_verified": True},
    "Vic": {"email": "vic@example.org", "email_verified": True},
    # says that he is Eve, and nobody checked
    "Mallory": {"email": "eve@example.org", "email_verified": False},
    "Stranger": {"email": "nobody@example.org", "email_verified": True},
}
ROLES = """
[roles]
viewer = ["vic@example.org"]
investigator = ["ada@example.org", "bob@example.org"]
approver = ["eve@example.org"]
"""


@dataclass
class Desk:
    store: Path
    base: str
    provider: Provider
    log: Path


@contextmanager
def desk(store: Path, log: Path, **settings: object) -> Iterator[Desk]:
    """`linkage ui` behind sign-in over a store, and the provider that it asks."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    base = f"http://127.0.0.1:{port}"
    with providing(PEOPLE, f"{base}/oauth2callback") as provider:
        file = store.parent / f"{store.name}-sign-in.toml"
        file.write_text(
            f'address = "{base}"\nprovider = "{provider.base}"\nclient_id = "{CLIENT}"\nclient_secret = "{SECRET}"\n'
            f'cookie_secret = "{COOKIE_SECRET}"\n' + "".join(f"{name} = {value}\n" for name, value in settings.items())
        )
        file.chmod(0o600)
        command = [sys.executable, "-m", "linkage", "ui", "--store", str(store), "--port", str(port), "--sign-in", str(file)]
        # headers of a proxy count for nothing, whatever the environment says
        environment = {**os.environ, "STREAMLIT_SERVER_TRUSTED_USER_HEADERS": '{"X-User": "email"}'}
        with (
            log.open("w") as said,
            subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=said, text=True, env=environment) as process,
        ):
            try:
                assert process.stdout is not None
                assert process.stdout.readline().strip() == base
                yield Desk(store, base, provider, log)
            finally:
                process.terminate()


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("sign-in")
    world().publish(folder / "store")
    (folder / "store" / "access.toml").write_text(ROLES)
    with desk(folder / "store", folder / "log") as served:
        yield served


@contextmanager
def visitor(shared: BrowserContext) -> Iterator[Page]:
    """A page of somebody who was never here: the browser keeps the files that it loaded, and nothing else."""
    page = shared.new_page()
    yield page
    page.close()
    shared.clear_cookies()


def sign_in(page: Page, who: str) -> None:
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name=who, exact=True).click()
    page.wait_for_url(lambda url: "oauth2callback" not in url and "/picked" not in url)
    settle(page)


def records(store: Path, **which: str) -> list[tuple[str, str, str | None, str]]:
    with CaseBook(store) as book:
        return [(each.actor, each.action, each.subject, each.outcome) for each in book.gate.log.entries(**which)]  # type: ignore[arg-type]


@pytest.mark.parametrize("address", ["/", "/cluster?cluster=harvest", "/account?account=a4", "/identifier?kind=payment&value=card-1",
    "/search?q=card", "/overview", "/compare?kind=cluster&a=harvest&b=harvest", "/decisions"])  # fmt: skip
def test_every_page_is_behind_sign_in(at: Desk, shared: BrowserContext, address: str) -> None:
    before = records(at.store)
    with visitor(shared) as page:
        page.goto(at.base + address)
        settle(page)
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        text = page.locator("body").inner_text()
        assert "harvest" not in text and "Snapshot" not in text and "Search" not in text
    assert records(at.store) == before


def test_who_signs_in_has_the_role_of_that_name_and_lands_where_he_wanted(at: Desk, shared: BrowserContext) -> None:
    ear = Ear(at.base)
    with visitor(shared) as page:
        page.goto(f"{at.base}/cluster?cluster=harvest")
        settle(page)
        sign_in(page, "Ada")
        assert page.url == f"{at.base}/cluster?cluster=harvest"
        ear.listen(page)
        page.reload()
        settle(page)
        expect(page.get_by_role("button", name="Export", exact=False).first).to_be_visible()
        cookies = {cookie["name"]: cookie for cookie in shared.cookies()}
        assert cookies["_streamlit_user"]["httpOnly"] and cookies["_streamlit_user"]["sameSite"] == "Lax"
        assert not ear.heard
    assert ("ada@example.org", "view", "cluster:harvest", "done") in records(at.store)


def test_a_viewer_may_look_and_not_more(at: Desk, shared: BrowserContext) -> None:
    with visitor(shared) as page:
        page.goto(f"{at.base}/cluster?cluster=harvest")
        settle(page)
        sign_in(page, "Vic")
        expect(page.get_by_text("harvest").first).to_be_visible()
        assert page.get_by_role("button", name="Export", exact=False).count() == 0
        page.goto(f"{at.base}/decisions")
        settle(page)
        assert page.get_by_text("Show the last records").count() == 0


@pytest.mark.parametrize("who", ["Stranger", "Mallory"])
def test_whoever_has_no_role_sees_nothing(at: Desk, shared: BrowserContext, who: str) -> None:
    with visitor(shared) as page:
        page.goto(f"{at.base}/account?account=a4")
        settle(page)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name=who, exact=True).click()
        page.wait_for_url(f"{at.base}/**")
        settle(page)
        text = page.locator("body").inner_text()
        assert "card-1" not in text and "Snapshot of" not in text
    denied = [each for each in records(at.store) if each[0] == PEOPLE[who]["email"] and each[3] == "denied"]
    # an address that the provider did not verify is nobody's: not even a name to record
    assert denied == ([("nobody@example.org", "view", "page:account", "denied")] if who == "Stranger" else [])


@pytest.mark.parametrize("fault", ["nonce", "signature", "refused"])
def test_a_token_that_is_not_in_order_lets_nobody_in(at: Desk, shared: BrowserContext, fault: str) -> None:
    at.provider.faults = {fault}
    try:
        with visitor(shared) as page:
            page.goto(at.base)
            settle(page)
            page.get_by_role("button", name="Sign in").click()
            page.get_by_role("link", name="nobody" if fault == "refused" else "Eve", exact=True).click()
            page.wait_for_url(f"{at.base}/?sign-in=failed")
            settle(page)
            expect(page.get_by_text("Signing in came to nothing")).to_be_visible()
            assert not [cookie for cookie in shared.cookies() if cookie["name"] == "_streamlit_user"]
    finally:
        at.provider.faults = set()


def test_signing_out_ends_it(at: Desk, shared: BrowserContext) -> None:
    with visitor(shared) as page:
        page.goto(at.base)
        settle(page)
        sign_in(page, "Bob")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        settle(page)
        assert not [cookie for cookie in shared.cookies() if cookie["name"].startswith("_streamlit_user")]
        page.goto(f"{at.base}/cluster?cluster=harvest")
        settle(page)
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_a_bundle_is_handed_to_who_made_it_and_to_who_may_disclose(at: Desk, shared: BrowserContext) -> None:
    with CaseBook(at.store) as book:
        ada = book.gate.identity("ada@example.org")
        made = export_through(book.gate, ada, at.store, "harvest", out=at.store / jobs.FOLDER, level=Level.internal)
    path = f"/download?bundle={made.path.name}"
    subject = f"bundle:{made.path.name}"
    for who, may in (("Ada", True), ("Bob", False), ("Vic", False), ("Stranger", False), ("Eve", True)):
        with visitor(shared) as page:
            page.goto(at.base)
            settle(page)
            page.get_by_role("button", name="Sign in").click()
            page.get_by_role("link", name=who, exact=True).click()
            page.wait_for_url(f"{at.base}/**")
            settle(page)
            answer = page.evaluate(
                "async path => { const a = await fetch(path); return [a.status, (await a.arrayBuffer()).byteLength] }", path
            )
            assert answer == [200, made.path.stat().st_size] if may else answer[0] == 403, who
        name = PEOPLE[who]["email"]
        found = [each for each in records(at.store, actor=str(name)) if each[2] == subject]
        assert [each[3] for each in found] == (["done"] if may else ["denied"])


def test_a_stranger_gets_no_bundle_and_leaves_one_record(at: Desk) -> None:
    bundle = at.store / jobs.FOLDER / "made.zip"
    bundle.parent.mkdir(exist_ok=True)
    bundle.write_bytes(b"PK")
    connection = http.client.HTTPConnection(urlsplit(at.base).netloc, timeout=20)

    def ask(path: str, **headers: str) -> tuple[int, bytes]:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()

    connection.request("GET", "/")
    answer = connection.getresponse()
    answer.read()
    cookie = answer.headers["set-cookie"].split(";")[0]
    forged = [
        {}, {"Cookie": cookie}, {"Cookie": f"{cookie}; _streamlit_user=Imdob2V2ZXIi.aaaa.bbbb"}, {"X-User": "eve@example.org"},
        {"Cookie": f"{cookie}; _streamlit_user=chunks-2"}, {"Cookie": f"{cookie}; _streamlit_user=\"\\303\\251\""},
    ]  # fmt: skip
    before = records(at.store, actor="(not signed in)")
    for headers in forged:
        assert ask("/download?bundle=made.zip", **headers) == (403, b"Sign in to the investigators' pages first.\n")
        assert ask("/download?bundle=nope.zip", **headers) == (403, b"Sign in to the investigators' pages first.\n")
    assert len(records(at.store, actor="(not signed in)")) == len(before) + 2 * len(forged)
    for path in ("/media/x.png", "/_stcore/upload_file/x/y", "/_stcore/metrics", "/component/x/y"):
        assert ask(path)[0] == 403
    assert ask("/_stcore/health")[0] == 200
    connection.close()


def test_a_role_that_is_taken_away_is_gone_with_the_next_page(at: Desk, shared: BrowserContext) -> None:
    access = at.store / "access.toml"
    with visitor(shared) as page:
        page.goto(at.base)
        settle(page)
        sign_in(page, "Bob")
        expect(page.get_by_text("Snapshot of").first).to_be_visible()
        access.write_text(ROLES.replace(', "bob@example.org"', ""))
        try:
            page.goto(f"{at.base}/cluster?cluster=harvest")
            settle(page)
            expect(page.get_by_text("This is not for your role.")).to_be_visible()
        finally:
            access.write_text(ROLES)


def test_it_lasts_as_long_as_it_is_set_to(tmp_path: Path, shared: BrowserContext) -> None:
    world().publish(tmp_path / "store")
    (tmp_path / "store" / "access.toml").write_text(ROLES)
    with desk(tmp_path / "store", tmp_path / "log", hours=0.004) as short, visitor(shared) as page:
        page.goto(short.base)
        settle(page)
        sign_in(page, "Ada")
        expect(page.get_by_text("Snapshot of").first).to_be_visible()
        expires = {cookie["name"]: cookie["expires"] for cookie in shared.cookies()}["_streamlit_user"]
        # nobody touches the page: it notices by itself
        expect(page.get_by_role("button", name="Sign in")).to_be_visible(timeout=PATIENCE)
        now = page.evaluate("Date.now() / 1000")
        assert expires - now < 15
        assert "Snapshot of" not in page.locator("body").inner_text()


def test_no_secret_is_said_anywhere(at: Desk) -> None:
    said = at.log.read_text()
    assert SECRET not in said and COOKIE_SECRET not in said and "Traceback" not in said
    for file in at.store.rglob("*"):
        assert not file.is_file() or not {SECRET, COOKIE_SECRET} & set(file.read_text("latin-1").split('"'))
    shown = load_sign_in(at.store)
    assert shown is None
    settings = SignIn(
        address="https://desk.example.org", provider="https://id.example.org", client_id="x",
        client_secret=SECRET, cookie_secret=COOKIE_SECRET,  # type: ignore[arg-type]
    )  # fmt: skip
    assert SECRET not in repr(settings) + str(settings) + settings.model_dump_json()
    assert stat.S_IMODE((at.store.parent / "store-sign-in.toml").stat().st_mode) == 0o600
