"""Pictures of the pages, as they are in docs/images: `python -m benchmarks.screenshots STORE OUT [--all] [--whole]`.

Takes the riskiest cluster, its first member and its weightiest identifier. Without --all it makes the pictures of the
README (1366 x 768, light); with it every page at 1366 x 768 light and dark and at 1920 x 1080, named after that. --whole makes
one of each page from top to bottom beside each, to be looked at after a change.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.desk_pictures import drawn, until
from linkage.investigate import cluster, queue
from linkage.store import Snapshot, open_snapshot
from tests.ui.browser import launch, serving, settle, visit
from ui import links

#: Windows and themes: the first is that of the README.
LOOKS = ((1366, 768, "light"), (1366, 768, "dark"), (1920, 1080, "light"))
#: Beyond this a picture of a whole page shows nothing that a shorter one does not.
TALLEST = 4_000


class Shot(NamedTuple):
    """A picture: its name, what it shows, where on the page it begins (a heading, or the top), and what is pressed before."""

    name: str
    address: str
    heading: str | None = None
    press: str | None = None


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.screenshots", description="Take pictures of the pages.")
    parser.add_argument("store", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--all", action="store_true", help="every page at 1366 x 768 light and dark, and at 1920 x 1080")
    parser.add_argument("--whole", action="store_true", help="each page from top to bottom as well")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with open_snapshot(given.store) as snapshot:
        shots = list(pages(snapshot))
    with serving(given.store) as base, sync_playwright() as playwright:
        browser = launch(playwright)
        for look in LOOKS if given.all else LOOKS[:1]:
            take(browser, base, shots, given.out, look, named=given.all, whole=given.whole)
        browser.close()


def pages(snapshot: Snapshot) -> Iterator[Shot]:
    """What there is to show."""
    yield Shot("queue", "/")
    first = next(iter(queue(snapshot, limit=1)), None)
    if first is None:
        return
    detail = cluster(snapshot, first.cluster_id, identifiers=1, members=1)
    yield Shot("cluster", links.cluster(first.cluster_id).address)
    yield Shot("groups", links.cluster(first.cluster_id).address, "Graph", "Groups")
    yield Shot("whole", links.cluster(first.cluster_id).address, "Graph", "All accounts")
    yield Shot("activity", links.cluster(first.cluster_id).address, "Activity")
    others = [each.cluster_id for each in queue(snapshot, limit=2)][1:]
    if others:
        yield Shot("compare", links.compare("cluster", first.cluster_id, others[0]).address)
    yield Shot("overview", "/overview")
    yield Shot("decisions", "/decisions")
    for member in detail.members:
        yield Shot("account", links.account(member.account_id).address)
        yield Shot("search", f"/search?q={member.account_id[:6]}")
    for shared in detail.identifiers:
        yield Shot("identifier", links.identifier(shared.kind, shared.value).address)


def take(
    browser: Browser, base: str, shots: list[Shot], out: Path, look: tuple[int, int, str], *, named: bool, whole: bool
) -> None:
    """Take every picture at one size in one theme; `named` puts both into its name."""
    width, height, scheme = look
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    for shot in shots:
        visit(page, base + shot.address)
        if shot.address.startswith("/cluster"):
            drawn(page)
        still(page)
        if shot.press:
            page.get_by_text(shot.press, exact=True).click()
            until(page, "given === 'Groups' ? g.cy && g.placed && g.key.includes('/groups/') : g.sigma", shot.press)
            still(page)
        if shot.heading:
            page.get_by_role("heading", name=shot.heading, exact=True).evaluate("node => node.scrollIntoView()")
            still(page)
        name = f"{shot.name}-{width}-{scheme}" if named else shot.name
        save(page, out / f"{name}.png")
        print(out / f"{name}.png")
        if whole and not shot.heading:
            tall = page.get_by_test_id("stMain").evaluate("node => node.scrollHeight")
            page.set_viewport_size({"width": width, "height": max(height, min(tall + 80, TALLEST))})
            still(page)
            save(page, out / f"{name}-whole.png")
            page.set_viewport_size({"width": width, "height": height})
    context.close()


def save(page: Page, path: Path) -> None:
    """Write what is in the window with a palette of 256 colours: a third of the bytes. Rare ones keep their place, and what
    covers much is told exactly, so that a pale grey does not come out as pink."""
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(256, method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE).save(path, optimize=True)


def still(page: Page) -> None:
    """Wait until nothing moves any more."""
    settle(page)
    page.wait_for_timeout(800)


if __name__ == "__main__":
    main()
