"""What one input file says, kept in the store until the file or the settings change.

Part of the pipeline: it knows that reading comes before fingerprints and sightings, and nothing of what follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import duckdb

from linkage import fingerprints, ingest, sightings
from linkage.config import Config
from linkage.engine import first_row
from linkage.progress import Progress
from linkage.store import Draft
from linkage.tables import INPUT, SNAPSHOT, create

#: how far after the rebuild's own time a row may lie (contract)
AHEAD: Final = timedelta(hours=24)
#: tables of a partial that are kept, by input table
_KEPT: Final[dict[str, tuple[str, ...]]] = {
    "accounts": ("rows",),
    "labels": ("rows",),
    "networks": ("rows",),
    "payments": ("sightings",),
    "sightings": ("sightings",),
    "requests": ("sightings", "text", "activity", "models"),
}


@dataclass(frozen=True)
class Partial:
    """One file's part of a rebuild; `tables` are names of relations in the engine."""

    file: ingest.InputFile
    tables: dict[str, str]
    rows: int
    set_aside: int
    nulled: int
    notices: tuple[str, ...]


def build_partial(
    con: duckdb.DuckDBPyConnection,
    draft: Draft,
    key: str,
    file: ingest.InputFile,
    *,
    config: Config,
    as_of: datetime,
    progress: Progress,
) -> Partial:
    """Read a file and keep what it says under `key`."""
    con.execute(create("set_aside").replace('"set_aside"', "part_set_aside", 1))
    reading = ingest.read(con, file, as_of=as_of, target="part_rows", issues="part_set_aside", progress=progress)
    names = {"set_aside": "part_set_aside", "reading": "part_reading"}
    for name in _KEPT[file.table]:
        names[name] = f"part_{name}"
    if "sightings" in names:
        con.execute(f"CREATE OR REPLACE TABLE part_sightings ({sightings.PARTIAL})")
        sightings.extract(con, table=file.table, source="part_rows", target="part_sightings")
    if file.table == "requests":
        fingerprints.fingerprint(con, source="part_rows", target="part_text", config=config, progress=progress)
        for name in ("activity", "models"):
            con.execute(create(name).replace(f'"{name}"', f"part_{name}", 1))
        sightings.extract_usage(con, source="part_rows", activity="part_activity", models="part_models")
    con.execute(
        "CREATE OR REPLACE TABLE part_reading AS SELECT ?::BIGINT AS rows, ?::BIGINT AS set_aside, ?::BIGINT AS nulled, "
        "?::TIMESTAMP AS max_time, ?::TIMESTAMP AS as_of, ?::VARCHAR[] AS notices",
        [reading.rows, reading.set_aside, reading.nulled, reading.max_time, as_of, list(reading.notices)],
    )
    folder = draft.save_partial(key, con, names)
    for name in {*names.values(), "part_rows"}:
        for (kind,) in con.execute("SELECT table_type FROM information_schema.tables WHERE table_name = ?", [name]).fetchall():
            con.execute(f"DROP {'VIEW' if kind == 'VIEW' else 'TABLE'} {name}")
    part = load_partial(con, folder, file, as_of=as_of)
    assert part is not None  # just written
    return part


def load_partial(
    con: duckdb.DuckDBPyConnection, folder: Path | None, file: ingest.InputFile, *, as_of: datetime
) -> Partial | None:
    """The partial in `folder` as views of the engine, or None where it does not hold for this time of rebuild."""
    if folder is None:
        return None
    rows, set_aside, nulled, max_time, made_as_of, notices = first_row(
        con, "SELECT * FROM read_parquet(?)", [str(folder / "reading.parquet")]
    )
    # rows from the future come in, or go, as the rebuild's own time moves
    if made_as_of != as_of and (set_aside or (max_time is not None and max_time > as_of + AHEAD)):
        return None
    tables = {name: f"file{file.ordinal}_{name}" for name in _KEPT[file.table]}
    for name, view in tables.items():
        con.read_parquet(str(folder / f"{name}.parquet")).create_view(view)
    con.execute(
        'INSERT INTO set_aside SELECT ?, record, "column", effect, reason FROM read_parquet(?)',
        [file.path, str(folder / "set_aside.parquet")],
    )
    return Partial(file, tables, int(rows), int(set_aside), int(nulled), tuple(notices))


def union(parts: list[Partial], name: str, columns: str) -> str:
    """A query over that table of every partial: its columns, with `ordinal` and `source_file` of the file behind each row.

    `columns` is the definition an empty result takes where no partial has the table.
    """
    queries = [
        f"SELECT *, {part.file.ordinal}::INTEGER AS ordinal, '{part.file.sha256}' AS source_file FROM {part.tables[name]}"
        for part in parts
        if name in part.tables
    ]
    if queries:
        return " UNION ALL ".join(queries)
    nulls = ", ".join(f"NULL::{kind} AS {column}" for column, kind in (item.split(" ") for item in columns.split(", ")))
    return f"SELECT {nulls}, NULL::INTEGER AS ordinal, NULL::VARCHAR AS source_file WHERE false"


def columns_of(table: str) -> str:
    """A snapshot or input table's columns as `name TYPE, ...`."""
    columns = SNAPSHOT.get(table) or {**INPUT[table], "record": "BIGINT"}
    return ", ".join(f"{column} {kind}" for column, kind in columns.items())
