"""Parquet: a lazy view over the file, checked in one scan."""

from __future__ import annotations

from datetime import datetime

import duckdb

from linkage.errors import InputError
from linkage.ingest.cell import Source
from linkage.ingest.folder import InputFile
from linkage.ingest.header import match
from linkage.ingest.quoting import identifier, path_literal
from linkage.ingest.reading import Reading, check, record_faults
from linkage.ingest.text import PROSE
from linkage.progress import Progress


def read_parquet(
    con: duckdb.DuckDBPyConnection, file: InputFile, as_of: datetime, target: str, issues: str, progress: Progress
) -> Reading:
    """Create temporary view `target` of the accepted rows; see `linkage.ingest.read`."""
    location = path_literal(str(file.location))
    # without can_have_nan, a file's statistics let DuckDB assume that no cell is NaN
    scan = f"read_parquet({location}, hive_partitioning = false, can_have_nan = true"
    try:
        described = con.execute(f"DESCRIBE SELECT * FROM {scan})").fetchall()
        schema = con.execute(f"SELECT name, num_children FROM parquet_schema({location})").fetchall()
    except duckdb.Error:
        raise InputError(f"{file.path}: not a whole Parquet file; write it again, it may be cut short") from None
    # columns are taken by place: DuckDB renames those whose names differ only by case
    places, notices = match(file.path, file.table, _top_level(schema))
    sources = {column: Source(f"c{place}", described[place][1]) for column, place in places.items()}
    aliases = ", ".join([*(f"c{place}" for place in range(len(described))), "place"])
    relation = f"(SELECT *, place + 1 AS record FROM {scan}, file_row_number = true) AS t({aliases})) AS s"
    prose = [sources[column].sql for column in sorted(PROSE & sources.keys()) if sources[column].type == "VARCHAR"]
    # what a file says about itself may be wrong: look at the cells, not at the statistics
    con.execute("SET disabled_optimizers = 'statistics_propagation'")
    try:
        checked = check(con, file, sources, as_of, relation, target, prose)
        nulled = record_faults(con, checked, file.path, issues)
    finally:
        con.execute("RESET disabled_optimizers")
    con.execute(f"CREATE TEMP VIEW {identifier(target)} AS {checked.select()}")
    progress.advance(checked.rows)
    return Reading(checked.rows, checked.aside, nulled, checked.max_time, notices)


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
