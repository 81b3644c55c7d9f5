"""Fifty texts that would run a script, as every name and every note, on every page in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from linkage.access import Identity, Role
from linkage.cases import CaseBook, Status
from linkage.store import open_snapshot
from tests.ui.browser import PATIENCE, Ear, serving, settle, visit
from tests.ui.factory import World
from tests.ui.payloads import PAYLOADS
from ui import links, words

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

NAMED, OTHER = PAYLOADS[0], PAYLOADS[49]


def evil() -> World:
    """Two clusters that are called by a payload, of accounts and identifiers that are called by all of them."""
    made = World()
    made.cluster(NAMED, 0.95, PAYLOADS[:40], PAYLOADS[40:], summary=PAYLOADS[4], families=list(PAYLOADS[30:34]))
    made.cluster(OTHER, 0.9, [f"o{i} {text}" for i, text in enumerate(PAYLOADS[:4])], summary=PAYLOADS[6])
    for number, row in enumerate(made.tables["accounts"]):
        text = PAYLOADS[number % 50]
        row.update(email_domain=text, org_id=text, plan=text, status=text, label=text, country=text)
    for number, row in enumerate(made.tables["reasons"]):
        row["sentence"] = PAYLOADS[number] + PAYLOADS[number + 4]
    for number, row in enumerate(made.tables["models"]):
        row["model"] = PAYLOADS[number % 50]
    for text in PAYLOADS:
        made.share("user_agent", text, 0.6, PAYLOADS, family="client", note=text)
        made.share("email_domain", text, 0.5, PAYLOADS[:25], family="identity", note=text)
    for text in PAYLOADS[:10]:
        # a prompt, with the sample that a store may keep of it, and a kind that nobody configured
        made.share("prompt", text, 0.8, PAYLOADS, family="content", note=text)
        made.share(text, text, 0.7, PAYLOADS, family=text, note=text)
    for number, row in enumerate([row for row in made.tables["identifiers"] if row["kind"] == "prompt"]):
        text = PAYLOADS[10 + number]
        made.tables["fingerprints"].append(
            {
                "kind": "prompt",
                "value": row["value"],
                "members": 50,
                "description": text,
                "sample": PAYLOADS[20 + number] + text,
            }
        )
    for file in PAYLOADS[:5]:
        made.tables["set_aside"].append({"file": file, "record": 1, "column": file, "effect": "nulled", "reason": file})
    return made


@dataclass
class Watch:
    """A page over the store of payloads, and whether anything ran."""

    base: str
    page: Page
    ear: Ear
    dialogs: list[str] = field(default_factory=list)

    def go(self, address: str) -> None:
        """To another page in the same session, as our own links go."""
        self.page.evaluate(
            "address => { history.pushState({}, '', address); dispatchEvent(new PopStateEvent('popstate', { state: {} })) }",
            address,
        )

    def nothing_ran(self) -> None:
        assert self.page.evaluate("() => window.hacked") is None
        assert self.ear.heard == [] and self.dialogs == []
        addresses = self.page.evaluate("() => [...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href'))")
        assert all(address.startswith(("/", "#", self.base)) for address in addresses)
        foreign = (
            "script:not([src^='./']):not([src^='/']):not([data-ours]), iframe[srcdoc], object, embed, marquee, base, noscript p"
        )
        found = self.page.evaluate("chosen => [...document.body.querySelectorAll(chosen)].map(e => e.outerHTML)", foreign)
        assert not [each for each in found if "hacked" in each or "evil" in each]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The world, with a case on which every note, tag and reason is a payload, and a colleague who is called by one."""
    store = tmp_path_factory.mktemp("payloads") / "store"
    evil().publish(store)
    who = Identity(PAYLOADS[6], Role.admin)
    with CaseBook(store) as book, open_snapshot(store) as snapshot:
        for text in PAYLOADS:
            # a note with a control character is refused
            book.note(who, snapshot, NAMED, text.replace("\0", ""))
        for text in PAYLOADS[:12]:
            book.tag(who, snapshot, NAMED, text[:60])
        book.link(who, snapshot, NAMED, OTHER)
        book.assign(who, snapshot, [NAMED], PAYLOADS[5])
        book.set_status(who, snapshot, NAMED, Status.escalated, PAYLOADS[2])
        book.hold(who, snapshot, NAMED, PAYLOADS[7])
    return store


