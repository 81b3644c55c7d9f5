"""Parquet: a lazy view over the file, checked in one scan."""

from __future__ import annotations

from datetime import datetime

import duckdb

from linkage.errors import InputError
from linkage.ingest.cells import PROSE, Source
from linkage.ingest.folder import InputFile
from linkage.ingest.header import match
from linkage.ingest.quoting import identifier, path_literal
from linkage.ingest.reading import Reading, check, record_faults, tally


def read_parquet(con: duckdb.DuckDBPyConnection, file: InputFile, as_of: datetime, target: str, issues: str) -> Reading:
    """Create view `target` of the accepted rows; see `linkage.ingest.read`."""
    location = path_literal(str(file.location))
    scan = f"read_parquet({location}, hive_partitioning = false"
    try:
        described = con.execute(f"DESCRIBE SELECT * FROM {scan})").fetchall()
        schema = con.execute(f"SELECT name, num_children FROM parquet_schema({location})").fetchall()
    except duckdb.Error:
        raise InputError(f"{file.path}: not a whole Parquet file; write it again, it may be cut short") from None
    # columns are taken by place: DuckDB renames those whose names differ only by case
    places, notices = match(file.path, file.table, _top_level(schema))
    sources = {column: Source(f"c{place}", described[place][1]) for column, place in places.items()}
    aliases = ", ".join([*(f"c{place}" for place in range(len(described))), "position"])
    relation = f"(SELECT *, position + 1 AS record FROM {scan}, file_row_number = true) AS t({aliases})) AS s"
    checks = check(con, file, sources, as_of, relation, target)
    prose = [f"sum(strlen({sources[column].sql}))" for column in sorted(PROSE & sources.keys())]
    rows, aside, nulled, latest = tally(con, checks, prose)
    if aside or any(nulled):
        record_faults(con, checks, file.path, issues, aside, nulled)
    con.execute(f"CREATE OR REPLACE VIEW {identifier(target)} AS {checks.select(filtered=aside > 0)}")
    return Reading(rows, aside, sum(nulled), latest, notices)


def _top_level(schema: list[tuple[str, int | None]]) -> list[str]:
    """Names of a file's columns from its schema, which lists nested fields behind their parent, depth first."""
    names, skip = [], 0
    for name, children in schema[1:]:
        if skip == 0:
            names.append(name)
            skip = children or 0
        else:
            skip += (children or 0) - 1
    return names
