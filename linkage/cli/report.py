"""The summaries that end a rebuild and an evaluation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from linkage.cli.options import Format
from linkage.cli.output import Row, plain, say, write, write_json, write_rows, write_table
from linkage.investigate.printable import counted, printable

if TYPE_CHECKING:
    from linkage.investigate import Aside
    from linkage.pipeline import RebuildSummary
    from linkage.replay import Milestone, Replay

_FILES = ("table", "files", "rows", "set_aside", "nulled")
_ASIDE = ("file", "column", "effect", "cells", "first_record", "reason")


def write_rebuild(summary: RebuildSummary, asides: Sequence[Aside], format: Format) -> None:
    """Rows read, set aside and nulled for each table, what was found, and where to look next."""
    for notice in summary.notices:
        say(notice)
    if format is Format.json:
        write_json(summary)
        return
    files = [plain(table) for table in summary.files]
    total = {column: sum(row[column] for row in files) for column in _FILES[1:]}
    write_rows([*files, {"table": "all", **total}], _FILES, format, empty="")
    if format is Format.csv:
        return
    if asides:
        write()
        write("set aside and nulled, the first of each ('linkage set-aside' lists all):")
        write_table([plain(aside) for aside in asides], _ASIDE, indent="  ")
    events = ", ".join(f"{number:,} {event}" for event, number in summary.events.items())
    write()
    found = counted(summary.accounts, "account"), counted(summary.sightings, "sighting")
    write(f"{', '.join(found)}, {counted(summary.identifiers, 'shared identifier')}")
    write(f"{counted(summary.clusters, 'cluster')}{f' ({events})' if events else ''}")
    write(f"{summary.flagged:,} flagged, with {counted(summary.flagged_accounts, 'account')}")
    write(f"snapshot {printable(summary.snapshot_id)} in {summary.seconds:,.1f} s")
    say("next: linkage clusters --flagged" if summary.flagged else "next: linkage clusters")


def write_evaluation(result: Mapping[str, Any], format: Format) -> None:
    """The overall figures, then a table for each group of accounts (campaigns, rings, look-alikes)."""
    told: dict[str, Any] = plain(result)
    if format is Format.json:
        write_json(told)
        return
    groups = {name: rows for name, rows in told.items() if isinstance(rows, list)}
    figures = [
        {"figure": name, "value": f"{value:.4f}" if isinstance(value, float) else value}
        for name, value in told.items()
        if name not in groups
    ]
    write_rows(figures, ("figure", "value"), format, empty="")
    if format is Format.csv:
        return
    for name, rows in groups.items():
        if rows:
            write()
            write(name.replace("_", " "))
            write_table(rows, list(rows[0]), indent="  ")


def write_replay(replay: Replay, format: Format) -> None:
    """When each campaign and ring was detected and how each day went, below the figures of the last day."""
    if format is Format.json:
        write_json(replay.as_dict())
        return
    detections = [
        {
            "actor": one.actor, "kind": "ring" if one.ring else "campaign", "size": one.size, "requests": one.requests,
            "began": one.began, **_milestone("first", one.first), **_milestone("whole", one.whole),
            "ids": len(one.clusters),
        }
        for one in replay.detections
    ]  # fmt: skip
    if format is Format.csv:
        write_rows(detections, _DETECTION, format, empty="")
        return
    write_evaluation(replay.evaluation.as_dict(), format)
    write()
    write("detected: the first day any of it is flagged, and the first day it is so in one piece")
    write_rows([plain(row) for row in detections], _DETECTION, format, empty="nobody is guilty")
    write()
    write("day by day")
    write_rows([plain(day) for day in replay.daily], list(plain(replay.daily[0])), format, empty="")


_POINT = ("", "_days", "_accounts", "_flagged", "_requests", "_later")
_DETECTION = (
    "actor", "kind", "size", "requests", "began",
    *(f"{name}{part}" for name in ("first", "whole") for part in _POINT),
    "ids",
)  # fmt: skip


def _milestone(name: str, point: Milestone | None) -> Row:
    if point is None:
        return {}
    values = (point.day, point.days, point.accounts, point.flagged, point.requests, point.later)
    return {f"{name}{part}": value for part, value in zip(_POINT, values, strict=True)}
