from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st

from tests.ui.factory import World

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
