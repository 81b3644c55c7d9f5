"""Every text of every page stands out from what is behind it, in the light theme and in the dark one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from tests.ui.browser import PATIENCE, serving, settle, visit
from ui import links

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

FAINT = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8").strip().removesuffix(";")
PAGES = (
    "/",
    links.cluster("harvest").address,
    "/overview",
    links.compare("cluster", "harvest", "ring").address,
    links.Link("search", {"q": "a"}).address,
    links.account("a4").address,
    links.identifier("payment", "card-1").address,
    "/decisions",
)


@pytest.fixture(scope="module")
def base(stores: dict[str, Path]) -> Iterator[str]:
    with serving(stores["world"]) as address:
        yield address


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out(browser: Browser, base: str, scheme: Literal["dark", "light"]) -> None:
    context = browser.new_context(viewport={"width": 1366, "height": 768}, color_scheme=scheme)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    for address in PAGES:
        visit(page, base + address)
        expect(page.get_by_role("heading", level=1).first).to_be_visible()
        for chart in page.get_by_test_id("stPlotlyChart").all():
            expect(chart.locator("svg.main-svg").first).to_be_visible()
        assert page.evaluate(FAINT) == [], address
    # what opens only when it is asked for
    visit(page, base + links.cluster("harvest").address)
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_placeholder("What it rests on")).to_be_visible()
    settle(page)
    assert page.evaluate(FAINT) == []
    # a check that could find nothing would prove nothing
    page.get_by_role("heading", level=1).first.evaluate("node => { node.style.color = '#7f7f7f'; node.style.opacity = 0.5 }")
    assert page.evaluate(FAINT) != []
    context.close()
