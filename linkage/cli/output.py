"""Prints results: a table for people, JSON or CSV for programs and spreadsheets. stdout is for results, stderr for the rest."""

from __future__ import annotations

import csv
import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from math import isfinite
from pathlib import Path
from typing import Any

from rich.cells import cell_len

from linkage.cli.options import Format
from linkage.investigate.printable import printable, spreadsheet

#: Characters of a cell in a table; a longer value is whole in JSON and CSV.
CELL = 60

Row = Mapping[str, Any]


def say(line: str) -> None:
    """A notice for the person at the terminal; never part of a result."""
    sys.stderr.write(f"{printable(line)}\n")


def write(line: str = "") -> None:
    """A line of the result; what came from input goes through `printable` first."""
    sys.stdout.write(f"{line}\n")


def plain(value: Any, *, times: bool = True) -> Any:
    """`value` as JSON knows it: records become objects, times ISO 8601 in UTC (they stay as they are without `times`)."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name), times=times) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item, times=times) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, times=times) for item in value]
    if isinstance(value, datetime):
        if not times:
            return value
        return (value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value).isoformat() + "Z"
    if isinstance(value, (date, Path)):
        return str(value)
    if isinstance(value, float) and not isfinite(value):
        return None
    return value


def write_json(value: Any) -> None:
    """One JSON document. It is ASCII: a terminal shows no character that could reorder or hide text."""
    write(json.dumps(plain(value), indent=2, allow_nan=False))


def write_rows(rows: Sequence[Row], columns: Sequence[str], format: Format, *, empty: str) -> None:
    """Rows as a table, a JSON list of objects or CSV; a table of no rows is the sentence `empty`."""
    if format is Format.json:
        write_json([{column: row.get(column) for column in columns} for row in rows])
    elif format is Format.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_csv_cell(row.get(column)) for column in columns] for row in rows)
    elif rows:
        write_table(rows, columns)
    else:
        write(empty)


def write_table(rows: Sequence[Row], columns: Sequence[str], *, indent: str = "") -> None:
    """Aligned columns, numbers to the right."""
    cells = [[table_cell(row.get(column)) for column in columns] for row in rows]
    heads = [column.replace("_", " ") for column in columns]
    widths = [max(cell_len(line[i]) for line in [heads, *cells]) for i in range(len(columns))]
    right = [
        all(isinstance(row.get(c), (int, float, type(None))) and not isinstance(row.get(c), bool) for row in rows)
        for c in columns
    ]
    for line in [heads, ["-" * width for width in widths], *cells]:
        parts = []
        for text, width, is_number in zip(line, widths, right, strict=True):
            space = " " * (width - cell_len(text))
            parts.append(space + text if is_number else text + space)
        write((indent + "  ".join(parts)).rstrip())


def table_cell(value: Any) -> str:
    """A value as people read it in a table."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.2f}" if isfinite(value) else ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, (list, tuple)):
        return printable(", ".join(str(item) for item in value), CELL)
    return printable(str(value), CELL)


def _csv_cell(value: Any) -> Any:
    value = plain(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, dict)):
        texts = value if isinstance(value, list) and all(isinstance(item, str) for item in value) else None
        value = "; ".join(texts) if texts is not None else json.dumps(value)
    if not isinstance(value, str):
        return value
    # whole for a program; a person's terminal must not obey what a value holds
    return spreadsheet(printable(value) if sys.stdout.isatty() else value)
