"""Builders of input folders: the same rows in every format of the contract."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from linkage.ingest import Reading, discover, read

#: The time of every rebuild in these tests.
AS_OF = datetime(2026, 4, 1)
FORMATS = ("parquet", "csv", "csv.gz", "jsonl", "jsonl.gz")

Row = dict[str, Any]


def write(path: Path, rows: Sequence[Row], columns: Sequence[str] | None = None) -> Path:
    """Write rows to `path` in the format of its name; None is a null, a missing key too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = list(columns) if columns is not None else list(dict.fromkeys(name for row in rows for name in row))
    if path.name.endswith(".parquet"):
        pq.write_table(pa.table({name: [row.get(name) for row in rows] for name in names}), path)
        return path
    text = io.StringIO()
    if ".csv" in path.name:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([row.get(name) for name in names] for row in rows)
    else:
        text.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    data = text.getvalue().encode()
    path.write_bytes(gzip.compress(data) if path.name.endswith(".gz") else data)
    return path


def folder(root: Path, **files: bytes) -> Path:
    """A folder of files by name with `__` for the dot: `payments__csv=b"..."`."""
    root.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (root / name.replace("__", ".")).write_bytes(data)
    return root


def read_one(con: duckdb.DuckDBPyConnection, root: Path, path: str, target: str = "rows") -> Reading:
    """Read the file `path` of the folder `root` into `target`; a table of evidence is added where there is none."""
    if not any(any(root.glob(f"{table}*")) for table in ("payments", "requests", "sightings")):
        write(root / "sightings.jsonl", [])
    (file,) = (file for file in discover(root) if file.path == path)
    con.execute("DROP TABLE IF EXISTS set_aside")
    return read(con, file, as_of=AS_OF, target=target)


def accepted(con: duckdb.DuckDBPyConnection, target: str = "rows") -> list[Row]:
    """The accepted rows in the order of records."""
    result = con.execute(f'SELECT * FROM "{target}" ORDER BY record')
    names = [column[0] for column in result.description or []]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def listed(con: duckdb.DuckDBPyConnection) -> list[tuple[int, str | None, str, str]]:
    """What was set aside or nulled: (record, column, effect, reason), by record and column."""
    return con.execute(
        'SELECT record, "column", effect, reason FROM set_aside ORDER BY record, "column" NULLS FIRST'
    ).fetchall()


def cells(con: duckdb.DuckDBPyConnection, root: Path, table: str, column: str, values: Sequence[Any]) -> list[Any]:
    """What each of `values` is accepted as in one column of `table`; None where it is nulled or its row set aside."""
    fill = {"account_id": "a", "payment_id": "p", "ts": "2026-01-01", "kind": "k", "value": "v", "cidr": "10.0.0.0/8"}
    fill["label"] = "confirmed_fraud"
    required = {
        "accounts": ["account_id"], "payments": ["account_id", "payment_id"], "requests": ["account_id", "ts"],
        "sightings": ["account_id", "kind", "value"], "labels": ["account_id", "label"], "networks": ["cidr"],
    }[table]  # fmt: skip
    write(root / f"{table}.parquet", [{name: fill[name] for name in required} | {column: value} for value in values])
    read_one(con, root, f"{table}.parquet")
    found = {row["record"]: row[column] for row in accepted(con)}
    return [found.get(place) for place in range(1, len(values) + 1)]
