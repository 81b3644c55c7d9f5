"""What the pages take, in Chromium: `python -m benchmarks.desk STORE [--large STORE] [--many STORE] [--only PART] [--write DOC]`.

The seconds are the wall's; on a shared machine they say more of its load than of the pages. So beside them the processor
time is printed that the server and the browser spent together: on an idle machine with two cores no more than that passes.

STORE is of a world of 200,000 accounts; --large has a cluster of 24,000 (benchmarks/desk_worlds.py: one), --many 20,000 clusters
(many). `lists` are the queue, the search and ten sessions at once; `clusters` the pages of the largest clusters and what is done
with their pictures. Printed is what was asked and what was measured (the median of the runs said beside it), from a click or an
address to what it shows; --write puts it into a document. Memory is the server's resident set.
"""

from __future__ import annotations

import argparse
import os
import time
from functools import partial
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, expect, sync_playwright

from benchmarks.desk_pictures import drawn, pictures
from benchmarks.desk_timing import PATIENCE, Table, Took, memory, serving, timed
from benchmarks.writing import between
from linkage.investigate import search
from linkage.store import Snapshot, open_snapshot
from tests.ui.browser import launch, settle
from ui import links

_SESSIONS: Final = 10
#: Seconds after which a server has read ahead.
_READY: Final = 6.0


def queue(browser: Browser, store: Path, table: Table) -> None:
    """The queue: cold in a fresh server and browser, again in the same browser, from another page, and filtered."""
    count = {show: len(sizes(store, show)) for show in ("All", "Flagged")}
    table.of = f"{count['All']:,} clusters"
    with serving(store) as (base, _):
        time.sleep(_READY)
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
            told = page.get_by_text(f"of {count[show]:,} clusters").first
            return timed(button.click, lambda: told.wait_for(timeout=PATIENCE))

        table.add("queue, cold", 2, [opened()])
        settle(page)
        table.add("queue, loaded again", None, [opened() for _ in range(3)])
        settle(page)
        table.add("queue, from another page", 0.5, [back() for _ in range(5)])
        if count["Flagged"] > 20:
            table.add("queue, other clusters shown", 0.5, [filtered(show) for show in ("All", "Flagged", "All")])
        context.close()


def cluster_page(browser: Browser, base: str, cluster_id: str, table: Table, asked: float) -> None:
    """A cluster's page to its picture, first and again."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    address = base + links.cluster(cluster_id).address
    took = []
    for _ in range(4):
        took.append(timed(lambda: page.goto(address, wait_until="commit"), lambda: drawn(page)))
        settle(page)
    context.close()
    table.add("page, cold", asked, took[:1])
    table.add("page, loaded again", asked, took[1:])


def searches(browser: Browser, base: str, snapshot: Snapshot, table: Table) -> None:
    """Searches from the box on a page to what was found, and the answer without the page."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.goto(f"{base}/")
    settle(page)
    account = snapshot.query("SELECT account_id FROM members ORDER BY account_id LIMIT 1")["account_id"].to_pylist()[0]
    rows = snapshot.query(
        "SELECT kind, any_value(value ORDER BY value) AS value FROM identifiers WHERE strength IS NOT NULL GROUP BY kind ORDER BY kind"
    ).to_pylist()
    values = {row["kind"]: row["value"] for row in rows}
    asked = {
        "an account": account,
        **{kind: values[kind] for kind in ("ip", "network", "scaffold", "payment") if kind in values},
    }
    shown, alone = [], []
    for text in asked.values():
        box = page.get_by_role("searchbox").first
        box.fill(text)
        found = page.get_by_role("region", name="What was found").get_by_text(text, exact=True).first
        shown.append(timed(partial(box.press, "Enter"), partial(found.wait_for, timeout=PATIENCE)))
        settle(page)
        alone.append(timed(partial(search, snapshot, text, 20), lambda: None))
    kinds = ", ".join(asked)
    table.add(f"search of {kinds}: from Enter to what it is", 0.2, shown)
    table.add("the same, the answer alone", 0.2, alone)
    context.close()


def sessions(browser: Browser, base: str, pid: int, cluster_id: str, table: Table) -> None:
    """Ten sessions at once on the page of the largest cluster, beside one that was there before."""
    contexts = [browser.new_context(viewport={"width": 1366, "height": 768}) for _ in range(1 + _SESSIONS)]
    pages = [context.new_page() for context in contexts]
    address = base + links.cluster(cluster_id).address
    pages[0].goto(address)
    drawn(pages[0])
    settle(pages[0])
    before = memory(pid)
    began = time.perf_counter()
    for page in pages[1:]:
        page.goto(address, wait_until="commit")
    for page in pages[1:]:
        drawn(page)
        settle(page)
    took = time.perf_counter() - began
    grown = memory(pid) - before
    table.say(
        f"{_SESSIONS} more sessions at once on the largest cluster",
        "no second copy of the data",
        f"{grown / _SESSIONS:.0f} MB each beside {before:.0f} MB with one; all drawn in {took:.1f}",
    )
    for context in contexts:
        context.close()


def lists(browser: Browser, store: Path, many: Path | None, table: Table) -> None:
    """The queues, the search, and ten sessions."""
    for each in filter(None, (many, store)):
        queue(browser, each, table)
    with serving(store) as (base, pid), open_snapshot(store) as snapshot:
        time.sleep(_READY)
        searches(browser, base, snapshot, table)
        sessions(browser, base, pid, sizes(store)[0][0], table)


def clusters(browser: Browser, stores: list[Path], table: Table) -> None:
    """The page of each store's largest cluster, and what is done with its pictures."""
    for store in stores:
        largest, size = sizes(store)[0]
        table.of = f"{size:,} accounts"
        with serving(store) as (base, _):
            time.sleep(_READY)
            cluster_page(browser, base, largest, table, 3.0 if size > 8_000 else 2.0)
            pictures(browser, base, store, largest, table)


def sizes(store: Path, show: str = "All") -> list[tuple[str, int]]:
    """The clusters of a store with their sizes, the largest first."""
    with open_snapshot(store) as snapshot:
        rows = snapshot.query(
            "SELECT cluster_id, size FROM clusters WHERE flagged OR $all ORDER BY size DESC, cluster_id", {"all": show == "All"}
        ).to_pylist()
    return [(row["cluster_id"], row["size"]) for row in rows]


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.desk", description="Measure the pages in Chromium.")
    parser.add_argument("store", type=Path, help="of 200,000 accounts")
    parser.add_argument("--large", type=Path, help="with a cluster of 24,000 accounts")
    parser.add_argument("--many", type=Path, help="with 20,000 clusters")
    parser.add_argument("--only", choices=("lists", "clusters"), help="measure this part alone")
    parser.add_argument("--write", type=Path, metavar="DOC", help="put the tables between their marks in a document")
    given = parser.parse_args()
    with sync_playwright() as playwright:
        browser = launch(playwright)
        expect.set_options(timeout=PATIENCE)
        for part in ("lists", "clusters") if given.only is None else (given.only,):
            table = Table()
            before = os.getloadavg()[0]
            if part == "lists":
                lists(browser, given.store, given.many, table)
            else:
                clusters(browser, [store for store in (given.store, given.large) if store], table)
            load = f"load average {before:.1f} before, {os.getloadavg()[0]:.1f} after, {os.cpu_count()} cores"
            print(f"{load}\n\n{table.markdown()}\n", flush=True)
            if given.write:
                between(given.write, f"desk {part}", f"{table.markdown()}\n\n({load.capitalize()}.)")
        browser.close()


if __name__ == "__main__":
    main()
