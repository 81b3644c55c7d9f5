"""Options that several commands take, and how their text is read."""

from __future__ import annotations

import getpass
import os
import re
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer


class Format(StrEnum):
    """How a result is printed."""

    table = "table"
    json = "json"
    csv = "csv"


def login_name() -> str:
    """Who runs the command, for the records: the login name, or the user's number where it has none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return str(os.getuid())


_UNITS = {"": 1, "k": 1, "m": 2, "g": 3, "t": 4}


def parse_memory(text: str) -> int:
    """Bytes of `2GB` (decimal) or `2GiB` (binary); also KB, MB, TB."""
    match = re.fullmatch(r"\s*([0-9]{1,12}(?:\.[0-9]{1,6})?)\s*([kmgt])(i?)b?\s*", text, re.IGNORECASE)
    if match is None:
        raise typer.BadParameter(f"{text!r} is not a size; write it like 2GB, 1.5GiB or 800MB")
    number, unit, binary = match.groups()
    size = int(float(number) * (1024 if binary else 1000) ** _UNITS[unit.lower()])
    if size < 1:
        raise typer.BadParameter(f"{text!r} is no memory at all; write a size like 2GB")
    return size


def parse_time(text: str) -> datetime:
    """A time in ISO 8601; without an offset it is UTC."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{text!r} is not a time; write it like 2026-03-01T12:00:00Z") from None


StoreOption = Annotated[Path, typer.Option("--store", envvar="LINKAGE_STORE", metavar="STORE", help="Folder of the store.")]
FormatOption = Annotated[Format, typer.Option("--format", help="How the result is printed.")]
SnapshotOption = Annotated[
    str | None,
    typer.Option(
        "--snapshot", metavar="ID", help="Read this snapshot instead of the current one ('linkage snapshots' lists them)."
    ),
]
ActorOption = Annotated[
    str,
    typer.Option(
        "--actor", metavar="NAME", default_factory=login_name, show_default="the login name", help="Who acts, for the records."
    ),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="Configuration in TOML ('linkage config --defaults' prints a whole one)."),
]
AlgorithmOption = Annotated[
    Literal["leiden", "louvain", "components"] | None,
    typer.Option("--algorithm", help="How communities are found; the configuration says it where this does not."),
]
MemoryOption = Annotated[
    int | None,
    typer.Option("--memory", metavar="SIZE", parser=parse_memory, help="Most memory the whole process may use, like 2GB."),
]
