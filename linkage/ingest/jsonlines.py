"""JSON Lines (one object a line) into one checked table.

Python only cuts the lines; DuckDB takes them apart. A line that is no object is set aside alone, a blank line is none.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from itertools import chain

import duckdb
import pyarrow as pa

from linkage.errors import InputError
from linkage.ingest.ahead import ahead
from linkage.ingest.batches import Batch, Field, read_batches, split
from linkage.ingest.folder import InputFile
from linkage.ingest.header import match
from linkage.ingest.quoting import literal
from linkage.ingest.reading import Reading
from linkage.ingest.stream import blocks
from linkage.progress import Progress
from linkage.tables import INPUT

_LINES, _OBJECTS = "ingest_lines", "ingest_objects"
#: Names of keys remembered for the notice about those that are ignored.
_NAMES = 1000


def read_jsonl(
    con: duckdb.DuckDBPyConnection, file: InputFile, as_of: datetime, target: str, issues: str, progress: Progress
) -> Reading:
    """Create temporary table `target` of the accepted rows; see `linkage.ingest.read`."""
    columns = list(INPUT[file.table])
    names: dict[str, None] = {}
    fields = {column: Field(f"c{place}", f"b{place}", "is a nested value") for place, column in enumerate(columns)}
    batches = _batches(con, file, columns, names)
    with closing(batches):
        reading = read_batches(con, file, batches, fields, as_of, target, issues, progress)
    if not reading.rows:
        return reading
    if not names:
        raise InputError(f"{file.path}: no line is a JSON object with keys; write one object a line")
    _, notices = match(file.path, file.table, list(names))
    return replace(reading, notices=notices)


def _batches(con: duckdb.DuckDBPyConnection, file: InputFile, columns: list[str], names: dict[str, None]) -> Generator[Batch]:
    """Lines as columns of text `c0..` with `b0..` true for a nested value; the keys met go into `names`."""
    paths = ", ".join(literal(f"$.{column}") for column in columns)
    wanted = ", ".join(literal(column) for column in columns)
    done = 0
    for block in chain(ahead(blocks(file)), [b""]):  # an empty file is a table too
        lines = [line for line in block.split(b"\n") if line.strip()]
        text, undecoded = _decoded(lines)
        numbers = pa.array(range(done + 1, done + 1 + len(lines)), pa.int64())
        con.register(_LINES, split(pa.table({"record": numbers, "line": text})))
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE {_OBJECTS} AS SELECT record, good, "
            "CASE WHEN good THEN json_keys(line) END AS keys, "
            f"CASE WHEN good THEN json_type(line, [{paths}]) END AS kinds, "
            f"CASE WHEN good THEN json_extract_string(line, [{paths}]) END AS texts FROM ("
            f"SELECT *, coalesce(try(json_type(line)) = 'OBJECT', false) AS good FROM {_LINES})"
        ).fetchall()
        con.unregister(_LINES)
        found = con.execute(
            f"SELECT DISTINCT unnest(keys) AS name FROM {_OBJECTS} ORDER BY name IN ({wanted}) DESC, name LIMIT {_NAMES}"
        ).fetchall()
        if len(names) < _NAMES:
            names.update(dict.fromkeys(name for (name,) in found))
        bad = con.execute(f"SELECT record FROM {_OBJECTS} WHERE NOT good ORDER BY record").fetchall()
        table = con.sql(f"SELECT record, {_cells(columns)} FROM {_OBJECTS} WHERE good").to_arrow_table()
        con.execute(f"DROP TABLE {_OBJECTS}")
        yield Batch(
            table,
            tuple(
                (record, "is not UTF-8 text" if record - done - 1 in undecoded else "is not a JSON object") for (record,) in bad
            ),
        )
        done += len(lines)


def _decoded(lines: list[bytes]) -> tuple[pa.Array, set[int]]:
    """Lines as text, those that are not UTF-8 as empty text, and the places of those."""
    raw = pa.array(lines, pa.binary())
    try:
        return raw.cast(pa.string()), set()
    except pa.ArrowInvalid:
        pass
    texts, undecoded = [], set()
    for place, line in enumerate(lines):
        try:
            texts.append(line.decode())
        except UnicodeDecodeError:
            texts.append("")
            undecoded.add(place)
    return pa.array(texts, pa.string()), undecoded


def _cells(columns: list[str]) -> str:
    """SQL of each column's text, and of whether a nested value stands there."""
    cells = []
    for place in range(len(columns)):
        kind, value = f"kinds[{place + 1}]", f"texts[{place + 1}]"
        # a number in a text column is its digits, as from any other format; NaN is how some writers spell a gap
        number = f"CASE WHEN {value} = 'NaN' THEN NULL ELSE regexp_replace({value}, '\\.0+$', '') END"
        cells.append(f"CASE {kind} WHEN 'DOUBLE' THEN {number} ELSE {value} END AS c{place}")
        cells.append(f"coalesce({kind} IN ('OBJECT', 'ARRAY'), false) AS b{place}")
    return ", ".join(cells)
