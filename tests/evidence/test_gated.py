"""Roles and the audit log: who may hand out what, and exactly one record of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from linkage.access import Gate
from linkage.audit import Entry
from linkage.errors import Denied, NotFound
from linkage.evidence import Level, verify
from linkage.evidence.gated import export_through
from tests.investigate.factory import world

_ROLES = """
[roles]
viewer = ["vera"]
investigator = ["ines"]
approver = ["aron"]
"""


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    store = tmp_path / "store"
    world().publish(store)
    (store / "access.toml").write_text(_ROLES)
    return Gate(store)


def records(gate: Gate) -> list[Entry]:
    return [entry for entry in gate.log.entries() if entry.action in ("export", "disclose")]


@pytest.mark.parametrize(
    ("name", "level", "allowed"),
    [
        ("vera", Level.internal, False), ("vera", Level.public, False), ("ines", Level.internal, True),
        ("ines", Level.partner, False), ("ines", Level.public, False), ("aron", Level.internal, True),
        ("aron", Level.partner, True), ("aron", Level.public, True), ("nobody", Level.internal, False),
    ],
)  # fmt: skip
def test_each_try_leaves_exactly_one_record(gate: Gate, tmp_path: Path, name: str, level: Level, allowed: bool) -> None:
    who, out, store = gate.identity(name), tmp_path / "out", tmp_path / "store"
    if not allowed:
        with pytest.raises(Denied):
            export_through(gate, who, store, "harvest", out=out, level=level, why="because")
        assert not out.exists()
        (entry,) = records(gate)
        assert (entry.actor, entry.outcome, entry.subject) == (name, "denied", "cluster:harvest")
        return
    done = export_through(gate, who, store, "harvest", out=out, level=level, why="because")
    assert verify(done.path).intact
    (entry,) = records(gate)
    assert (entry.actor, entry.outcome, entry.subject, entry.why) == (name, "done", "cluster:harvest", "because")
    assert entry.snapshot == done.snapshot_id
    assert entry.detail is not None
    assert (entry.detail["sha256"], entry.detail["level"]) == (done.sha256, level)


def test_an_export_that_fails_leaves_none(gate: Gate, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        export_through(gate, gate.identity("ines"), tmp_path / "store", "nothing", out=tmp_path / "out")
    assert records(gate) == []
