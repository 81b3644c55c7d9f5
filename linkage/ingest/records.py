"""CSV text taken apart into records, each whole or with the reason why it is not one.

A record that breaks the form costs only its first line: the next line begins a new record, so one stray quote does not
swallow what follows it. DuckDB's and Arrow's own readers keep no record numbers beside malformed records.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from linkage.ingest.stream import LONGEST_LINE

#: The fields of a record, or why it cannot be taken apart.
Record = list[str] | str

NEVER_CLOSED = "not CSV: a quoted field is never closed"
_NOT_UTF8 = "is not UTF-8 text"


def records(blocks: Iterable[bytes]) -> Iterator[list[Record]]:
    """The records of RFC 4180 text, a list for each block; a blank line is no record.

    A quote inside an unquoted field stands for itself. Blocks are cut behind line feeds (see stream.py); a record that
    goes on in the next block comes with that block.
    """
    # the default of 128 KiB is less than a long prompt; the length of a record is bounded here
    csv.field_size_limit(max(csv.field_size_limit(), 2 * LONGEST_LINE))
    rest: list[str] = []
    suspect = False
    previous: bytes | None = None
    newline = "\n"
    for block in blocks:
        if previous is None:
            newline = "\n" if b"\n" in block else ""
        else:
            found, rest = _take_apart(rest, suspect, last=False)
            yield found
        lines, undecoded = _lines(block, newline)
        suspect = undecoded or (bool(rest) and suspect)
        rest += lines
        previous = block
    yield _take_apart(rest, suspect, last=True)[0]


def _lines(block: bytes, newline: str) -> tuple[list[str], bool]:
    """The lines of a block, and whether bytes that are not UTF-8 stand in them as lone surrogates."""
    try:
        text, undecoded = block.decode(), False
    except UnicodeDecodeError:
        text, undecoded = block.decode(errors="surrogateescape"), True
    return io.StringIO(text, newline=newline).readlines(), undecoded


class _Lines:
    """An iterator over lines that can be put back."""

    def __init__(self, lines: list[str]) -> None:
        self.lines, self.place, self.exhausted = lines, 0, False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if self.place == len(self.lines):
            self.exhausted = True
            raise StopIteration
        line = self.lines[self.place]
        self.place += 1
        return line


def _take_apart(lines: list[str], suspect: bool, last: bool) -> tuple[list[Record], list[str]]:
    """The records in `lines`, and the lines of a record at the end that is not whole yet."""
    found: list[Record] = []
    source = _Lines(lines)
    reader = csv.reader(source, strict=True)
    start = 0
    while True:
        try:
            for fields in reader:
                start = source.place
                if fields:
                    found.append(_NOT_UTF8 if suspect and not _is_text(fields) else fields)
            return found, []
        except csv.Error as error:
            if source.exhausted and not last and _length(lines[start:]) <= LONGEST_LINE:
                return found, lines[start:]
            found.append(_reason(error, source.exhausted))
            start += 1
            source.place, source.exhausted = start, False


def _is_text(fields: list[str]) -> bool:
    try:
        "".join(fields).encode()
    except UnicodeEncodeError:
        return False
    return True


def _length(lines: list[str]) -> int:
    return sum(map(len, lines))


def _reason(error: csv.Error, exhausted: bool) -> str:
    if exhausted:
        return NEVER_CLOSED
    if "new-line" in str(error):
        return "not CSV: a bare carriage return outside quotes"
    if "limit" in str(error):
        return f"a field over {LONGEST_LINE >> 20} MiB"
    return "not CSV: a quote inside a quoted field is not doubled"
