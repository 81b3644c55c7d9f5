from __future__ import annotations

from pathlib import Path

from linkage.investigate import queue
from linkage.investigate.counting import count_clusters
from linkage.store import open_snapshot
from tests.investigate.factory import World, world


def test_the_count_is_the_length_of_the_queue(tmp_path: Path) -> None:
    world().publish(tmp_path / "store")
    with open_snapshot(tmp_path / "store") as snapshot:
        for flagged in (False, True):
            assert count_clusters(snapshot, flagged=flagged) == len(queue(snapshot, flagged=flagged)) > 0


def test_nothing_counts_as_none(tmp_path: Path) -> None:
    World().publish(tmp_path / "store")
    with open_snapshot(tmp_path / "store") as snapshot:
        assert count_clusters(snapshot) == 0
