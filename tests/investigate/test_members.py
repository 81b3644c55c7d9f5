from __future__ import annotations

from pathlib import Path

import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from linkage.errors import UsageError
from linkage.investigate import members, write_members
from linkage.store import Snapshot

COLUMNS = ["account_id", "cluster_id", "role", "risk", "flagged"]


def test_exact_columns_sorted_by_account(snapshot: Snapshot) -> None:
    table = members(snapshot)
    assert table.column_names == COLUMNS
    assert table["account_id"].to_pylist() == ["a1", "a2", "a3", "a4", "a5", "b1", "b2", "b3", "d1", "d2"]
    assert table["flagged"].to_pylist() == [True] * 4 + [False] + [True] * 3 + [False] * 2


def test_parquet_and_csv_hold_the_same(snapshot: Snapshot, tmp_path: Path) -> None:
    assert write_members(snapshot, tmp_path / "m.parquet") == write_members(snapshot, tmp_path / "m.csv") == 10
    from_parquet = pq.read_table(tmp_path / "m.parquet")
    assert from_parquet.equals(members(snapshot))
    from_csv = pa_csv.read_csv(tmp_path / "m.csv")
    assert from_csv.column_names == COLUMNS
    assert from_csv.to_pylist() == from_parquet.to_pylist()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.csv", "m.parquet"]


@pytest.mark.parametrize("name", ["m.txt", "m", "m.parquet.gz", "nowhere/m.csv"])
def test_what_cannot_be_written_is_said(snapshot: Snapshot, tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=name.split("/")[0]):
        write_members(snapshot, tmp_path / name)
    assert list(tmp_path.iterdir()) == []
