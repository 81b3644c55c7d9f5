"""Tables to Parquet, the same content in the same bytes, and the check of their columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from linkage.errors import StoreError
from linkage.store.files import create, refusals
from linkage.tables import SNAPSHOT, Columns

_ARROW: Final[dict[str, pa.DataType]] = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "TIMESTAMP": pa.timestamp("us"),
    "VARCHAR[]": pa.list_(pa.field("element", pa.string())),
}
#: Rows of a Parquet row group; DuckDB's own vector of row groups, so that a reader's threads share them out evenly.
ROW_GROUP: Final = 122_880


def quoted(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def arrow_schema(columns: Columns) -> pa.Schema:
    """The Arrow schema of DuckDB columns."""
    return pa.schema([pa.field(name, _ARROW[kind]) for name, kind in columns.items()])


def check_columns(con: duckdb.DuckDBPyConnection, table: str, name: str) -> None:
    """Check that a DuckDB table has the columns and types of snapshot table `name`. Raises StoreError otherwise."""
    expected = SNAPSHOT[name]
    try:
        rows = con.execute(f"DESCRIBE {quoted(table)}").fetchall()
    except duckdb.Error as error:
        raise StoreError(f"table {table}: cannot be written to the snapshot: {first_line(error)}") from None
    found = {str(row[0]): str(row[1]) for row in rows}
    wrong = [
        f"{column} is {found.get(column, 'missing')}, not {kind}"
        for column, kind in expected.items()
        if found.get(column) != kind
    ]
    wrong += [f"{column} is not a column of it" for column in found if column not in expected]
    if wrong:
        raise StoreError(f"table {table}: {'; '.join(wrong)}; nothing was published, please report this fault of the program")


def write_sorted(con: duckdb.DuckDBPyConnection, table: str, columns: Columns, path: Path) -> int:
    """Write a DuckDB table, sorted by all `columns` in their order (nulls last), to a new Parquet file; the rows written.

    The bytes depend on the content alone: total order, row groups of fixed size in one chunk each, one writer.
    Raises StoreError: the disk is full or refuses, or the engine cannot read the table.
    """
    names = ", ".join(quoted(column) for column in columns)
    order = ", ".join(f"{quoted(column)} ASC NULLS LAST" for column in columns)
    schema = arrow_schema(columns)
    rows = 0
    with refusals(path):
        try:
            batches = con.sql(f"SELECT {names} FROM {quoted(table)} ORDER BY {order}").to_arrow_reader(ROW_GROUP)
            with create(path) as file, pq.ParquetWriter(file, schema, **_encoding(columns)) as writer:
                pending: list[pa.RecordBatch] = []
                held = 0
                for batch in batches:
                    rows += batch.num_rows
                    while batch.num_rows:
                        part = batch.slice(0, ROW_GROUP - held)
                        batch = batch.slice(part.num_rows)
                        pending.append(part)
                        held += part.num_rows
                        if held == ROW_GROUP:
                            _write_group(writer, pending, schema)
                            pending, held = [], 0
                if pending:
                    _write_group(writer, pending, schema)
        except duckdb.Error as error:
            raise StoreError(
                f"{path.name}: cannot be written: {first_line(error)}; free memory or disk, then run it again"
            ) from None
    return rows


def _encoding(columns: Columns) -> dict[str, Any]:
    """Settings of the Parquet writer: dictionaries for text, differences for whole numbers and times, zstd over both."""
    # a dictionary of numbers that hardly repeat is built and thrown away: half of the writer's time, a third of the size
    whole = [column for column, kind in columns.items() if kind in ("BIGINT", "TIMESTAMP")]
    return {
        "compression": "zstd",
        "compression_level": 1,
        "store_schema": False,
        "use_dictionary": [column for column, kind in columns.items() if kind == "VARCHAR"],
        "column_encoding": dict.fromkeys(whole, "DELTA_BINARY_PACKED"),
    }


def _write_group(writer: pq.ParquetWriter, batches: list[pa.RecordBatch], schema: pa.Schema) -> None:
    # one chunk a column: the page borders inside a group would otherwise follow the engine's batches
    group = pa.Table.from_batches(batches).cast(schema).combine_chunks()
    writer.write_table(group, row_group_size=ROW_GROUP)


def first_line(error: BaseException) -> str:
    """The first line of an engine's message."""
    return (str(error).splitlines() or [type(error).__name__])[0]
