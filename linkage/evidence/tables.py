"""A table as JSON Lines, Parquet, and CSV that no spreadsheet runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import repeat
from json.encoder import encode_basestring_ascii
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
    texts = _texts(table)
    writers = {"jsonl": (_jsonl, texts), "parquet": (_parquet, table), "csv": (_csv, texts)}
    for ending, (write, given) in writers.items():
        with (folder / f"{name}.{ending}").open("xb") as file:
            write(given, file)
    return [f"{name}.{ending}" for ending in writers]


def cells_of(table: pa.Table, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """The rows of some columns, a batch at a time; as many empty ones where there are no columns."""
    if not columns:
        yield from repeat((), table.num_rows)
        return
    for batch in table.select(list(columns)).to_batches(max_chunksize=_ROWS):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _jsonl(table: pa.Table, file: BinaryIO) -> None:
    """An object a line, in ASCII; times are ISO 8601 in UTC.

    Put together column by column, each different cell encoded once: an encoder called for every row takes twenty times as
    long.
    """
    for batch in table.to_batches(max_chunksize=_ROWS):
        parts: list[pa.Array | str] = []
        for number, (name, column) in enumerate(zip(batch.schema.names, batch.columns, strict=True)):
            parts += [f"{', ' if number else '{'}{json.dumps(name)}: ", _encoded(column)]
        lines = pc.binary_join_element_wise(*parts, "}\n", "")
        file.write("".join(lines.to_pylist()).encode("ascii"))


def _encoded(column: pa.Array) -> pa.Array:
    """Every cell of a column as JSON: texts by the C function that json itself calls, whole numbers by the engine."""
    if pa.types.is_integer(column.type) or pa.types.is_boolean(column.type):
        return pc.fill_null(column.cast(pa.string()), "null")
    encode = encode_basestring_ascii if pa.types.is_string(column.type) else partial(json.dumps, allow_nan=False)
    coded = column.dictionary_encode()
    known = pa.array(list(map(encode, coded.dictionary.to_pylist())), pa.string())
    return pc.fill_null(known.take(coded.indices), "null")


def _parquet(table: pa.Table, file: BinaryIO) -> None:
    """Parquet, in row groups of a fixed size."""
    pq.write_table(table.combine_chunks(), file, compression="zstd", row_group_size=122_880, store_schema=False)


def _csv(safe: pa.Table, file: BinaryIO) -> None:
    """CSV (RFC 4180) in UTF-8. A text that could start a formula has an apostrophe before it; the other forms have it whole."""
    for place, field in enumerate(safe.schema):
        if pa.types.is_string(field.type):
            column = safe[field.name]
            starts = pc.match_substring_regex(column, _FORMULA)
            safe = safe.set_column(place, field, pc.if_else(starts, pc.binary_join_element_wise("'", column, ""), column))
    pa_csv.write_csv(safe, file, pa_csv.WriteOptions(batch_size=_ROWS))


def _texts(table: pa.Table) -> pa.Table:
    """The same with times as text, in ISO 8601."""
    for place, field in enumerate(table.schema):
        if pa.types.is_timestamp(field.type):
            # a cast writes the same digits as strftime does, in a tenth of the time
            text = pc.replace_substring(table[field.name].cast(pa.string()), " ", "T", max_replacements=1)
            table = table.set_column(place, pa.field(field.name, pa.string()), pc.binary_join_element_wise(text, "Z", ""))
    return table
