"""The two databases that cases are kept in, each real."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from linkage.cases import CaseBook
from linkage.store import Snapshot, open_snapshot
from tests.cases.factory import FIRST, Clock, book, publish
from tests.cases.postgres import INSTALL, RunningPostgres, binaries
from tests.plain import plain_environment

__all__ = ["plain_environment"]


@pytest.fixture(scope="session")
def postgres() -> Iterator[RunningPostgres]:
    if binaries() is None:
        reason = f"a real PostgreSQL is not installed: {INSTALL}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    running = RunningPostgres()
    yield running
    running.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str | None:
    """None for SQLite in the store, else the address of a new database; the environment says the same."""
    monkeypatch.delenv("LINKAGE_DATABASE_URL", raising=False)
    if request.param == "sqlite":
        return None
    made = request.getfixturevalue("postgres").database()
    monkeypatch.setenv("LINKAGE_DATABASE_URL", made)
    return str(made)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with three clusters."""
    path = tmp_path / "store"
    publish(path, FIRST)
    return path


@pytest.fixture
def snapshot(store: Path) -> Iterator[Snapshot]:
    with open_snapshot(store) as opened:
        yield opened


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cases(store: Path, url: str | None, clock: Clock) -> Iterator[CaseBook]:
    """The store's book, over each database in turn."""
    with book(store, url) as opened:
        opened._clock = clock
        yield opened
