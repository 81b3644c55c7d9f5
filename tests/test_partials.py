"""Progress over the files of a rebuild: each row counts once, whichever way it goes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from linkage import ingest, pipeline
from linkage.config import Config
from linkage.partials import rows_known
from tests.simulate.factory import one, world


@dataclass
class Counted:
    """Rows told of each stage, and the total it was started with."""

    rows: dict[str, int] = field(default_factory=dict)
    totals: dict[str, int | None] = field(default_factory=dict)
    stage: str = ""

    def start(self, stage: str, total: int | None = None) -> None:
        self.stage = stage
        self.rows[stage], self.totals[stage] = 0, total

    def advance(self, rows: int) -> None:
        assert rows > 0
        self.rows[self.stage] += rows

    def finish(self) -> None:
        pass


@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_each_row_of_the_read_counts_once_and_kept_ones_too(format: str, tmp_path: Path) -> None:
    folder = world(500, seed=3, days=4, format=format)
    known = world(500, seed=3, days=4)
    rows = sum(
        one(known, f"SELECT count(*) FROM {name}") for name in ("accounts", "payments", "requests", "labels", "networks")
    )
    for _ in range(2):
        told = Counted()
        pipeline.rebuild(folder / "input", tmp_path / "store", config=Config(), progress=told)
        assert told.rows["read"] == rows
        assert told.totals["read"] == (rows if format == "parquet" else None)
    assert rows_known(ingest.discover(folder / "input")) == (rows if format == "parquet" else None)
