"""Tables come back as they went in, and no text of theirs starts a formula."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.evidence.tables import cells_of, write_table

_TEXTS = st.lists(st.one_of(st.none(), st.text(st.characters(exclude_categories=("Cs",)), max_size=20)), max_size=5)


def forms(table: pa.Table) -> tuple[list[dict[str, object]], pa.Table, list[list[str]]]:
    with TemporaryDirectory() as folder:
        names = write_table(table, Path(folder), "t")
        jsonl, parquet, text = (Path(folder) / name for name in names)
        lines = jsonl.read_bytes().split(b"\n")
        assert lines.pop() == b""
        cells = list(csv.reader(io.StringIO(text.read_bytes().decode("utf-8"), newline="")))
        return [json.loads(line) for line in lines], pq.read_table(parquet), cells


@settings(max_examples=60, deadline=None)
@given(_TEXTS)
def test_any_text_comes_back(values: list[str | None]) -> None:
    rows, parquet, cells = forms(
        pa.table({"text": pa.array(values, pa.string()), "n": pa.array(range(len(values)), pa.int64())})
    )
    assert [row["text"] for row in rows] == values == parquet["text"].to_pylist()
    told = [line[0] for line in cells[1:]]
    assert [cell if cell == (value or "") else cell[1:] for cell, value in zip(told, values, strict=True)] == [
        value or "" for value in values
    ]
    assert not [cell for cell in told if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"))]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\0", "\n", "＝", "＠"])
def test_a_formula_gets_an_apostrophe(start: str) -> None:
    _, _, cells = forms(pa.table({"text": [f"{start}1+1", f"a{start}1", f"'{start}1"]}))
    assert [line[0] for line in cells[1:]] == [f"'{start}1+1", f"a{start}1", f"'{start}1"]


def test_numbers_stay_numbers_and_times_are_iso() -> None:
    table = pa.table(
        {
            "at": pa.array([datetime(2026, 2, 3, 4, 5, 6, 7), None], pa.timestamp("us")), "n": [-1, 2], "x": [0.5, None],
            "b": [True, False],
        }
    )  # fmt: skip
    rows, parquet, cells = forms(table)
    assert rows[0] == {"at": "2026-02-03T04:05:06.000007Z", "n": -1, "x": 0.5, "b": True}
    assert cells == [["at", "n", "x", "b"], ["2026-02-03T04:05:06.000007Z", "-1", "0.5", "true"], ["", "2", "", "false"]]
    assert parquet["at"].to_pylist() == [datetime(2026, 2, 3, 4, 5, 6, 7), None]
    assert list(cells_of(table, ("b", "n"))) == [(True, -1), (False, 2)]
    assert list(cells_of(table, ())) == [(), ()]
