"""What is read before anybody asks, when the server starts and when another snapshot is published."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from linkage.store import Snapshot
from tests.ui.conftest import Publish
from tests.ui.factory import page, world
from ui import reading
from ui.layouts import Layouts


@contextmanager
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The snapshots that were asked anything meanwhile, once for each question."""
    seen: list[str] = []
    query = Snapshot.query

    def told(self: Snapshot, *given: Any) -> Any:
        seen.append(self.id)
        return query(self, *given)

    with monkeypatch.context() as patch:
        patch.setattr(Snapshot, "query", told)
        yield seen


def test_a_page_that_was_read_ahead_asks_of_its_snapshot_little_more(served: Publish, monkeypatch: pytest.MonkeyPatch) -> None:
    served(world())
    with asked(monkeypatch) as cold:
        page("cluster", cluster="harvest")
    reading.renew()
    with asked(monkeypatch) as warm:
        page("cluster", cluster="harvest")
    assert len(cold) > 12
    assert len(warm) < len(cold) / 2


def test_another_snapshot_is_read_ahead_once_it_is_published(served: Publish, monkeypatch: pytest.MonkeyPatch) -> None:
    served(world())
    reading.read_ahead()
    changed = world()
    changed.cluster("fresh", 0.7, [f"n{number}" for number in range(12)], [])
    served(changed)
    second = reading.in_service()
    reading.renew()
    with asked(monkeypatch) as seen:
        assert (
            reading.clusters._cluster(reading.opened._opened(str(reading.store()), second), second, "fresh", 50).summary.size
            == 12
        )
        assert seen == []


def test_whoever_looks_for_snapshots_says_so_once_for_each_after_the_first(
    served: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.layouts._LOOK_EVERY", 0.05)
    store = served(world())
    told: list[str] = []
    layouts = Layouts(store, lambda: told.append(reading.in_service()))
    layouts.start()
    try:
        time.sleep(1.5)
        assert told == []
        second = world().publish(store, day=11)
        ends = time.monotonic() + 20
        while not told and time.monotonic() < ends:
            time.sleep(0.05)
        time.sleep(0.3)
        assert told == [second]
    finally:
        layouts.stop()
