"""Every page in a browser over every kind of store: nothing cut, no console error, no request that leaves the machine."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.ui.browser import Ear, serving, visit, widest
from tests.ui.factory import HOSTILE, World, hostile, many, page, tables, world
from ui import links, session

pytestmark = [pytest.mark.xdist_group("browser")]

CLUSTERS: Final = 20_000


def alone() -> World:
    """One cluster, and nothing beside it."""
    made = World()
    made.cluster("only", 0.9, ["o1", "o2", "o3"])
    made.share("payment", "card", 0.9, ["o1", "o2", "o3"])
    return made


def crowd() -> World:
    """As many clusters as a queue is to hold."""
    return many(CLUSTERS)


#: The world of a store, and what the pages are asked for: a cluster, an account, a kind and a value.
STORES: Final = {
    "missing": (world, ("harvest", "a4", "payment", "card-1")),
    "empty": (World, ("c", "a", "payment", "p")),
    "one cluster": (alone, ("only", "o1", "payment", "card")),
    "20,000 clusters": (crowd, ("c00000", "m00000-0", "payment", "p00000")),
    "5,000 characters": (hostile, ("evil", HOSTILE["long"], "device", HOSTILE["long emoji"])),
    "right to left": (hostile, ("evil", HOSTILE["right to left"], "device", HOSTILE["override"])),
    "emoji": (hostile, ("evil", HOSTILE["emoji"], "device", HOSTILE["zalgo"])),
}


def addresses(cluster: str, account: str, kind: str, value: str) -> list[str]:
    return [
        "/",
        links.cluster(cluster).address,
        links.compare("account", account, account[:1] or "x").address,
        links.compare("cluster", cluster, "ring").address,
        "/overview",
        "/decisions",
        links.Link("search", {"q": account}).address,
        links.account(account).address,
        links.identifier(kind, value).address,
    ]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Where each store is; those of one world are one."""
    folder = tmp_path_factory.mktemp("every")
    made: dict[object, Path] = {}
    for number, (factory, _) in enumerate(STORES.values()):
        if factory not in made:
            made[factory] = folder / str(number)
            factory().publish(made[factory])
    return {name: made[factory] for name, (factory, _) in STORES.items()}


@pytest.mark.browser
@pytest.mark.parametrize("state", STORES)
def test_no_page_breaks_or_is_cut(shared: BrowserContext, published: dict[str, Path], state: str) -> None:
    with serving(published[state]) as base:
        if state == "missing":
            # the command refuses to begin without a store; this one goes away while it is served
            published[state].rename(published[state].with_name("gone"))
        page = shared.new_page()
        ear = Ear(base)
        ear.listen(page)
        for address in addresses(*STORES[state][1]):
            visit(page, f"{base}{address}")
            expect(page.get_by_role("heading", level=1).first).to_be_visible()
            assert widest(page)["page"] <= widest(page)["window"], address
            assert page.evaluate("() => window.hacked") is None
            assert page.get_by_text("a fault of the program").count() == 0, address
        page.close()
        assert ear.heard == []


def test_a_queue_of_20_000_clusters_is_paged_and_filtered(published: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINKAGE_STORE", str(published["20,000 clusters"]))
    app = page()
    assert len(tables(app)["Clusters"]["rows"]) == 20
    app.segmented_control(key=session.QUEUE_SHOW).set_value("all").run()
    app.session_state[session.QUEUE_PAGE] = CLUSTERS // 20
    app.run()
    assert [row[0]["text"] for row in tables(app)["Clusters"]["rows"]][-1] == f"{CLUSTERS:,}"
