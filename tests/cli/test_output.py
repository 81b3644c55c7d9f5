from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from linkage.cli.options import Format
from linkage.cli.output import CELL, plain, table_cell, write_json, write_rows, write_table

ROWS = [{"name": "=1+1", "n": 1200, "risk": 0.5, "on": True, "list": ["a", "b"]}, {"name": "東京", "n": None, "risk": None}]


def test_a_table_aligns_what_is_wide(capsys: pytest.CaptureFixture[str]) -> None:
    write_table([{"name": "東京", "n": 1}, {"name": "abc", "n": 1000}], ("name", "n"))
    lines = capsys.readouterr().out.splitlines()
    assert [cell_len(line) for line in lines[2:]] == [11, 11]
    assert lines[3] == "abc   1,000"


def test_no_rows_are_a_sentence_or_an_empty_list(capsys: pytest.CaptureFixture[str]) -> None:
    write_rows([], ("name",), Format.table, empty="nothing")
    write_rows([], ("name",), Format.json, empty="nothing")
    write_rows([], ("name",), Format.csv, empty="nothing")
    assert capsys.readouterr().out == "nothing\n[]\nname\n"


def test_csv_is_for_spreadsheets(capsys: pytest.CaptureFixture[str]) -> None:
    write_rows(ROWS, ("name", "n", "on", "list"), Format.csv, empty="")
    assert capsys.readouterr().out.splitlines()[1:] == ["'=1+1,1200,true,a; b", "東京,,,"]


def test_times_are_utc() -> None:
    east = timezone(timedelta(hours=2))
    assert plain(datetime(2026, 3, 1, 12, tzinfo=east)) == "2026-03-01T10:00:00Z"
    assert plain(datetime(2026, 3, 1, 12)) == "2026-03-01T12:00:00Z"
    assert plain(datetime(2026, 3, 1, tzinfo=UTC), times=False) == datetime(2026, 3, 1, tzinfo=UTC)


def test_what_json_cannot_hold_is_null(capsys: pytest.CaptureFixture[str]) -> None:
    write_json({"a": float("nan"), "b": float("inf"), "c": 1.5})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": None, "c": 1.5}


@given(st.text())
def test_a_cell_is_one_short_line(text: str) -> None:
    cell = table_cell(text)
    assert "\n" not in cell
    assert len(cell) <= CELL
