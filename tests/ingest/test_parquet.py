"""Parquet: read in place where it can be, copied where DuckDB would stop, refused in one line where it is damaged."""

from __future__ import annotations

import random
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from linkage.errors import InputError
from tests.ingest.factory import accepted, listed, read_one, write


def store(root: Path, **columns: object) -> Path:
    """A requests file of these columns."""
    path = root / "requests.parquet"
    pq.write_table(pa.table(columns), path)
    return path


def not_text(*values: bytes) -> pa.Array:
    """A column that says it is text and is any bytes."""
    return pa.Array.from_buffers(pa.string(), len(values), pa.array(values).buffers())


def test_a_sound_file_is_read_in_place(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    store(tmp_path, account_id=["a", "b"], ts=pa.array([0, 1], pa.timestamp("us")), prompt=["x", None])
    read_one(con, tmp_path, "requests.parquet")
    assert con.execute("SELECT count(*) FROM duckdb_views() WHERE view_name = 'rows'").fetchall() == [(1,)]
    plan = con.execute('EXPLAIN SELECT account_id, prompt FROM "rows"').fetchall()[0][1]
    assert "Filter" not in plan and "CASE" not in plan
    assert [row["record"] for row in accepted(con)] == [1, 2]


def test_text_that_is_not_utf8_is_set_aside_or_nulled(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    store(
        tmp_path,
        account_id=not_text(b"a", b"\xff", b"c"),
        ts=["2026-01-01"] * 3,
        prompt=not_text(b"\xfe", b"x", "é".encode()),
        platform=not_text(b"api", b"api", b"\xc3"),
    )
    read_one(con, tmp_path, "requests.parquet")
    assert [(row["account_id"], row["prompt"], row["platform"], row["record"]) for row in accepted(con)] == [
        ("a", None, "api", 1),
        ("c", "é", None, 3),
    ]
    assert listed(con) == [
        (1, "prompt", "nulled", "is not UTF-8 text"),
        (2, "account_id", "set aside", "is not UTF-8 text"),
        (3, "platform", "nulled", "is not UTF-8 text"),
    ]


def test_columns_are_known_by_their_exact_names(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    store(tmp_path, ACCOUNT_ID=["X"], account_id=["a"], nested=[{"ts": [1], "ip": {"a": 1}}], ts=["2026-01-01"], IP=["1.1.1.1"])
    reading = read_one(con, tmp_path, "requests.parquet")
    assert [(row["account_id"], row["ip"]) for row in accepted(con)] == [("a", None)]
    assert reading.notices == (
        "requests: column 'IP' is ignored; name it ip for it to count",
        "requests: columns ignored, as the contract does not know them: ACCOUNT_ID, nested",
    )


@pytest.mark.parametrize("name", ["file_row_number", "File_Row_Number", "record", "place", "c0", 'a"b', "x\n'--"])
def test_extra_columns_may_have_any_name(con: duckdb.DuckDBPyConnection, tmp_path: Path, name: str) -> None:
    store(tmp_path, **{name: [7, 8], "account_id": ["a", "b"], "ts": ["2026-01-01", "2026-01-02"]})
    read_one(con, tmp_path, "requests.parquet")
    assert [(row["account_id"], row["record"]) for row in accepted(con)] == [("a", 1), ("b", 2)]


def test_text_stored_as_a_dictionary_or_large(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    store(
        tmp_path,
        account_id=pa.array(["a", "a"]).dictionary_encode(),
        ts=pa.array(["2026-01-01"] * 2, pa.large_string()),
        file_row_number=[1, 2],
        platform=pa.array(["x", None], pa.string_view()),
    )
    read_one(con, tmp_path, "requests.parquet")
    assert [(row["account_id"], row["platform"]) for row in accepted(con)] == [("a", "x"), ("a", None)]


def test_old_timestamps_of_96_bits(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    table = pa.table({"account_id": ["a"], "ts": pa.array([1767225600], pa.timestamp("s"))})
    pq.write_table(table, tmp_path / "requests.parquet", use_deprecated_int96_timestamps=True)
    assert read_one(con, tmp_path, "requests.parquet").max_time == datetime(2026, 1, 1)


def test_record_numbers_go_on_over_row_groups(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = [{"account_id": None if n % 1000 == 0 else f"a{n}", "ts": "2026-01-01"} for n in range(1, 5001)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "requests.parquet", row_group_size=700)
    assert read_one(con, tmp_path, "requests.parquet").set_aside == 5
    assert [row[0] for row in listed(con)] == [1000, 2000, 3000, 4000, 5000]
    assert accepted(con)[1000]["record"] == 1002


def test_a_file_without_rows(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    store(tmp_path, account_id=pa.array([], pa.string()), ts=pa.array([], pa.timestamp("s")))
    assert read_one(con, tmp_path, "requests.parquet").rows == 0
    assert accepted(con) == []


def test_missing_columns_are_named(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write(tmp_path / "requests.parquet", [{"Account_Id": "a", "ts": "2026-01-01"}])
    with pytest.raises(InputError, match=r"^requests\.parquet: required column account_id is missing; rename 'Account_Id'"):
        read_one(con, tmp_path, "requests.parquet")


def test_damage_anywhere_is_one_plain_line_or_harmless(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = {"account_id": [f"a{n % 7}" for n in range(300)], "ts": pa.array(range(300), pa.timestamp("s"))}
    path = store(tmp_path, **rows, prompt=[f"p{n} é" for n in range(300)], input_tokens=list(range(300)))
    data, chance = path.read_bytes(), random.Random(7)
    refused = 0
    for _ in range(60):
        damaged = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        try:
            read_one(con, tmp_path, "requests.parquet")
        except InputError as error:
            refused += 1
            assert str(error).startswith("requests.parquet: ")
        else:
            # a later stage may read every cell of what was accepted
            con.execute('SELECT sum(hash(COLUMNS(*))) FROM "rows"').fetchall()
    assert refused > 20
