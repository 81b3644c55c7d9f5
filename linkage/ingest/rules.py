"""The rules of every column of a table, and what to do with a column whose type can hold nothing of use."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from linkage.errors import InputError
from linkage.ingest.cell import Cell, Source
from linkage.ingest.numbers import FLOATS, INTEGERS, number_cell
from linkage.ingest.quoting import escaped, shown
from linkage.ingest.text import text_cell
from linkage.ingest.times import STORED, latest_accepted, time_cell
from linkage.tables import INPUT, REQUIRED

_NO_TEXT = ("STRUCT", "MAP", "UNION", "VARIANT", "GEOMETRY", "INTERVAL")


def rules(
    table: str, sources: Mapping[str, Source], as_of: datetime, path: str, lookups: Collection[str] = ()
) -> tuple[Cell, ...]:
    """The rules of every column of `table`, in the contract's order; a column without a source is a typed NULL.

    `lookups` are the address columns whose lookup is joined to the relation (see addresses.py). Raises InputError for a
    column whose type cannot hold what the contract asks for.
    """
    latest, cells = latest_accepted(as_of), []
    for column, kind in INPUT[table].items():
        source, required = sources.get(column), column in REQUIRED[table]
        if source is None or source.type == '"NULL"':
            nothing = f"CAST(NULL AS {kind})"
            cells.append(Cell(column, required, nothing, "true", plain=True))
            continue
        _check_type(column, kind, source.type, path)
        if kind != "VARCHAR" and source.type == "BLOB":
            # bytes that are no text become text that is neither a time nor a number
            text = f"CASE WHEN {source.sql} IS NOT NULL THEN coalesce(try(decode({source.sql})), '?') END"
            source = replace(source, sql=text, type="VARCHAR")
        if kind == "TIMESTAMP":
            cells.append(time_cell(column, required, source, latest))
        elif kind == "BIGINT":
            cells.append(number_cell(column, required, source))
        else:
            cells.append(text_cell(column, required, source, column in lookups))
    return tuple(cells)


def _check_type(column: str, kind: str, stored: str, path: str) -> None:
    if kind == "TIMESTAMP":
        fits, mend = stored in {"VARCHAR", "BLOB"} | STORED, "store times as timestamps or as ISO 8601 text"
    elif kind == "BIGINT":
        fits = stored in {"VARCHAR", "BLOB"} or stored in INTEGERS | FLOATS or stored.startswith("DECIMAL")
        mend = "store whole numbers"
    else:
        fits, mend = not stored.endswith("]") and not stored.startswith(_NO_TEXT), "store text"
    if not fits:
        raise InputError(f"{escaped(path)}: column {column} is of type {shown(stored)}, which cannot be read; {mend}")
