"""What the pages take, in Chromium: `python -m benchmarks.desk STORE [--large STORE] [--many STORE]`.

The seconds are the wall's; on a shared machine they say more of its load than of the pages. So beside them stands the processor
time that the server and the browser spent together: on an idle machine with two cores no more than that passes.

STORE is of a world of 200,000 accounts; --large has a cluster of 24,000 (benchmarks/desk_worlds.py: one), --many 20,000 clusters
(many). Prints a table in Markdown: what was asked, what was measured (the median of the runs said beside it), from a click or
an address to what it shows. Memory is the server's resident set, with ten sessions on the page of its largest cluster.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

from playwright.sync_api import Browser, Page, expect, sync_playwright

from linkage.investigate import search
from linkage.store import Snapshot, open_snapshot
from tests.ui.browser import ROOT, launch, settle
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
_SESSIONS: Final = 10
#: Milliseconds that a page may take on a machine that does other things.
PATIENCE: Final = 60_000


class Took(NamedTuple):
    """Seconds on the wall, and of processors in the server and the browser."""

    wall: float
    busy: float


@dataclass
class Table:
    """What was measured, a line each: what, asked, measured, processor time."""

    rows: list[tuple[str, str, str, str]] = field(default_factory=list)

    def add(self, what: str, asked: float | None, took: list[Took]) -> None:
        """Add a time, and print it."""
        middle = statistics.median(each.wall for each in took)
        busy = statistics.median(each.busy for each in took)
        met = "" if asked is None or middle <= asked else " (over)"
        runs = "" if len(took) == 1 else f", {len(took)} runs, worst {max(each.wall for each in took):.2f} s"
        self.say(what, "" if asked is None else f"{asked:g} s", f"{middle:.2f} s{met}{runs}", f"{busy:.2f} s")

    def say(self, what: str, asked: str, measured: str, busy: str = "") -> None:
        """Add a line, and print it."""
        self.rows.append((what, asked, measured, busy))
        print(f"| {what} | {asked} | {measured} | {busy} |", flush=True)


@contextmanager
def serving(store: Path) -> Iterator[tuple[str, int]]:
    """`linkage ui` over a store: its address and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "linkage", "ui", "--store", str(store), "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip(), process.pid
        finally:
            process.terminate()


def memory(pid: int) -> float:
    """The resident set of a process in MB."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def busy() -> float:
    """Processor seconds so far of all that this process started: server and browser, without the layouts made ahead."""
    parents: dict[int, int] = {}
    spent: dict[int, float] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            fields = (entry / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            ahead = b"linkage.views" in (entry / "cmdline").read_bytes()
        except OSError:
            continue
        pid = int(entry.name)
        parents[pid] = int(fields[1])
        spent[pid] = 0.0 if ahead else (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def mine(pid: int) -> bool:
        while pid in parents:
            pid = parents[pid]
            if pid == os.getpid():
                return True
        return False

    return sum(seconds for pid, seconds in spent.items() if mine(pid))


def timed(act: Callable[[], object], shown: Callable[[], object]) -> Took:
    """What passes from an act to what it shows."""
    before, began = busy(), time.perf_counter()
    act()
    shown()
    wall = time.perf_counter() - began
    return Took(wall, busy() - before)


def ask(page: Page, script: str, given: Any = None) -> Any:
    """Run a script with the picture at hand."""
    return page.evaluate(f"(given) => {{ {_FIND} {script} }}", given)


def until(page: Page, condition: str, given: Any = None) -> None:
    """Wait until something holds of the picture."""
    page.wait_for_function(f"(given) => {{ {_FIND} return g !== null && Boolean({condition}) }}", arg=given, timeout=PATIENCE)


def drawn(page: Page) -> None:
    """Wait until a picture is drawn, whichever it is."""
    until(page, "g.cy ? g.placed : g.sigma")


def queue(browser: Browser, store: Path, table: Table, what: str) -> None:
    """The queue: cold in a fresh server and browser, again in the same browser, from another page, and filtered."""
    count = {show: len(sizes(store, show)) for show in ("All", "Flagged")}
    with serving(store) as (base, _):
        context = browser.new_context(viewport={"width": 1366, "height": 768})
        page = context.new_page()
        rows = page.get_by_role("region", name="Clusters", exact=True).get_by_role("link").first

        def opened() -> Took:
            return timed(lambda: page.goto(f"{base}/", wait_until="commit"), lambda: rows.wait_for(timeout=PATIENCE))

        def back() -> Took:
            page.get_by_role("link", name="Overview").click()
            page.get_by_role("heading", name="Overview", level=1).wait_for()
            settle(page)
            return timed(page.get_by_role("link", name="Queue", exact=True).click, lambda: rows.wait_for(timeout=PATIENCE))

        def filtered(show: str) -> Took:
            settle(page)
            button = page.get_by_role("radio", name=show, exact=True).or_(page.get_by_text(show, exact=True)).first
            return timed(
                button.click, lambda: page.get_by_text(f"of {count[show]:,} clusters").first.wait_for(timeout=PATIENCE)
            )

        table.add(f"{what}, cold", 2, [opened()])
        settle(page)
        table.add(f"{what}, loaded again", None, [opened() for _ in range(3)])
        table.add(f"{what}, warm", 0.5, [back() for _ in range(5)])
        if count["Flagged"] > 20:
            table.add(f"{what}, filtered", 0.5, [filtered(show) for show in ("All", "Flagged", "All")])
        context.close()


def cluster_page(browser: Browser, base: str, cluster_id: str, table: Table, what: str, asked: float) -> None:
    """A cluster's page to its picture, first and again."""
    took = []
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    address = base + links.cluster(cluster_id).address
    for _ in range(4):
        took.append(timed(lambda: page.goto(address, wait_until="commit"), lambda: drawn(page)))
        settle(page)
    context.close()
    table.add(f"{what}, cold", asked, took[:1])
    table.add(f"{what}, warm", asked, took[1:])


