"""CSV (RFC 4180, with a header) into one checked table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import duckdb
import pyarrow as pa

from linkage.errors import InputError
from linkage.ingest.batches import Batch, read_batches
from linkage.ingest.cell import Source
from linkage.ingest.folder import InputFile
from linkage.ingest.header import match
from linkage.ingest.quoting import shown
from linkage.ingest.reading import Reading
from linkage.ingest.records import Record, records
from linkage.ingest.stream import blocks
from linkage.progress import Progress

_NO_HEADER = "write the column names, separated by commas, into its first line"


def read_csv(
    con: duckdb.DuckDBPyConnection, file: InputFile, as_of: datetime, target: str, issues: str, progress: Progress
) -> Reading:
    """Create table `target` of the accepted rows; see `linkage.ingest.read`."""
    chunks = records(blocks(file))
    first = next((chunk for chunk in chunks if chunk), None)
    if first is None:
        raise InputError(f"{file.path}: is empty; {_NO_HEADER}")
    header = first[0]
    if isinstance(header, str):
        raise InputError(f"{file.path}: its first line {header}; {_NO_HEADER}")
    for name, count in Counter(header).items():
        if name and count > 1:
            raise InputError(f"{file.path}: column {shown(name)} is there {count} times; keep one of them")
    places, notices = match(file.path, file.table, header, _separator(header))
    sources = {column: Source(f"c{place}", "VARCHAR") for column, place in places.items()}
    batches = _batches(_chain(first[1:], chunks), len(header), sorted(places.values()))
    reading = read_batches(con, file, batches, sources, as_of, target, issues, progress)
    return replace(reading, notices=notices)


def _chain(first: list[Record], others: Iterable[list[Record]]) -> Iterator[list[Record]]:
    yield first
    yield from others


def _batches(chunks: Iterable[list[Record]], width: int, places: Sequence[int]) -> Iterator[Batch]:
    """Records as columns of text with their numbers; a record of another width than the header's is unreadable."""
    done = 0
    for chunk in chunks:
        unreadable: tuple[tuple[int, str], ...] = ()
        numbers: Sequence[int] = range(done + 1, done + 1 + len(chunk))
        whole = [record for record in chunk if not isinstance(record, str) and len(record) == width]
        if len(whole) < len(chunk):
            numbered = list(zip(numbers, chunk, strict=True))
            wrong = [(number, _wrong(record, width)) for number, record in numbered]
            unreadable = tuple((number, reason) for number, reason in wrong if reason)
            numbers = [number for number, reason in wrong if not reason]
        done += len(chunk)
        columns = list(zip(*whole, strict=True)) or [()] * width
        arrays = {f"c{place}": pa.array(columns[place], pa.string()) for place in places}
        yield Batch(pa.table({"record": pa.array(numbers, pa.int64()), **arrays}), unreadable)


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
