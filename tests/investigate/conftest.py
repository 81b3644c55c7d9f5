"""One published world for every question; nothing a question does can change it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from linkage.store import Snapshot, open_snapshot
from tests.investigate.factory import world


@pytest.fixture(scope="package")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    store: Path = tmp_path_factory.mktemp("investigate") / "store"
    world().publish(store)
    with open_snapshot(store) as opened:
        yield opened
