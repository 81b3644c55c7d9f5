"""The summaries that end a rebuild and an evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from linkage.cli.options import Format
from linkage.cli.output import plain, say, write, write_json, write_rows, write_table
from linkage.investigate.printable import printable

if TYPE_CHECKING:
    from linkage.pipeline import RebuildSummary


def write_rebuild(summary: RebuildSummary, format: Format) -> None:
    """Rows read, set aside and nulled for each table, what was found, and where to look next."""
    told: dict[str, Any] = plain(summary)
    if format is Format.json:
        write_json(told)
        return
    files = told.pop("files")
    if format is Format.csv:
        write_rows(files, list(files[0]) if files else [], format, empty="")
        return
    write_table(files, list(files[0]))
    write()
    for name, value in told.items():
        write(f"{name}: {printable(str(value))}")
    say("next: linkage clusters --flagged")


def write_evaluation(result: Mapping[str, Any], format: Format) -> None:
    """The overall figures, then a table for each group of accounts (campaigns, rings, look-alikes)."""
    told: dict[str, Any] = plain(result)
    if format is Format.json:
        write_json(told)
        return
    groups = {name: rows for name, rows in told.items() if isinstance(rows, list)}
    figures = [{"figure": name, "value": value} for name, value in told.items() if name not in groups]
    write_rows(figures, ("figure", "value"), format, empty="")
    if format is Format.csv:
        return
    for name, rows in groups.items():
        write()
        write(name.replace("_", " "))
        write_table(rows, list(rows[0])) if rows else write("none")
