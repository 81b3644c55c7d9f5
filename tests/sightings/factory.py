"""Rows of input tables in an engine, and the sightings that come of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa

from linkage.sightings import PARTIAL, extract, merge
from linkage.tables import INPUT, create

DAY = datetime(2026, 3, 1)
Row = Mapping[str, Any]
Seen = tuple[str, str, str, int, datetime | None, datetime | None]


def at(hours: float) -> datetime:
    """A time so many hours after DAY (before it when negative)."""
    return DAY + timedelta(hours=hours)


def digest(ordinal: int) -> str:
    """The digest a test gives the file of an ordinal."""
    return hashlib.sha256(str(ordinal).encode()).hexdigest()


@cache
def engine() -> duckdb.DuckDBPyConnection:
    """One engine for all, since opening one costs more than what a test asks of it."""
    return duckdb.connect(config={"threads": 1})


def insert(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row], name: str = "given") -> str:
    """Rows of an input table as table `name`; records count from 1 unless a row has one of its own."""
    columns = {**INPUT[table], "record": "BIGINT"}
    con.execute(f"CREATE OR REPLACE TABLE {name} ({', '.join(f'{column} {kind}' for column, kind in columns.items())})")
    if rows:
        numbered = [{"record": place, **row} for place, row in enumerate(rows, start=1)]
        given = pa.table({column: pa.array([row.get(column) for row in numbered]) for column in columns})
        con.register("given_arrow", given)
        con.execute(f"INSERT INTO {name} SELECT * FROM given_arrow")
        con.unregister("given_arrow")
    return name


def extracted(table: str, rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    """PARTIAL rows, sorted, that rows of one input table make."""
    con = engine()
    con.execute(f"CREATE OR REPLACE TABLE partial ({PARTIAL})")
    extract(con, table=table, source=insert(con, table, rows), target="partial")
    return con.execute("SELECT * FROM partial ORDER BY ALL").fetchall()


def merged(table: str, files: Iterable[Sequence[Row]]) -> list[tuple[Any, ...]]:
    """Rows of the snapshot's `sightings`, sorted, from files in the order of their ordinals."""
    pieces = [(*row, ordinal) for ordinal, rows in enumerate(files) for row in extracted(table, rows)]
    return merged_pieces(pieces)


def merged_pieces(pieces: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows of the snapshot's `sightings`, sorted, from PARTIAL rows with the ordinal of their file."""
    con = engine()
    con.execute(f"CREATE OR REPLACE TABLE pieces ({PARTIAL}, ordinal INTEGER)")
    con.execute("CREATE OR REPLACE TABLE files (ordinal INTEGER, sha256 VARCHAR)")
    ordinals = sorted({row[-1] for row in pieces})
    if pieces:
        con.register(
            "pieces_arrow", pa.table([pa.array(column) for column in zip(*pieces, strict=True)], names=list("abcdefgh"))
        )
        con.register("files_arrow", pa.table({"ordinal": ordinals, "sha256": [digest(ordinal) for ordinal in ordinals]}))
        con.execute("INSERT INTO pieces SELECT * FROM pieces_arrow; INSERT INTO files SELECT * FROM files_arrow")
    con.execute("DROP TABLE IF EXISTS sightings")
    con.execute(create("sightings"))
    merge(con, source="pieces", files="files", target="sightings")
    return con.execute("SELECT * FROM sightings ORDER BY ALL").fetchall()
