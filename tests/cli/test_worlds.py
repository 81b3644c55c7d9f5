from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cli.factory import Run, write_input


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The truth about the package's world: the harvest and the ring are guilty, and so is e2, whom nothing shows."""
    actors = dict.fromkeys(["a1", "a2", "a3", "a4", "a5"], "harvester") | dict.fromkeys(["b1", "b2", "b3"], "ringleader")
    accounts = ["a1", "a2", "a3", "a4", "a5", "b1", "b2", "b3", "d1", "d2", "e1", "e2"]
    actors["e2"] = "ringleader"
    path = tmp_path_factory.mktemp("truth") / "truth.parquet"
    guilty = [actors.get(account, "") for account in accounts]
    kinds = [{"harvester": "campaign", "ringleader": "ring"}.get(actor, "company") for actor in guilty]
    groups = [actor or "office" for actor in guilty]
    pq.write_table(pa.table({"account_id": accounts, "actor": guilty, "kind": kinds, "group": groups}), path)
    return path


def test_evaluation_as_json_and_table(linkage: Run, store: Path, truth: Path) -> None:
    figures = json.loads(linkage("evaluate", "--truth", truth, "--store", store, "--format", "json").out)
    assert (figures["precision"], round(figures["recall"], 4)) == (1.0, round(7 / 9, 4))
    out = linkage("evaluate", "--truth", truth, "--store", store).out
    assert "0.7778" in out
    assert "harvester" in out


def test_a_truth_that_is_not_there(linkage: Run, store: Path, tmp_path: Path) -> None:
    outcome = linkage("evaluate", "--truth", tmp_path / "none.parquet", "--store", store)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.count("\n") == 1


def test_a_world_in_the_input_contract(linkage: Run, tmp_path: Path) -> None:
    outcome = linkage("simulate", "--out", tmp_path / "w", "--accounts", 500, "--seed", 3)
    assert (outcome.status, outcome.out) == (0, "")
    assert set(pq.read_schema(tmp_path / "w" / "truth.parquet").names) >= {"account_id", "actor", "kind", "group"}
    assert (tmp_path / "w" / "input").is_dir()
    assert "linkage rebuild" in outcome.err


def test_evaluate_wants_a_store_or_a_replay(linkage: Run, truth: Path) -> None:
    outcome = linkage("evaluate", "--truth", truth)
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.count("\n") == 1 and "--replay" in outcome.err


def test_a_replay_as_json_table_and_csv(linkage: Run, tmp_path: Path) -> None:
    write_input(tmp_path / "in")
    names = [f"u{number:02}" for number in range(48)]
    actors = [f"ring-{number // 4}" if number < 8 else "" for number in range(48)]
    kinds = ["ring" if actor else "" for actor in actors]
    pq.write_table(pa.table({"account_id": names, "actor": actors, "kind": kinds}), tmp_path / "truth.parquet")
    asked = ("evaluate", "--truth", tmp_path / "truth.parquet", "--replay", tmp_path / "in")
    told = json.loads(linkage(*asked, "--format", "json").out)
    assert [day["day"] for day in told["daily"]] == [f"2026-02-0{day}" for day in range(1, 6)]
    assert {one["actor"] for one in told["detections"]} == {"ring-0", "ring-1"}
    assert {"precision", "recall"} <= told.keys()
    assert "day by day" in linkage(*asked).out
    assert linkage(*asked, "--format", "csv").out.splitlines()[0].startswith("actor,kind,size,requests,began,first,")
