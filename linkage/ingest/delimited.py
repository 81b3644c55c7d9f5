"""CSV (RFC 4180, with a header) into one checked table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from itertools import chain

import duckdb
import numpy as np
import pyarrow as pa

from linkage.errors import InputError
from linkage.ingest.ahead import ahead
from linkage.ingest.batches import Batch, Field, read_batches
from linkage.ingest.columns import columns, whole_records
from linkage.ingest.folder import InputFile
from linkage.ingest.header import match
from linkage.ingest.quoting import shown
from linkage.ingest.reading import Reading
from linkage.ingest.records import Record, take_apart
from linkage.ingest.stream import LONGEST_LINE, blocks
from linkage.progress import Progress

_NO_HEADER = "write the column names, separated by commas, into its first line"


def read_csv(
    con: duckdb.DuckDBPyConnection, file: InputFile, as_of: datetime, target: str, issues: str, progress: Progress
) -> Reading:
    """Create temporary table `target` of the accepted rows; see `linkage.ingest.read`."""
    pieces = _pieces(file)
    header, rest = _header(file, pieces)
    places, notices = match(file.path, file.table, header, _separator(header))
    fields = {column: Field(f"c{place}") for column, place in places.items()}
    batches = ahead(_batches(rest, pieces, len(header), sorted(places.values())))
    with closing(batches):
        reading = read_batches(con, file, batches, fields, as_of, target, issues, progress)
    return replace(reading, notices=notices)


def _pieces(file: InputFile) -> Iterator[tuple[bytes, bool]]:
    """The file's blocks, each with whether it is the last."""
    previous: bytes | None = None
    for block in blocks(file):
        if previous is not None:
            yield previous, False
        previous = block
    if previous is not None:
        yield previous, True


def _header(file: InputFile, pieces: Iterator[tuple[bytes, bool]]) -> tuple[list[str], tuple[bytes, bool]]:
    """The column names, and what follows them in the first block."""
    for data, last in pieces:
        found, rest = take_apart(data, last, limit=1)
        if not found:
            continue
        header = found[0]
        if isinstance(header, str):
            raise InputError(f"{file.path}: its first line {header}; {_NO_HEADER}")
        for name, count in Counter(header).items():
            if name and count > 1:
                raise InputError(f"{file.path}: column {shown(name)} is there {count} times; keep one of them")
        return header, (rest, last)
    raise InputError(f"{file.path}: is empty; {_NO_HEADER}")


def _batches(
    first: tuple[bytes, bool], pieces: Iterator[tuple[bytes, bool]], width: int, places: Sequence[int]
) -> Generator[Batch]:
    """Records as columns of text with their numbers; a record of another width than the header's is unreadable."""
    done, rest = 0, b""
    for data, last in chain([first], pieces):
        data = rest + data
        whole = whole_records(data, last)
        if whole == 0 and not last and len(data) <= LONGEST_LINE:
            rest = data
            continue
        table = columns(data[:whole], width, places) if whole else None
        if table is not None:
            rest = data[whole:]
            yield Batch(table.append_column("record", pa.array(np.arange(done + 1, done + 1 + table.num_rows))))
            done += table.num_rows
        else:
            found, rest = take_apart(data, last)
            yield _batch(found, done, width, places)
            done += len(found)


def _batch(found: Sequence[Record], done: int, width: int, places: Sequence[int]) -> Batch:
    reasons = [_wrong(record, width) for record in found]
    whole = [record for record, reason in zip(found, reasons, strict=True) if not reason]
    numbers = [done + place for place, reason in enumerate(reasons, start=1) if not reason]
    unreadable = tuple((done + place, reason) for place, reason in enumerate(reasons, start=1) if reason)
    cells = list(zip(*whole, strict=True)) or [()] * width
    arrays = {f"c{place}": pa.array(cells[place], pa.string()) for place in places}
    return Batch(pa.table({**arrays, "record": pa.array(numbers, pa.int64())}), unreadable)


def _wrong(record: Record, width: int) -> str:
    if isinstance(record, str):
        return record
    return "" if len(record) == width else f"has {len(record)} fields, the header has {width}"


def _separator(header: Sequence[str]) -> str:
    """What to say when the names stand in one field, separated by something else."""
    for mark, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if len(header) == 1 and mark in header[0]:
            return f" (its fields are separated by {word}; separate them by commas)"
    return ""
