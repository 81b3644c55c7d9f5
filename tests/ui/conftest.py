from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.ui.browser import PATIENCE, launch, require_chromium
from tests.ui.factory import World, hostile, many, world

Publish = Callable[[World], Path]


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Publish]:
    """A function that publishes a world in the store that the pages read; the store's folder."""
    store = tmp_path / "store"
    monkeypatch.setenv("LINKAGE_STORE", str(store))

    def publish(world: World) -> Path:
        world.publish(store)
        return store

    yield publish
    st.cache_resource.clear()


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Stores that tests only read: of the world, of nothing, of many clusters, of hostile names."""
    folder = tmp_path_factory.mktemp("stores")
    for name, made in (("world", world()), ("empty", World()), ("many", many(90)), ("hostile", hostile())):
        made.publish(folder / name)
    return {name: folder / name for name in ("world", "empty", "many", "hostile")}


@pytest.fixture
def loaded(stores: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The store of the world, as the one that the pages read."""
    monkeypatch.setenv("LINKAGE_STORE", str(stores["world"]))
    return stores["world"]


@pytest.fixture
def evil(stores: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The store of hostile names, as the one that the pages read."""
    monkeypatch.setenv("LINKAGE_STORE", str(stores["hostile"]))
    return stores["hostile"]


@pytest.fixture
def long(stores: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The store of many clusters, as the one that the pages read."""
    monkeypatch.setenv("LINKAGE_STORE", str(stores["many"]))
    return stores["many"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    require_chromium()
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def shared(browser: Browser) -> Iterator[BrowserContext]:
    """One browser's memory for all tests, which keeps what it loaded; each page is a session of its own all the same."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, accept_downloads=True)
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()
