"""Parquet: a lazy view over the file, checked in one scan; a file that DuckDB cannot scan is copied through Arrow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from threading import Lock

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import parquet

from linkage.errors import InputError
from linkage.ingest.batches import split
from linkage.ingest.cell import Source
from linkage.ingest.folder import InputFile
from linkage.ingest.header import match
from linkage.ingest.quoting import identifier, path_literal
from linkage.ingest.reading import Reading, check, record_faults
from linkage.ingest.text import PROSE
from linkage.progress import Progress

_BATCH = "ingest_batch"
_ROWS = 65_536


def read_parquet(
    con: duckdb.DuckDBPyConnection, file: InputFile, as_of: datetime, target: str, issues: str, progress: Progress
) -> Reading:
    """Create view `target` of the accepted rows; see `linkage.ingest.read`."""
    location = path_literal(str(file.location))
    # without can_have_nan, a file's statistics let DuckDB assume that no cell is NaN
    scan = f"read_parquet({location}, hive_partitioning = false, can_have_nan = true"
    try:
        described = con.execute(f"DESCRIBE SELECT * FROM {scan})").fetchall()
        schema = con.execute(f"SELECT name, num_children FROM parquet_schema({location})").fetchall()
    except duckdb.Error:
        raise InputError(f"{file.path}: not a whole Parquet file; write it again, it may be cut short") from None
    names = _top_level(schema)
    places, notices = match(file.path, file.table, names)
    types = {column: described[place][1] for column, place in places.items()}
    # columns are taken by place: DuckDB renames those whose names differ only by case
    aliases = ", ".join([*(f"c{place}" for place in range(len(described))), "place"])
    relation = f"(SELECT *, place + 1 AS record FROM {scan}, file_row_number = true) AS t({aliases})) AS s"
    sources = {column: Source(f"c{place}", types[column]) for column, place in places.items()}
    with _looking_at_cells(con):
        if any(name.lower() == "file_row_number" for name in names):
            relation, sources = _copy(con, file, list(places), target)
        prose = [sources[column].sql for column in PROSE & sources.keys() if sources[column].type == "VARCHAR"]
        try:
            checked = check(con, file, sources, as_of, relation, target, sorted(prose))
        except (duckdb.ConversionException, duckdb.InvalidInputException):
            relation, sources = _copy(con, file, list(places), target)
            checked = check(con, file, sources, as_of, relation, target)
        nulled = record_faults(con, checked, file.path, issues)
    con.execute(f"CREATE VIEW {identifier(target)} AS {checked.select()}")
    progress.advance(checked.rows)
    return Reading(checked.rows, checked.aside, nulled, checked.max_time, notices)


_looking: list[int] = []
_turn = Lock()


@contextmanager
def _looking_at_cells(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """What a file says about itself may be wrong: the engine looks at the cells, not at the statistics.

    The setting is the whole engine's, and files are read side by side: the last to leave resets it.
    """
    with _turn:
        con.execute("SET disabled_optimizers = 'statistics_propagation'")
        _looking.append(1)
    try:
        yield
    finally:
        with _turn:
            _looking.pop()
            if not _looking:
                con.execute("RESET disabled_optimizers")


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


def _copy(con: duckdb.DuckDBPyConnection, file: InputFile, columns: list[str], target: str) -> tuple[str, dict[str, Source]]:
    """Copy `columns` into table `target:rows`, text as bytes, and return it as a relation with its sources.

    For what DuckDB's scan stops at: text that is not UTF-8, times out of its range, a column that is named like the
    scan's row number.
    """
    rows = identifier(f"{target}:rows")
    copied = ", ".join(f"{identifier(column)} AS {column}" for column in columns)
    done = 0
    try:
        with parquet.ParquetFile(file.location, coerce_int96_timestamp_unit="us") as stored:
            empty = stored.schema_arrow.empty_table().select(columns)
            con.register(_BATCH, _bytes(empty))
            con.execute(f"CREATE OR REPLACE TABLE {rows} AS SELECT {copied}, 0::BIGINT AS record FROM {_BATCH}").fetchall()
            for batch in stored.iter_batches(batch_size=_ROWS, columns=columns):
                con.register(_BATCH, split(_bytes(pa.Table.from_batches([batch]), done)))
                con.execute(f"INSERT INTO {rows} SELECT {copied}, record FROM {_BATCH}").fetchall()
                done += batch.num_rows
    except (pa.ArrowException, OSError):
        raise InputError(f"{file.path}: is damaged and cannot be read to its end; write it again") from None
    con.unregister(_BATCH)
    described = con.execute(f"DESCRIBE {rows}").fetchall()
    return f"{rows} AS s", {name: Source(name, kind) for name, kind, *_ in described if name in columns}


def _bytes(table: pa.Table, done: int = 0) -> pa.Table:
    """The same columns with text as bytes, which may be anything, and `record` from `done` + 1 on."""
    for place, field in enumerate(table.schema):
        column = table.column(place)
        if pa.types.is_dictionary(field.type):
            column = pa.chunked_array([chunk.dictionary_decode() for chunk in column.chunks], field.type.value_type)
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
            column = column.cast(pa.large_binary())
        if pa.types.is_timestamp(column.type) and column.type.unit in _FAR:
            column = _within(column, _FAR[column.type.unit])
        table = table.set_column(place, field.name, column)
    return table.append_column("record", pa.array(range(done + 1, done + 1 + table.num_rows), pa.int64()))


#: How far from 1970 a time of each unit may lie for microseconds to hold it.
_FAR = {"s": 9_200_000_000_000, "ms": 9_200_000_000_000_000}


def _within(column: pa.ChunkedArray, far: int) -> pa.ChunkedArray:
    """Times as microseconds, those beyond their range at its ends: a cast that fails there ends DuckDB's whole process."""
    whole = column.cast(pa.int64())
    whole = pc.min_element_wise(pc.max_element_wise(whole, -far, skip_nulls=False), far, skip_nulls=False)
    return whole.cast(column.type).cast(pa.timestamp("us", column.type.tz))
