"""An investigator's morning, walked in a browser: from the queue to a signed-off case, with its evidence checked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from linkage.cases import CaseBook, Status
from linkage.evidence import make_keys, verify
from tests.ui.browser import PATIENCE, Ear, launch, pick_first_half, require_chromium, serving, settle, visit, widest
from tests.ui.factory import world

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Yesterday's snapshot and today's, in which a9 joined harvest."""
    store = tmp_path / "store"
    world().publish(store)
    made = world()
    made.account("a9", cluster_id="harvest", role="core", risk=0.9, flagged=True)
    made.tables["clusters"][0].update(
        size=6, core=5, event="grown", joined=1, previous_size=5, requests=420, input_tokens=4_200, output_tokens=42_000
    )
    made.publish(store, day=11)
    make_keys(store)
    return store


@pytest.fixture
def page(store: Path) -> Iterator[Page]:
    require_chromium()
    with serving(store) as base, sync_playwright() as playwright:
        browser = launch(playwright)
        context = browser.new_context(viewport={"width": 1366, "height": 768}, accept_downloads=True)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        ear = Ear(base)
        ear.listen(page)
        visit(page, f"{base}/")
        yield page
        browser.close()
        assert ear.heard == []


def test_from_the_queue_to_a_signed_off_case(page: Page, store: Path, tmp_path: Path) -> None:
    # the riskiest new cluster: asked for by what changed, and the first of them
    page.get_by_role("region", name="Clusters", exact=True).get_by_role("button", name="Preview").first.click()
    expect(page.get_by_text("Flagged at a risk of 95 %").first).to_be_visible()
    settle(page)
    # the riskiest that waits is handed out, and nobody else is handed it
    page.get_by_role("button", name="Start reviewing").click()
    page.wait_for_url("**/cluster?cluster=harvest")
    settle(page)
    expect(page.get_by_text("held by you until")).to_be_visible()
    # its strongest evidence
    reasons = page.get_by_role("region", name="Reasons for and against")
    expect(reasons.get_by_role("row").nth(1)).to_contain_text("A sentence for harvest.")
    find(page, "card-1")
    expect(page.get_by_role("region", name="The selected identifier")).to_contain_text("payment")
    expect(page.get_by_text("Cut-link test")).to_be_visible()
    settle(page)
    # the bridge to its neighbour: named beside the graph, found in it, and followed to the other cluster's accounts
    stage = page.get_by_role("application")
    stage.focus()
    stage.press("Escape")
    bridge = page.get_by_role("region", name="Bridges to other clusters")
    expect(bridge).to_contain_text("203.0.113.9")
    expect(bridge).to_contain_text("ring")
    settle(page)
    find(page, "203.0.113.9")
    expect(page.get_by_role("region", name="Other clusters with accounts on it")).to_contain_text("ring")
    settle(page)
    stage.focus()
    stage.press("e")
    expect(page.get_by_role("button", name="in another cluster")).to_be_visible()
    settle(page)
    # compare with it, and come back
    page.get_by_role("region", name="Other clusters with accounts on it").get_by_role("link", name="compare").click()
    page.wait_for_url("**/compare?**")
    settle(page)
    expect(page.get_by_role("region", name="Bridges between the clusters")).to_contain_text("203.0.113.9")
    page.go_back()
    page.wait_for_url("**/cluster?cluster=harvest")
    settle(page)
    # filter to a burst: the first day alone, in the graph and in the members
    pick_first_half(page)
    expect(page.get_by_text("Only those active 2026-03-01 UTC")).to_be_visible()
    settle(page)
    page.get_by_role("button", name="Show all times").click()
    expect(page.get_by_text("Only those active")).to_have_count(0)
    settle(page)
    # compare with yesterday
    expect(page.get_by_role("region", name="Joined since the last rebuild")).to_contain_text("a9")
    # spare an innocent associate
    page.get_by_text("Associates (1)").click()
    settle(page)
    page.get_by_label("Pick a5").check()
    expect(page.get_by_text("1 picked")).to_be_visible()
    page.get_by_placeholder("Why these accounts are spared").fill("a customer of a reseller")
    page.get_by_role("button", name="Spare them").click()
    expect(page.get_by_role("region", name="Members: associates")).to_contain_text("spared")
    settle(page)
    # note, tag, link, decide
    page.get_by_placeholder("A note for colleagues").fill("One card, one template.")
    page.get_by_role("button", name="Add the note").click()
    expect(page.get_by_text("One card, one template.").first).to_be_visible()
    settle(page)
    page.get_by_placeholder("A tag").fill("template farm")
    page.get_by_role("button", name="Add the tag").click()
    expect(page.get_by_text("Tags: template farm")).to_be_visible()
    settle(page)
    page.get_by_placeholder("Another cluster's id").fill("ring")
    page.get_by_role("button", name="Link", exact=True).click()
    expect(page.get_by_role("region", name="Related cases")).to_contain_text("ring")
    settle(page)
    page.get_by_role("button", name="Decide").click()
    page.get_by_label("Reason", exact=True).last.fill("card-1 on three of four")
    page.get_by_role("button", name="Record the decision").click()
    expect(page.get_by_text("The cluster is now: confirmed.")).to_be_visible()
    settle(page)
    # export, fetch, verify: on the page, and with the key
    page.get_by_role("button", name="Export", exact=True).click()
    page.get_by_label("Why", exact=True).fill("case 1")
    page.get_by_role("button", name="Export the evidence").click()
    link = page.get_by_role("region", name="Exports").get_by_role("link")
    expect(link).to_be_visible()
    assert widest(page)["page"] <= 1366
    page.get_by_role("link", name="Decisions and exports").click()
    settle(page)
    expect(page.get_by_role("region", name="Decisions, newest first")).to_contain_text("card-1 on three of four")
    page.get_by_role("button", name="Check them again").click()
    expect(page.get_by_role("region", name="Bundles to fetch")).to_contain_text("Intact")
    settle(page)
    fetched = tmp_path / "fetched.zip"
    with page.expect_download() as download:
        page.get_by_role("region", name="Bundles to fetch").get_by_role("link").first.click()
    download.value.save_as(fetched)
    assert verify(fetched, public_key=store / "linkage.pub").ok
    with CaseBook(store) as book:
        case = book.find("harvest")
        assert case is not None
        assert (case.status, case.spared, case.lease, case.tags) == (Status.confirmed, 1, None, ("template farm",))
        did = {entry.action for entry in book.gate.log.entries()}
        assert did >= {"lease", "view", "decide", "note", "tag", "link", "export"}
        assert book.gate.log.verify().holds


def find(page: Page, name: str) -> None:
    """Find a name in the graph, and select it."""
    field = page.get_by_label("Find in the graph")
    field.fill(name)
    field.press("Enter")
    expect(page.get_by_role("status").last).to_contain_text(name)
    settle(page)
