from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from linkage.store import Snapshot, open_snapshot
from tests.investigate.factory import world


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """The world of tests/investigate/factory.py, opened."""
    store: Path = tmp_path_factory.mktemp("views") / "store"
    world().publish(store)
    with open_snapshot(store) as snapshot:
        yield snapshot