@dataclass
class Pictures:
    """Everything that is done with the pictures of a cluster, timed from the deed to what it shows."""

    page: Page
    table: Table
    what: str

    def measure(self) -> None:
        """All of it, in the three views."""
        self._links()
        self._groups()
        self._whole()
        self._time()

    def _add(self, name: str, act: Callable[[], object], shown: Callable[[], object]) -> None:
        settle(self.page)
        self.table.add(f"{self.what}: {name}", 0.5, [timed(act, shown)])
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
        with open_snapshot(Path(os.environ["LINKAGE_STORE"])) as snapshot:
            rows = snapshot.query(
                "SELECT account_id FROM members WHERE NOT list_contains($shown, account_id) ORDER BY account_id LIMIT 1",
                {"shown": shown},
            )["account_id"].to_pylist()
        there = self._until("g.cy.getElementById('a/' + given).length", rows[0])
        self._add("Links, find what was not shown", self._do("g.find(given)", rows[0]), there)
        with page.expect_download() as download:
            self._add("Links, SVG", self._press("SVG"), lambda: None)
        download.value.path()

    def _groups(self) -> None:
        self._add("Groups", self._look("Groups"), self._until("g.cy && g.placed && g.key.includes('/groups/')"))
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


def pictures(browser: Browser, base: str, cluster_id: str, table: Table, what: str) -> None:
    """What is done with the pictures of a cluster."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, accept_downloads=True)
    page = context.new_page()
    page.goto(base + links.cluster(cluster_id).address)
    drawn(page)
    Pictures(page, table, what).measure()
    context.close()


def searches(browser: Browser, base: str, snapshot: Snapshot, table: Table) -> None:
    """Searches from the box on a page to what was found."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.goto(f"{base}/")
    settle(page)
    account = snapshot.query("SELECT account_id FROM members ORDER BY account_id LIMIT 1")["account_id"].to_pylist()[0]
    rows = snapshot.query(
        "SELECT kind, any_value(value ORDER BY value) AS value FROM identifiers WHERE strength IS NOT NULL GROUP BY kind ORDER BY kind"
    ).to_pylist()
    values = {row["kind"]: row["value"] for row in rows}
    for what, text in (
        ("an account", account),
        *((each, values[each]) for each in ("ip", "network", "scaffold", "payment") if each in values),
    ):
        box = page.get_by_role("searchbox").first
        box.fill(text)
        found = page.get_by_role("region", name="What was found").get_by_text(text, exact=True).first
        table.add(
            f"search: {what}, to what it is",
            0.2,
            [timed(partial(box.press, "Enter"), partial(found.wait_for, timeout=PATIENCE))],
        )
        settle(page)
        took = timed(partial(search, snapshot, text, 20), lambda: None)
        table.add(f"search: {what}, the answer alone", 0.2, [Took(took.wall, 0.0)])
    context.close()


def sessions(browser: Browser, base: str, pid: int, cluster_id: str, table: Table) -> None:
    """Ten sessions at once on the page of the largest cluster."""
    before = memory(pid)
    contexts = [browser.new_context(viewport={"width": 1366, "height": 768}) for _ in range(_SESSIONS)]
    pages = [context.new_page() for context in contexts]
    began = time.perf_counter()
    for page in pages:
        page.goto(base + links.cluster(cluster_id).address, wait_until="commit")
    for page in pages:
        drawn(page)
        settle(page)
    took = time.perf_counter() - began
    after = memory(pid)
    table.say(
        f"{_SESSIONS} sessions at once",
        "no second copy of the data",
        f"{before:.0f} MB before, {after:.0f} MB with them; all drawn in {took:.1f} s",
    )
    for context in contexts:
        context.close()


def sizes(store: Path, show: str = "All") -> list[tuple[str, int]]:
    """The clusters of a store with their sizes, the largest first."""
    with open_snapshot(store) as snapshot:
        rows = snapshot.query(
            "SELECT cluster_id, size FROM clusters WHERE flagged OR $all ORDER BY size DESC, cluster_id", {"all": show == "All"}
        ).to_pylist()
    return [(row["cluster_id"], row["size"]) for row in rows]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desk", description="Measure the pages in Chromium.")
    parser.add_argument("store", type=Path, help="of 200,000 accounts")
    parser.add_argument("--large", type=Path, help="with a cluster of 24,000 accounts")
    parser.add_argument("--many", type=Path, help="with 20,000 clusters")
    given = parser.parse_args()
    table = Table()
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores before\n")
    print("| what | asked | measured | processor time |\n|---|---|---|---|")
    with sync_playwright() as playwright:
        browser = launch(playwright)
        expect.set_options(timeout=PATIENCE)
        queue(browser, given.store, table, "queue")
        if given.many:
            queue(browser, given.many, table, f"queue of {len(sizes(given.many)):,} clusters")
        for store in filter(None, (given.store, given.large)):
            largest, size = sizes(store)[0]
            asked = 3.0 if size > 8_000 else 2.0
            os.environ["LINKAGE_STORE"] = str(store)
            with serving(store) as (base, pid):
                cluster_page(browser, base, largest, table, f"page of {size:,} accounts", asked)
                pictures(browser, base, largest, table, f"{size:,} accounts")
                if store == given.store:
                    with open_snapshot(store) as snapshot:
                        searches(browser, base, snapshot, table)
                sessions(browser, base, pid, largest, table)
        browser.close()
    print(f"\nload average {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
