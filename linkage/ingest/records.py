"""CSV text taken apart into records, each whole or with the reason why it is not one.

A record that breaks the form costs only its first line: the next line begins a new record, so one stray quote does not
swallow what follows it. DuckDB's and Arrow's own readers keep no record numbers beside malformed records.
"""

from __future__ import annotations

import csv
import io
import re

from linkage.ingest.stream import LONGEST_LINE

#: The fields of a record, or why it cannot be taken apart.
Record = list[str] | str

#: A carriage return that ends no line, where line feeds do; and what stands for it, which no text in UTF-8 can hold.
_BARE, _RETURN = re.compile("\r(?!\n)"), "\ud800"


def take_apart(data: bytes, last: bool, limit: int | None = None) -> tuple[list[Record], bytes]:
    """The records of RFC 4180 text, at most `limit`, and the bytes behind them: a record that goes on in later text.

    `data` begins with a record; with `last`, its end is the end of the file. A blank line is no record. A quote or a
    lone carriage return inside an unquoted field stands for itself.
    """
    # the default of 128 KiB is less than a long prompt; the length of a record is bounded here
    csv.field_size_limit(max(csv.field_size_limit(), 4 * LONGEST_LINE))
    try:
        text, suspect = data.decode(), False
    except UnicodeDecodeError:
        text, suspect = data.decode(errors="surrogateescape"), True
    newline = "\n" if "\n" in text else ""
    bare = bool(newline) and _BARE.search(text) is not None
    if bare:
        # pandas writes it without quotes and means it; csv would stop at it
        text = _BARE.sub(_RETURN, text)
    lines = io.StringIO(text, newline=newline).readlines()
    found: list[Record] = []
    source = _Lines(lines)
    reader = csv.reader(source, strict=True)
    start = 0
    while limit is None or len(found) < limit:
        try:
            fields = next(reader, None)
        except csv.Error as error:
            if source.exhausted and not last and sum(map(len, lines[start:])) <= LONGEST_LINE:
                break
            found.append(_reason(error, source.exhausted))
            start += 1
            source.place, source.exhausted = start, False
            continue
        start = source.place
        if fields is None:
            break
        if bare and fields:
            fields = [field.replace(_RETURN, "\r") for field in fields]
        if fields:
            found.append("is not UTF-8 text" if suspect and not _is_text(fields) else fields)
    rest = "".join(lines[start:])
    return found, (rest.replace(_RETURN, "\r") if bare else rest).encode(errors="surrogateescape")


class _Lines:
    """An iterator over lines that can be set back."""

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


def _is_text(fields: list[str]) -> bool:
    try:
        "".join(fields).encode()
    except UnicodeEncodeError:
        return False
    return True


def _reason(error: csv.Error, exhausted: bool) -> str:
    if exhausted:
        return "is not CSV: a quoted field is never closed"
    if "limit" in str(error):
        return "is not CSV: a field is too long"
    return "is not CSV: a quote inside a quoted field is not doubled"
