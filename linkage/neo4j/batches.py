"""A snapshot's rows as a server takes them: Cypher that sets a list of values, and batches of such lists.

The driver packs value by value in Python and is slower than the server, so a row is a list (its names stand in the query
once) and a time is text: against maps and date-times that is four times as fast.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from linkage.neo4j.labels import labels
from linkage.neo4j.model import Load

#: Bytes of UTF-8 that an indexed text keeps whole. A Neo4j range index takes about 8,160 bytes for all of its properties.
KEY_BYTES: Final = {"account_id": 6000, "value": 6000, "kind": 1000}
#: Bytes of a batch before it is halved: long hostile values must not outgrow a server's transaction memory.
BATCH_BYTES: Final = 8 * 2**20

_EARLIEST: Final = pa.scalar(datetime.min, pa.timestamp("us"))
_LATEST: Final = pa.scalar(datetime.max, pa.timestamp("us"))


def indexable(text: str, limit: int) -> str:
    """A text that fits an index: itself up to `limit` bytes, else its start and its SHA-256.

    One to one: what was cut is longer than `limit` bytes, so it cannot equal a text that was not.
    """
    if len(text) * 4 <= limit or len(text.encode()) <= limit:
        return text
    start = text.encode()[:limit].decode(errors="ignore")
    return f"{start}…sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def parts(load: Load, table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """The statement for each run of rows: one run of all, or one a kind. It takes $rows and $snapshot."""
    names = table.schema.names[len(load.keys) :] + list(load.full)
    values = []
    for place, name in enumerate(names, start=len(load.keys)):
        is_time = place < len(table.schema) and pa.types.is_timestamp(table.schema.field(place).type)
        values.append(f"{name}: localdatetime(row[{place}])" if is_time else f"{name}: row[{place}]")
    statement = f"UNWIND $rows AS row {load.merge} SET x += {{{', '.join(values)}}}, x.snapshot = $snapshot"
    if not load.by_kind:
        yield statement, table
        return
    runs = list(_runs(table.column(load.keys[0])))
    known = labels((kind, stop - start) for kind, start, stop in runs)
    for kind, start, stop in runs:
        # a label cannot be a parameter; `labels` makes it of checked letters
        label = f", x:{known[kind]}" if kind in known else ""
        yield statement + label, table.slice(start, stop - start)


def _runs(column: pa.ChunkedArray) -> Iterator[tuple[str, int, int]]:
    """Value, start and stop of each run of equal values of a sorted column."""
    if len(column) == 0:
        return
    ends = pc.run_end_encode(column.combine_chunks())
    start = 0
    for value, stop in zip(ends.values.to_pylist(), ends.run_ends.to_pylist(), strict=True):
        yield value, start, stop
        start = stop


def batches(table: pa.Table, rows: int) -> Iterator[pa.Table]:
    """Slices of at most `rows` rows and, above one row, BATCH_BYTES bytes."""
    pending = [table.slice(start, rows) for start in range(0, table.num_rows, rows)][::-1]
    while pending:
        part = pending.pop()
        if part.num_rows > 1 and part.nbytes > BATCH_BYTES:
            half = part.num_rows // 2
            pending += [part.slice(half), part.slice(0, half)]
        else:
            yield part


def packed(load: Load, batch: pa.Table) -> list[list[Any]]:
    """A batch's rows as lists: its keys cut to fit an index, its other columns, and each cut key in full."""
    columns = [_plain(column) for column in batch.columns]
    for place, key in enumerate(load.keys):
        if key in KEY_BYTES:
            whole = columns[place]
            columns[place] = [indexable(text, KEY_BYTES[key]) for text in whole]
            if load.full:
                columns.append([text if text != cut else None for text, cut in zip(whole, columns[place], strict=True)])
    return [list(row) for row in zip(*columns, strict=True)]


def _plain(column: pa.ChunkedArray) -> list[Any]:
    """A column's values; times as ISO 8601 text, and null outside the years 1 to 9999 that such text can say."""
    if pa.types.is_timestamp(column.type):
        times = column.cast(pa.timestamp("us"))
        sayable = pc.and_(pc.greater_equal(times, _EARLIEST), pc.less_equal(times, _LATEST))
        column = pc.strftime(pc.if_else(sayable, times, None), format="%Y-%m-%dT%H:%M:%S")
    values: list[Any] = column.to_pylist()
    return values
