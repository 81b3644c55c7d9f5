"""Batches of text columns into one checked table: for formats that DuckDB cannot scan lazily.

Every cell is parsed once, while its batch is in memory; the table is then checked like any other relation. It is
temporary: what is read once and dropped needs no log and no compression, which took half of the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa

from linkage.ingest.cell import Source
from linkage.ingest.folder import InputFile
from linkage.ingest.numbers import parsed_number
from linkage.ingest.quoting import identifier
from linkage.ingest.reading import Reading, check, record_faults
from linkage.ingest.times import parsed_time
from linkage.progress import Progress
from linkage.tables import INPUT

_BATCH = "ingest_batch"
#: Rows of a piece of a batch: DuckDB scans pieces in parallel.
_PIECE = 16_384


@dataclass(frozen=True)
class Batch:
    """Records of a file: `table` holds `record` (BIGINT) and the source columns; `unreadable` are whole records that
    could not be taken apart, as (record, reason)."""

    table: pa.Table
    unreadable: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True)
class Field:
    """Where a batch holds a column: SQL of its text, of whether that is no plain value, and what is said of it then."""

    text: str
    broken: str | None = None
    broken_reason: str = ""


def read_batches(
    con: duckdb.DuckDBPyConnection,
    file: InputFile,
    batches: Iterable[Batch],
    fields: Mapping[str, Field],
    as_of: datetime,
    target: str,
    issues: str,
    progress: Progress,
) -> Reading:
    """Create temporary table `target` of the accepted rows of one or more `batches`; see `linkage.ingest.read`."""
    name, kinds = identifier(target), INPUT[file.table]
    parsed, taken, sources = _plan(kinds, fields)
    query = f"SELECT {taken}, record FROM (SELECT *{parsed} FROM {_BATCH})"
    unreadable = 0
    for place, batch in enumerate(batches):
        con.register(_BATCH, split(batch.table))
        try:
            how = f"INSERT INTO {name}" if place else f"CREATE TEMP TABLE {name} AS"
            con.execute(f"{how} {query}").fetchall()
        finally:
            con.unregister(_BATCH)
        unreadable += _record_unreadable(con, batch, file.path, issues)
        progress.advance(batch.table.num_rows + len(batch.unreadable))
    checked = check(con, file, sources, as_of, f"{name} AS s", target)
    nulled = record_faults(con, checked, file.path, issues)
    if checked.clean:
        for column in con.table(target).columns:
            if column not in kinds and column != "record":
                con.execute(f"ALTER TABLE {name} DROP COLUMN {identifier(column)}")
    else:
        con.execute(f"CREATE OR REPLACE TEMP TABLE {identifier(target + ':accepted')} AS {checked.select()}").fetchall()
        con.execute(f"DROP TABLE {name}")
        con.execute(f"ALTER TABLE {identifier(target + ':accepted')} RENAME TO {name}")
    return Reading(checked.rows + unreadable, checked.aside + unreadable, nulled, checked.max_time)


def _plan(kinds: Mapping[str, str], fields: Mapping[str, Field]) -> tuple[str, str, dict[str, Source]]:
    """SQL of what is parsed, SQL of the table's columns, and the sources of the cells in that table."""
    parsed, taken, sources = "", [], {}
    for column, kind in kinds.items():
        field = fields.get(column)
        if field is None:
            taken.append(f"CAST(NULL AS {kind}) AS {column}")
            continue
        text, left = f"nullif({field.text}, '')", None
        if kind == "VARCHAR":
            taken.append(f"{text} AS {column}")
        else:
            value = parsed_time(field.text) if kind == "TIMESTAMP" else parsed_number(column, field.text)
            parsed += f", {value} AS {column}_parsed"
            left = f"{column}_text"
            taken.append(f"{column}_parsed AS {column}")
            taken.append(f"CASE WHEN {column}_parsed IS NULL THEN {text} END AS {left}")
        broken = f"{column}_broken" if field.broken else None
        if broken:
            taken.append(f"{field.broken} AS {broken}")
        sources[column] = Source(column, kind, broken, field.broken_reason, left)
    return parsed, ", ".join(taken), sources


def split(table: pa.Table) -> pa.Table:
    """The same rows in pieces that are scanned in parallel."""
    return pa.Table.from_batches(table.combine_chunks().to_batches(max_chunksize=_PIECE), table.schema)


def _record_unreadable(con: duckdb.DuckDBPyConnection, batch: Batch, path: str, issues: str) -> int:
    if batch.unreadable:
        records, reasons = zip(*batch.unreadable, strict=True)
        con.register(_BATCH, pa.table({"record": pa.array(records, pa.int64()), "reason": pa.array(reasons)}))
        try:
            con.execute(
                f"INSERT INTO {identifier(issues)} SELECT ?, record, NULL, 'set aside', reason FROM {_BATCH}", [path]
            ).fetchall()
        finally:
            con.unregister(_BATCH)
    return len(batch.unreadable)