@pytest.fixture(scope="module")
def base(store: Path) -> Iterator[str]:
    with serving(store) as address:
        yield address


@pytest.fixture
def watch(shared: BrowserContext, base: str) -> Iterator[Watch]:
    page = shared.new_page()
    made = Watch(base, page, Ear(base))
    made.ear.listen(page)
    page.on("dialog", lambda dialog: (made.dialogs.append(dialog.message), dialog.dismiss()))
    yield made
    made.nothing_ran()
    page.close()


def test_there_are_fifty_and_they_do_run_where_nothing_stops_them(shared: BrowserContext) -> None:
    """A list that could not run anything would prove nothing: set as markup, without our policy, a good part of them does."""
    assert len(set(PAYLOADS)) == 50
    page = shared.new_page()
    page.on("dialog", lambda dialog: dialog.dismiss())
    page.route("**/*", lambda route: route.abort())
    ran = 0
    for text in PAYLOADS[:21]:
        page.set_content(f"<!doctype html><p>{text}</p>", wait_until="commit")
        page.wait_for_timeout(15)
        ran += page.evaluate("() => window.hacked !== undefined")
    page.close()
    assert ran >= 10


@pytest.mark.parametrize(
    "address",
    [
        "/",
        links.cluster(NAMED).address,
        links.cluster(OTHER).address,
        "/overview",
        "/decisions",
        links.compare("cluster", NAMED, OTHER).address,
        links.compare("account", PAYLOADS[2], PAYLOADS[3]).address,
        links.identifier("user_agent", PAYLOADS[4]).address,
        links.identifier("prompt", PAYLOADS[5]).address,
        links.identifier(PAYLOADS[6], PAYLOADS[6]).address,
        links.account(PAYLOADS[41]).address,
    ],
)
def test_a_page_full_of_them_runs_nothing(watch: Watch, address: str) -> None:
    visit(watch.page, watch.base + address)
    expect(watch.page.get_by_role("heading", level=1).first).to_be_visible()
    if address == "/decisions":
        watch.page.get_by_text("Show the last records").click()
        settle(watch.page)
    for more in range(2):
        button = watch.page.get_by_role("button", name="Next page")
        if button.count() and button.last.is_enabled():
            button.last.click()
            settle(watch.page)
        elif not more:
            break
    watch.nothing_ran()


@pytest.mark.parametrize("page", ["account", "identifier"])
def test_each_as_a_heading_runs_nothing(watch: Watch, page: str) -> None:
    visit(watch.page, f"{watch.base}/")
    for text in PAYLOADS[:: 2 if page == "account" else 5]:
        watch.go((links.account(text) if page == "account" else links.identifier("user_agent", text)).address)
        expect(watch.page.get_by_role("heading", level=1).locator("bdi")).to_have_text(words.plain(text), timeout=PATIENCE)
        assert watch.page.evaluate("() => window.hacked") is None


@pytest.mark.parametrize("page", ["cluster", "search", "compare"])
def test_each_in_an_address_runs_nothing(watch: Watch, page: str) -> None:
    """Names of nothing, which the page says back: ten at a time, since each is only text beside the next."""
    visit(watch.page, f"{watch.base}/")
    for number in range(0, 50, 10):
        asked = " ".join(["none", *PAYLOADS[number : number + 10]])
        if page == "search":
            watch.go(f"/search?{links.urlencode({'q': asked})}")
            said = f"Nothing is called {words.plain(asked)}"
        else:
            watch.go((links.cluster(asked) if page == "cluster" else links.compare("cluster", asked, NAMED)).address)
            said = f"This snapshot has no cluster {words.plain(asked)}"
        expect(watch.page.get_by_text(said, exact=False)).to_be_visible(timeout=PATIENCE)
        assert watch.page.evaluate("() => window.hacked") is None
