"""Canaries: markers planted in accounts' outputs, looked for in what was found outside."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import ahocorasick_rs
import pyarrow as pa
import pyarrow.parquet as pq

from linkage.errors import InputError

if TYPE_CHECKING:
    from linkage.store import Snapshot

#: A shorter marker would be found by chance in any text.
LEAST: Final = 6
#: Characters read at a time; a marker across the border is found since pieces overlap.
_PIECE: Final = 4 * 1024 * 1024
#: A gzip that unpacks to more than this many times its own size, and beyond 1 GB, is a bomb.
_RATIO: Final = 200
_MOST: Final = 2**30


@dataclass(frozen=True)
class Trace:
    """A marker that was found: how often, where first, and whose it is. `place` is a line, a row and column, or an offset."""

    marker: str
    times: int
    place: str
    account_id: str
    cluster_id: str | None
    flagged: bool
    planted: str | None


@dataclass(frozen=True)
class Tracing:
    """What came of it. `markers` were looked for; `short` ones were not, since they are found by chance."""

    traces: tuple[Trace, ...]
    markers: int
    short: int


@dataclass
class _Count:
    times: int = 0
    place: str = ""


@dataclass
class _Search:
    markers: list[str]
    counts: dict[int, _Count] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._automaton = ahocorasick_rs.AhoCorasick(self.markers)

    def hits(self, text: str) -> list[tuple[int, int, int]]:
        """Marker, begin and end of every hit, overlapping ones too."""
        found: list[tuple[int, int, int]] = self._automaton.find_matches_as_indexes(text, overlapping=True)
        return found

    def look(self, text: str, place: str) -> None:
        """Count what `text` holds."""
        for number, _, _ in self.hits(text):
            self.counts.setdefault(number, _Count(place=place)).times += 1


def trace(snapshot: Snapshot, file: Path) -> Tracing:
    """Look for every canary of the snapshot in a file: text, CSV, JSON Lines (both also as .gz) or Parquet.

    Markers are compared letter by letter; in JSON Lines and Parquet inside the values, so that escapes hide nothing.
    Raises InputError: the file cannot be read.
    """
    rows = snapshot.query(
        """
        SELECT value, account_id, s.first_seen, m.cluster_id, coalesce(m.flagged, false) AS flagged
        FROM sightings AS s LEFT JOIN members AS m USING (account_id) WHERE kind = 'canary' ORDER BY value, account_id
        """
    ).to_pylist()
    holders: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        holders.setdefault(row["value"], []).append(row)
    markers = [marker for marker in holders if len(marker) >= LEAST]
    search = _Search(markers)
    if markers:
        _scan(file, search)
    elif not file.is_file():
        raise InputError(f"{file}: is not there or not a file; name the file that was found")
    traces = tuple(
        Trace(
            marker=markers[number], times=count.times, place=count.place, account_id=row["account_id"],
            cluster_id=row["cluster_id"], flagged=row["flagged"],
            planted=None if row["first_seen"] is None else row["first_seen"].isoformat() + "Z",
        )
        for number, count in sorted(search.counts.items(), key=lambda pair: (-pair[1].times, markers[pair[0]]))
        for row in holders[markers[number]]
    )  # fmt: skip
    return Tracing(traces, len(markers), len(holders) - len(markers))


def _scan(file: Path, search: _Search) -> None:
    name = file.name.lower()
    try:
        if name.endswith(".parquet"):
            _parquet(file, search)
        elif name.removesuffix(".gz").endswith((".jsonl", ".ndjson")):
            for number, line in enumerate(_lines(file), start=1):
                _values(_parsed(line), f"line {number:,}", search)
        else:
            _text(file, search)
    except OSError as error:
        raise InputError(f"{file}: {error.strerror or error}; name a file that can be read") from None
    except (pa.ArrowException, EOFError, RecursionError, zlib.error) as error:
        what = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{file}: cannot be read as its ending says ({what}); rename it or mend it") from None


def _parsed(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return line  # a line that is no JSON is text


def _values(value: Any, place: str, search: _Search) -> None:
    """Look into every text of a parsed value."""
    if isinstance(value, str):
        search.look(value, place)
    elif isinstance(value, dict):
        for key, item in value.items():
            search.look(key, place)
            _values(item, place, search)
    elif isinstance(value, list):
        for item in value:
            _values(item, place, search)


def _parquet(file: Path, search: _Search) -> None:
    done = 0
    for batch in pq.ParquetFile(file).iter_batches(batch_size=10_000):
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            for row, value in enumerate(column.to_pylist(), start=done + 1):
                text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
                _values(text, f"row {row:,}, column {name}", search)
        done += batch.num_rows


def _pieces(file: Path) -> Iterator[str]:
    size = file.stat().st_size
    packed = file.name.lower().endswith(".gz")
    with (
        gzip.open(file, "rt", encoding="utf-8", errors="replace")
        if packed
        else file.open(encoding="utf-8", errors="replace", newline="") as opened
    ):
        read = 0
        while piece := opened.read(_PIECE):
            read += len(piece)
            if packed and read > max(_RATIO * size, _MOST):
                raise InputError(f"{file}: unpacks to more than {read:,} characters; unpack it yourself and name that")
            yield piece


def _lines(file: Path) -> Iterator[str]:
    rest = ""
    for piece in _pieces(file):
        *whole, rest = (rest + piece).split("\n")
        yield from whole
    if rest:
        yield rest


def _text(file: Path, search: _Search) -> None:
    overlap = max(map(len, search.markers)) - 1
    tail, line = "", 1
    for piece in _pieces(file):
        # line by line would be slow; the line of the first hit in a piece is told by what is before it
        _look_into(tail + piece, len(tail), line - tail.count("\n"), search)
        line += piece.count("\n")
        tail = (tail + piece)[-overlap:] if overlap else ""


def _look_into(text: str, start: int, line: int, search: _Search) -> None:
    for number, first, end in search.hits(text):
        if end > start:
            count = search.counts.setdefault(number, _Count(place=f"line {line + text.count(chr(10), 0, first):,}"))
            count.times += 1
