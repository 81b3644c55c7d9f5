"""A table as JSON Lines, Parquet, and CSV that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.parquet as pq

FORMATS: Final = ("jsonl", "parquet", "csv")
#: What a cell may begin with to become a formula, or to hide that it is one; also in full width, as some take it.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
_ROWS: Final = 10_000


def write_table(table: pa.Table, folder: Path, name: str) -> list[str]:
    """Write the three forms of one table into `folder`; their names. The same rows, the same bytes."""
    writers = {"jsonl": _jsonl, "parquet": _parquet, "csv": _csv}
    for ending, write in writers.items():
        with (folder / f"{name}.{ending}").open("xb") as file:
            write(table, file)
    return [f"{name}.{ending}" for ending in writers]


def _jsonl(table: pa.Table, file: BinaryIO) -> None:
    """An object a line, in ASCII; times are ISO 8601 in UTC."""
    encode = json.JSONEncoder(allow_nan=False, default=_time).encode
    for row in rows_of(table):
        file.write(encode(row).encode("ascii") + b"\n")


def _parquet(table: pa.Table, file: BinaryIO) -> None:
    """Parquet, in row groups of a fixed size."""
    pq.write_table(table.combine_chunks(), file, compression="zstd", row_group_size=122_880, store_schema=False)


def _csv(table: pa.Table, file: BinaryIO) -> None:
    """CSV (RFC 4180) in UTF-8. A text that could start a formula has an apostrophe before it; the other forms have it whole."""
    with io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False) as text:
        writer = csv.writer(text)
        writer.writerow(table.column_names)
        for row in rows_of(table):
            writer.writerow([_cell(value) for value in row.values()])


def rows_of(table: pa.Table | None) -> Iterator[dict[str, Any]]:
    """The rows of a table, a batch at a time; none of no table."""
    if table is None:
        return
    for batch in table.to_batches(max_chunksize=_ROWS):
        yield from batch.to_pylist()


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return "'" + value if value.startswith(_FORMULA) else value
    if isinstance(value, bool):
        return "true" if value else "false"
    return _time(value) if isinstance(value, datetime) else value


def _time(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    raise TypeError(type(value).__name__)
