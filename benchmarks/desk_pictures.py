"""What is done with the pictures of a cluster, timed in Chromium from the deed to what it shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, expect

from benchmarks.desk_timing import PATIENCE, Table, timed
from linkage.store import open_snapshot
from tests.ui.browser import settle
from ui import links

#: Finds the picture from outside: it is in the shadow tree of its component.
_FIND: Final = """
const find = (root) => {
  for (const node of root.querySelectorAll("*")) {
    const stage = node.shadowRoot && node.shadowRoot.querySelector(".stage");
    if (stage && stage.linkage) return stage.linkage;
    const deeper = node.shadowRoot && find(node.shadowRoot);
    if (deeper) return deeper;
  }
  return null;
};
const g = find(document);
"""


def ask(page: Page, script: str, given: Any = None) -> Any:
    """Run a script with the picture at hand."""
    return page.evaluate(f"(given) => {{ {_FIND} {script} }}", given)


def until(page: Page, condition: str, given: Any = None) -> None:
    """Wait until something holds of the picture."""
    page.wait_for_function(f"(given) => {{ {_FIND} return g !== null && Boolean({condition}) }}", arg=given, timeout=PATIENCE)


def drawn(page: Page) -> None:
    """Wait until a picture is drawn, whichever it is."""
    until(page, "g.cy ? g.placed : g.sigma")


@dataclass
class Pictures:
    """Everything that is done with the pictures of a cluster, timed from the deed to what it shows."""

    page: Page
    store: Path
    table: Table

    def measure(self) -> None:
        """All of it, in the three views."""
        self._links()
        self._groups()
        self._whole()
        self._time()

    def _add(self, name: str, act: Callable[[], object], shown: Callable[[], object]) -> None:
        settle(self.page)
        self.table.add(name, 0.5, [timed(act, shown)])
        settle(self.page)

    def _says(self, text: str) -> Callable[[], object]:
        return lambda: expect(self.page.get_by_role("status").last).to_contain_text(text)

    def _until(self, condition: str, given: Any = None) -> Callable[[], object]:
        return lambda: until(self.page, condition, given)

    def _do(self, script: str, given: Any = None) -> Callable[[], object]:
        return lambda: ask(self.page, script, given)

    def _press(self, name: str) -> Callable[[], object]:
        return self.page.get_by_role("button", name=name, exact=True).click

    def _look(self, view: str) -> Callable[[], object]:
        return self.page.get_by_text(view, exact=True).first.click

    def _region(self, name: str) -> Callable[[], object]:
        return lambda: self.page.get_by_role("region", name=name).wait_for(timeout=PATIENCE)

    def _choose(self, *nodes: str) -> Callable[[], object]:
        return self._do("g.cy.nodes().unselect(); given.forEach((id) => g.cy.getElementById(id).select())", list(nodes))

    def _expand(self, view: str) -> None:
        """Expand what is selected, by the fifty that are asked for above fifty."""
        before = ask(self.page, "return g.cy.nodes().length")
        more = self._until("g.cy.nodes().length > given", before)
        if ask(self.page, "return g.missing(g.selected().first())") > 50:
            self._do("g.expand()")()
            self._add(f"{view}, expand by 50", self.page.get_by_role("dialog").get_by_role("button", name="Show").click, more)
        elif ask(self.page, "return g.missing(g.selected().first())"):
            self._add(f"{view}, expand", self._do("g.expand()"), more)

    def _links(self) -> None:
        page = self.page
        self._look("Links")()
        until(page, "g.cy && g.placed && g.key.includes('/links/')")
        hub = ask(page, "return g.cy.nodes('[type = \"identifier\"]').max((n) => n.degree()).ele.id()")
        weak = ask(page, "return g.cy.nodes('[type = \"identifier\"]').min((n) => n.degree()).ele.id()")
        account = ask(page, "return g.cy.nodes('[type = \"account\"]').first().id()")
        self._add("Links, click an account to why it is linked", self._choose(account), self._region("The selected account"))
        self._add("Links, click an identifier to what it is", self._choose(hub), self._region("The selected identifier"))
        self._expand("Links")
        self._choose(account, weak)()
        settle(page)
        self._add("Links, path", self._do("g.path()"), self._until("g.cy.nodes('.way').length > 1"))
        self._choose(hub)()
        self._add("Links, neighbours", self._press("Neighbours"), self._until("g.cy.nodes(':selected').length > 1"))
        self._add("Links, hide others", self._press("Hide others"), self._says("others hidden"))
        self._add("Links, undo", self._press("Undo"), self._says("Taken back"))
        legend = page.get_by_role("group", name="Legend: press to hide or show").get_by_role("button").first
        self._add("Links, legend", legend.click, self._says("hidden"))
        legend.click()
        slider = page.get_by_label("Least strength of the identifiers shown")
        self._add("Links, filter by strength", lambda: slider.fill("0.5"), self._says("from a strength"))
        slider.fill("0")
        shown = ask(page, "return g.cy.nodes('[type = \"account\"]').map((n) => n.id().slice(2))")
        with open_snapshot(self.store) as snapshot:
            rows = snapshot.query(
                "SELECT account_id FROM members WHERE NOT list_contains($shown, account_id) ORDER BY account_id LIMIT 1",
                {"shown": shown},
            )["account_id"].to_pylist()
        there = self._until("g.cy.getElementById('a/' + given).length", rows[0])
        self._add("Links, find what was not shown", self._do("g.find(given)", rows[0]), there)
        with page.expect_download() as download:
            self._add("Links, SVG", self._press("SVG"), lambda: None)
        download.value.path()

    def _boxed(self, view: str, count: str) -> None:
        """Select with a box by the mouse: from the button to what is said of the selected."""
        page = self.page
        self._press("Box")()
        canvas = page.locator(".canvas:visible").last.bounding_box()
        assert canvas is not None
        page.mouse.move(canvas["x"] + canvas["width"] * 0.35, canvas["y"] + canvas["height"] * 0.3)
        page.mouse.down()
        page.mouse.move(canvas["x"] + canvas["width"] * 0.65, canvas["y"] + canvas["height"] * 0.7, steps=5)
        told = page.get_by_text(re.compile(r"^[\d,]+ selected: ")).first

        def shown() -> None:
            until(page, count)
            told.wait_for(timeout=PATIENCE)

        self._add(f"{view}, select with a box", page.mouse.up, shown)

    def _groups(self) -> None:
        self._add("Groups", self._look("Groups"), self._until("g.cy && g.placed && g.key.includes('/groups/')"))
        self._boxed("Groups", "g.selected().length > 1")
        self._choose("g/0")()
        settle(self.page)
        self._expand("Groups")

    def _whole(self) -> None:
        self._add("All accounts", self._look("All accounts"), self._until("g.sigma"))
        self._add("All accounts, click to why it is linked", self._do("g.choose([0])"), self._region("The selected account"))
        before = ask(self.page, "return g.graph.size")
        if 0 < ask(self.page, "return g.missing(0)") <= 50:
            self._add("All accounts, expand", self._do("g.expand()"), self._until("g.graph.size > given", before))
        self._add("All accounts, path", self._do("g.askPath([0, g.header.count - 1])"), self._until("g.way.size > 1"))
        self._boxed("All accounts", "g.chosen.size > 1")
        self._add("All accounts, hide others", self._press("Hide others"), self._says("hidden"))
        self._add("All accounts, undo", self._press("Undo"), self._says("Taken back"))

    def _time(self) -> None:
        chart = self.page.locator(".stPlotlyChart").first
        if not chart.count():
            return
        chart.scroll_into_view_if_needed()
        box = chart.locator(".nsewdrag").first.bounding_box()
        if box is None:
            return
        self.page.mouse.move(box["x"] + 2, box["y"] + 20)
        self.page.mouse.down()
        self.page.mouse.move(box["x"] + box["width"] / 3, box["y"] + 60, steps=4)
        self._add("All accounts, filter by time", self.page.mouse.up, self._until("g.active !== null"))


def pictures(browser: Browser, base: str, store: Path, cluster_id: str, table: Table) -> None:
    """What is done with the pictures of a cluster."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, accept_downloads=True)
    page = context.new_page()
    page.goto(base + links.cluster(cluster_id).address)
    drawn(page)
    Pictures(page, store, table).measure()
    context.close()
