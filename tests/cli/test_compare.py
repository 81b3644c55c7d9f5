from __future__ import annotations

import json
from pathlib import Path

from tests.cli.factory import Run
from tests.investigate.factory import World


def test_the_last_two_snapshots(linkage: Run, store: Path) -> None:
    changes = json.loads(linkage("diff", "--format", "json", "--store", store).out)
    assert [(change["cluster_id"], change["event"]) for change in changes] == [
        ("ring", "grown"),
        ("harvest", "unchanged"),
        ("office", "unchanged"),
    ]
    assert changes[0]["moves"] == [{"account_id": "b3", "old": None, "new": "ring"}]


def test_two_snapshots_by_name_and_the_other_way_round(linkage: Run, store: Path) -> None:
    older, newer = (row["id"] for row in json.loads(linkage("snapshots", "--format", "json", "--store", store).out))
    out = linkage("diff", newer, older, "--store", store).out
    assert out.startswith(f"{newer} to {older}: 1 shrunk, 2 unchanged")
    assert "harvest" not in out


def test_nothing_before_the_first(linkage: Run, tmp_path: Path) -> None:
    World().publish(tmp_path / "store")
    outcome = linkage("diff", "--store", tmp_path / "store")
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.count("\n") == 1
