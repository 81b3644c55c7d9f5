"""A table as JSON Lines, Parquet, and CSV that no spreadsheet runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

#: What a cell may begin with to become a formula, or to hide that it is one; also in full width, as some take it.
_FORMULA: Final = r"\A[=+\-@\t\r\n\x00＝＋－＠]"
_ROWS: Final = 10_000


def write_table(table: pa.Table, folder: Path, name: str) -> list[str]:
    """Write the three forms of one table into `folder`; their names. The same rows, the same bytes."""
    writers = {"jsonl": _jsonl, "parquet": _parquet, "csv": _csv}
    for ending, write in writers.items():
        with (folder / f"{name}.{ending}").open("xb") as file:
            write(table, file)
    return [f"{name}.{ending}" for ending in writers]


def rows_of(table: pa.Table | None, *, times: bool = False) -> Iterator[dict[str, Any]]:
    """The rows of a table, a batch at a time, as JSON knows them; none of no table. Without `times` those columns are left out."""
    if table is None:
        return
    table = (
        _texts(table)
        if times
        else table.select([field.name for field in table.schema if not pa.types.is_timestamp(field.type)])
    )
    for batch in table.to_batches(max_chunksize=_ROWS):
        yield from batch.to_pylist()


def _jsonl(table: pa.Table, file: BinaryIO) -> None:
    """An object a line, in ASCII; times are ISO 8601 in UTC."""
    encode = json.JSONEncoder(allow_nan=False).encode
    for row in rows_of(table, times=True):
        file.write(encode(row).encode("ascii") + b"\n")


def _parquet(table: pa.Table, file: BinaryIO) -> None:
    """Parquet, in row groups of a fixed size."""
    pq.write_table(table.combine_chunks(), file, compression="zstd", row_group_size=122_880, store_schema=False)


def _csv(table: pa.Table, file: BinaryIO) -> None:
    """CSV (RFC 4180) in UTF-8. A text that could start a formula has an apostrophe before it; the other forms have it whole."""
    safe = _texts(table)
    for place, field in enumerate(safe.schema):
        if pa.types.is_string(field.type):
            column = safe[field.name]
            starts = pc.match_substring_regex(column, _FORMULA)
            safe = safe.set_column(place, field, pc.if_else(starts, pc.binary_join_element_wise("'", column, ""), column))
    pa_csv.write_csv(safe, file, pa_csv.WriteOptions(batch_size=_ROWS))


def _texts(table: pa.Table) -> pa.Table:
    """The same with times as text."""
    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            text = pc.strftime(table[field.name], format="%Y-%m-%dT%H:%M:%SZ")
            table = table.set_column(place, pa.field(field.name, pa.string()), text)
    return table
