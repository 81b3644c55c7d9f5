"""The pages in a real browser: walked as an investigator would, and with nothing leaving the machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.ui.browser import PATIENCE, Ear, serving, settle, visit, widest
from tests.ui.factory import HOSTILE, world
from ui import links, words

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def context(shared: BrowserContext) -> Iterator[BrowserContext]:
    yield shared
    for page in shared.pages:
        page.close()


@pytest.fixture(scope="module")
def base(browser: Browser, stores: dict[str, Path]) -> Iterator[str]:
    with serving(stores["world"]) as address:
        yield address


@pytest.fixture
def ear(base: str) -> Iterator[Ear]:
    """Nothing that a page must not do was done."""
    ear = Ear(base)
    yield ear
    assert ear.heard == []


@pytest.fixture
def page(context: BrowserContext, ear: Ear) -> Page:
    page = context.new_page()
    ear.listen(page)
    return page


def follow(page: Page, name: str, within: str) -> None:
    """Click a link in a table."""
    page.get_by_role("region", name=within).get_by_role("link", name=name, exact=True).click()


def test_an_investigator_walks_from_the_queue_to_an_identifier_and_back(page: Page, base: str) -> None:
    visit(page, f"{base}/")
    expect(page).to_have_title("Queue · Linkage")
    follow(page, "harvest", "Clusters")
    expect(page).to_have_url(f"{base}/cluster?cluster=harvest")
    expect(page.get_by_text("Flagged at a risk of 95 %: a sentence for harvest;")).to_be_visible()
    settle(page)
    follow(page, "a4", "Members: core")
    expect(page).to_have_url(f"{base}/account?account=a4")
    expect(page.get_by_text("a4 is a core member of cluster harvest")).to_be_visible()
    settle(page)
    follow(page, "203.0.113.9", "Identifiers of the account, what counts first")
    expect(page).to_have_url(f"{base}/identifier?kind=ip&value=203.0.113.9")
    settle(page)
    follow(page, "ring", "Clusters with accounts on it")
    expect(page).to_have_url(f"{base}/cluster?cluster=ring")
    settle(page)
    page.get_by_placeholder("Search an account").fill("card-2")
    page.get_by_placeholder("Search an account").press("Enter")
    expect(page).to_have_url(f"{base}/search?q=card-2")
    settle(page)
    follow(page, "card-2", "What was found")
    expect(page).to_have_url(f"{base}/identifier?kind=payment&value=card-2")
    settle(page)
    page.go_back()
    expect(page).to_have_url(f"{base}/search?q=card-2")
    settle(page)
    page.get_by_role("link", name="Queue").click()
    expect(page.get_by_role("region", name="Clusters")).to_be_visible()


def test_an_address_opens_its_page_and_nothing_is_cut(page: Page, base: str) -> None:
    for address in (
        "/",
        "/cluster?cluster=harvest",
        "/account?account=a4",
        "/identifier?kind=network&value=203.0.113.0%2F24",
        "/search?q=203.0.113.0/24",
        "/cluster?cluster=nope",
        "/compare?kind=cluster&a=harvest&b=ring",
        "/overview",
        "/decisions",
    ):
        visit(page, f"{base}{address}")
        expect(page).to_have_url(f"{base}{address}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        for width, height in ((1920, 1080), (1366, 768)):
            page.set_viewport_size({"width": width, "height": height})
            assert widest(page)["page"] <= width


def test_a_search_opened_by_its_address_stands_in_the_box(page: Page, base: str) -> None:
    visit(page, f"{base}/search?q=card")
    expect(page.get_by_role("searchbox")).to_have_value("card")
    expect(page.get_by_text("2 found for card:")).to_be_visible()


def test_a_link_opens_in_a_tab_of_its_own(page: Page, base: str, context: BrowserContext, ear: Ear) -> None:
    visit(page, f"{base}/")
    with context.expect_page() as opened:
        page.get_by_role("link", name="ring", exact=True).click(modifiers=["ControlOrMeta"])
    ear.listen(opened.value)
    settle(opened.value)
    expect(opened.value.get_by_text("a sentence for ring;")).to_be_visible()
    expect(page).to_have_url(f"{base}/")


def test_a_head_of_a_column_orders_the_queue(page: Page, base: str) -> None:
    visit(page, f"{base}/")
    page.get_by_role("radiogroup").get_by_text("All", exact=True).click()
    expect(page.get_by_role("rowheader").get_by_role("link")).to_have_text(["harvest", "ring", "office"])
    page.get_by_role("button", name="Activity").click()
    expect(page.get_by_role("rowheader").get_by_role("link")).to_have_text(["office", "harvest", "ring"])
    expect(page.get_by_role("columnheader", name="Activity")).to_have_attribute("aria-sort", "descending")


def test_rows_are_picked_and_previewed(page: Page, base: str) -> None:
    visit(page, f"{base}/")
    page.get_by_label("Pick harvest").check()
    expect(page.get_by_text("1 picked")).to_be_visible()
    page.get_by_label("Pick all rows").check()
    expect(page.get_by_text("2 picked")).to_be_visible()
    page.get_by_role("rowheader", name="ring").get_by_role("button", name="Preview").click()
    expect(page.get_by_role("region", name="The cluster in the preview")).to_contain_text("ring")
    assert widest(page)["page"] <= 1366


def test_the_table_is_reached_by_keyboard(page: Page, base: str) -> None:
    visit(page, f"{base}/")
    page.get_by_role("link", name="ring", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{base}/cluster?cluster=ring")


def test_a_dark_page_is_dark(browser: Browser, base: str, ear: Ear) -> None:
    for scheme, dark in (("dark", True), ("light", False)):
        context = browser.new_context(color_scheme=scheme)  # type: ignore[arg-type]
        page = context.new_page()
        ear.listen(page)
        visit(page, f"{base}/")
        colour = page.get_by_test_id("stApp").evaluate("node => getComputedStyle(node).backgroundColor")
        red = int(colour.split("(")[1].split(",")[0])
        assert (red < 60) == dark
        context.close()


def test_people_look_at_once_each_at_their_own_page(browser: Browser, base: str, ear: Ear) -> None:
    contexts = [browser.new_context() for _ in range(2)]
    pages = [context.new_page() for context in contexts]
    for number, page in enumerate(pages):
        ear.listen(page)
        page.goto(f"{base}/cluster?cluster={('harvest', 'ring')[number % 2]}")
    for number, page in enumerate(pages):
        expect(page.get_by_text(f"a sentence for {('harvest', 'ring')[number % 2]};")).to_be_visible()
    for context in contexts:
        context.close()


# Names of an attacker's choosing.


@pytest.fixture(scope="module")
def evil_base(browser: Browser, stores: dict[str, Path]) -> Iterator[str]:
    with serving(stores["hostile"]) as address:
        yield address


def test_no_name_runs_loads_or_breaks_anything(context: BrowserContext, evil_base: str) -> None:
    ear = Ear(evil_base)
    page = context.new_page()
    ear.listen(page)
    addresses = ["/", links.cluster("evil").address, links.account(HOSTILE["long emoji"]).address]
    addresses.append(links.identifier("device", HOSTILE["quotes"]).address)
    for address in addresses:
        visit(page, f"{evil_base}{address}")
        assert page.evaluate("() => window.hacked") is None
        assert page.locator("img").count() == 0
        assert widest(page)["page"] <= 1366
        for link in page.get_by_role("link").all():
            assert (link.get_attribute("href") or "").startswith(("/", "#", evil_base))
    assert ear.heard == []


def test_a_name_is_shown_to_the_letter(context: BrowserContext, evil_base: str) -> None:
    page = context.new_page()
    visit(page, f"{evil_base}{links.account(HOSTILE['markdown']).address}")
    heading = page.get_by_role("heading", level=1).locator("bdi")
    assert heading.evaluate("node => node.textContent") == words.plain(HOSTILE["markdown"])
    for which in ("markdown", "link", "template"):
        page.get_by_role("searchbox").fill(f"no {HOSTILE[which]}")
        page.get_by_role("searchbox").press("Enter")
        said = f"Nothing is called {words.plain('no ' + HOSTILE[which])} or has that in its name."
        expect(page.get_by_text(said, exact=True)).to_be_visible()


def test_an_open_page_follows_a_new_snapshot_and_never_mixes_two(
    browser: Browser, context: BrowserContext, tmp_path: Path
) -> None:
    made = world()
    made.cluster("many", 0.99, [f"n{i:02}" for i in range(60)])
    made.publish(tmp_path / "store")
    with serving(tmp_path / "store") as base:
        ear = Ear(base)
        page = context.new_page()
        ear.listen(page)
        visit(page, f"{base}/cluster?cluster=many")
        other = world()
        other.cluster("many", 0.5, [f"o{i:02}" for i in range(60)])
        other.publish(tmp_path / "store", day=11)
        # only the members are drawn again, and go on with the snapshot that the rest of the page is of
        members = page.get_by_role("region", name="Members: core")
        page.get_by_role("button", name="Next page").last.click()
        expect(members.get_by_role("link").first).to_have_text("n25")
        expect(page.get_by_text("Flagged at a risk of 99 %")).to_be_visible()
        # then the page follows by itself, whole, and says so
        expect(page.get_by_text("A new snapshot was published.")).to_be_visible(timeout=PATIENCE)
        expect(page.get_by_text("Flagged at a risk of 50 %")).to_be_visible()
        expect(members.get_by_role("link").first).to_have_text("o25")
        assert ear.heard == []


def test_a_page_without_a_snapshot_shows_the_first_that_is_published(
    browser: Browser, context: BrowserContext, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    world().publish(store)
    with serving(store) as base:
        (store / "CURRENT").rename(store / "aside")
        page = context.new_page()
        visit(page, f"{base}/")
        expect(page.get_by_text("no snapshot was published yet")).to_be_visible()
        (store / "aside").rename(store / "CURRENT")
        expect(page.get_by_role("region", name="Clusters")).to_be_visible(timeout=PATIENCE)
