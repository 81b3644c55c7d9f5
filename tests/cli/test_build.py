from __future__ import annotations

import csv
import getpass
import io
import json
import os
from pathlib import Path

import pytest

from linkage.store import Store, open_snapshot
from tests.cli.factory import Run, write_input

AS_OF = ("--as-of", "2026-02-10T00:00:00Z")


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_input(tmp_path_factory.mktemp("logs") / "input")


def test_a_rebuild_counts_what_it_read(linkage: Run, logs: Path, tmp_path: Path) -> None:
    outcome = linkage("rebuild", logs, "--store", tmp_path / "s", *AS_OF, "--memory", "1GB", "--actor", "ada")
    assert outcome.status == 0
    totals = next(line for line in outcome.out.splitlines() if line.startswith("all ")).split()
    assert totals == ["all", "2", "289", "1", "0"]
    assert "payments.csv" in outcome.out
    assert "48 accounts" in outcome.out
    assert "next: linkage clusters" in outcome.err
    assert any(line.startswith("write: ") for line in outcome.err.splitlines())
    with open_snapshot(tmp_path / "s") as snapshot:
        assert snapshot.manifest.actor == "ada"
        assert snapshot.id in outcome.out


def test_json_is_json_alone_and_the_actor_is_who_is_logged_in(linkage: Run, logs: Path, tmp_path: Path) -> None:
    outcome = linkage("rebuild", logs, "--store", tmp_path / "s", *AS_OF, "--format", "json", "--algorithm", "components")
    summary = json.loads(outcome.out)
    assert {row["table"]: row["set_aside"] for row in summary["files"]} == {"payments": 1, "requests": 0}
    with open_snapshot(tmp_path / "s") as snapshot:
        assert (snapshot.id, snapshot.manifest.algorithm) == (summary["snapshot_id"], "components")
        assert snapshot.manifest.actor == getpass.getuser()


def test_csv_is_the_table_of_tables(linkage: Run, logs: Path, tmp_path: Path) -> None:
    out = linkage("rebuild", logs, "--store", tmp_path / "s", *AS_OF, "--format", "csv").out
    rows = {row["table"]: row for row in csv.DictReader(io.StringIO(out))}
    assert (rows["payments"]["rows"], rows["all"]["rows"]) == ("49", "289")


def test_a_schedule_once(linkage: Run, logs: Path, tmp_path: Path) -> None:
    outcome = linkage("schedule", logs, "--store", tmp_path / "s", "--cron", "5 * * * *", "--once")
    assert (outcome.status, outcome.out) == (0, "")
    assert "published snapshot" in outcome.err
    missing = linkage("schedule", tmp_path / "none", "--store", tmp_path / "s", "--cron", "5 * * * *", "--once")
    assert missing.status == 2
    assert missing.err.startswith("linkage: ")
    assert missing.err.count("\n") == 1


def test_a_wrong_configuration_stops_before_anything_is_read(linkage: Run, logs: Path, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("[communities]\nalgorithm = 'magic'\n")
    outcome = linkage("rebuild", logs, "--store", tmp_path / "s", "--config", tmp_path / "c.toml")
    assert (outcome.status, outcome.out) == (2, "")
    assert "communities.algorithm" in outcome.err
    assert not (tmp_path / "s").exists()


def test_one_builder_at_a_time(linkage: Run, logs: Path, tmp_path: Path) -> None:
    with Store(tmp_path / "s").lock():
        outcome = linkage("rebuild", logs, "--store", tmp_path / "s", *AS_OF)
    assert (outcome.status, outcome.out) == (3, "")
    assert str(os.getpid()) in outcome.err.splitlines()[-1]
