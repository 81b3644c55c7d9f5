"""Batches of source columns into one checked table, batch by batch: for formats that DuckDB cannot scan lazily."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb
import pyarrow as pa

from linkage.ingest.cell import Source
from linkage.ingest.folder import InputFile
from linkage.ingest.quoting import identifier
from linkage.ingest.reading import Reading, check, record_faults
from linkage.progress import Progress
from linkage.tables import INPUT

#: The name a batch goes by in the connection.
BATCH = "ingest_batch"
#: Rows of a piece of a batch: DuckDB scans pieces in parallel.
_PIECE = 16_384


@dataclass(frozen=True)
class Batch:
    """Records of a file: `table` holds `record` (BIGINT) and the source columns; `unreadable` are whole records that
    could not be taken apart, as (record, reason)."""

    table: pa.Table
    unreadable: tuple[tuple[int, str], ...] = ()


def read_batches(
    con: duckdb.DuckDBPyConnection,
    file: InputFile,
    batches: Iterable[Batch],
    sources: Mapping[str, Source],
    as_of: datetime,
    target: str,
    issues: str,
    progress: Progress,
) -> Reading:
    """Create table `target` of the accepted rows of `batches`; see `linkage.ingest.read`."""
    columns = ", ".join(f"{identifier(column)} {kind}" for column, kind in INPUT[file.table].items())
    con.execute(f"CREATE OR REPLACE TABLE {identifier(target)} ({columns}, record BIGINT)").fetchall()
    rows = aside = nulled = 0
    latest: datetime | None = None
    for batch in batches:
        con.register(BATCH, split(batch.table))
        try:
            checked = check(con, file, sources, as_of, f"{BATCH} AS s", target)
            unreadable = _record_unreadable(con, batch, file.path, issues)
            nulled += record_faults(con, checked, file.path, issues)
            con.execute(f"INSERT INTO {identifier(target)} {checked.select()}").fetchall()
        finally:
            con.unregister(BATCH)
        rows += checked.rows + unreadable
        aside += checked.aside + unreadable
        latest = max((time for time in (latest, checked.max_time) if time is not None), default=None)
        progress.advance(checked.rows + unreadable)
    return Reading(rows, aside, nulled, latest)


def split(table: pa.Table) -> pa.Table:
    """The same rows in pieces that are scanned in parallel."""
    return pa.Table.from_batches(table.combine_chunks().to_batches(max_chunksize=_PIECE), table.schema)


def _record_unreadable(con: duckdb.DuckDBPyConnection, batch: Batch, path: str, issues: str) -> int:
    if batch.unreadable:
        records, reasons = zip(*batch.unreadable, strict=True)
        con.register("ingest_unreadable", pa.table({"record": pa.array(records, pa.int64()), "reason": pa.array(reasons)}))
        con.execute(
            f"INSERT INTO {identifier(issues)} SELECT ?, record, NULL, 'set aside', reason FROM ingest_unreadable", [path]
        ).fetchall()
        con.unregister("ingest_unreadable")
    return len(batch.unreadable)
