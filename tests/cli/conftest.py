"""A published world, and the command run in this process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.factory import Run, runner
from tests.investigate.factory import world


@pytest.fixture(scope="package")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with two snapshots of one world: in the older one the ring had not yet grown."""
    path = tmp_path_factory.mktemp("cli") / "store"
    older = world()
    for name in ("accounts", "members"):
        older.tables[name] = [row for row in older.tables[name] if row["account_id"] != "b3"]
    older.publish(path, day=9)
    world().publish(path, day=10)
    return path


@pytest.fixture
def linkage(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command line: its status, stdout and stderr."""
    monkeypatch.delenv("LINKAGE_STORE", raising=False)
    monkeypatch.delenv("LINKAGE_DEBUG", raising=False)
    return runner(capsys)
