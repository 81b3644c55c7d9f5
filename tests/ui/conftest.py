from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st

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
