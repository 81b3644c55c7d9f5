"""What a command about cases was given: statuses, accounts, files of decisions."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from linkage.cases import Proposal, Status


def parse_status(text: str) -> str:
    """A status; in-review and in_review are in review."""
    from linkage.cases import Status

    name = text.strip().lower().replace("-", " ").replace("_", " ")
    if name not in set(Status):
        raise typer.BadParameter(f"there is no status {text!r}; there are {', '.join(Status)}")
    return name


def status_of(name: str) -> Status:
    """The status of that name, which `parse_status` gave."""
    from linkage.cases import Status

    return Status(name)


def read_proposals(file: Path) -> list[Proposal]:
    """Decisions from a CSV file with the columns cluster_id, status and reason. Raises InputError."""
    from linkage.cases import Proposal
    from linkage.errors import InputError

    wanted = ("cluster_id", "status", "reason")
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = list(csv.DictReader(opened))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{file}: {_trouble(error)}; name a CSV file of {', '.join(wanted)}") from None
    found = []
    for number, row in enumerate(rows, start=1):
        missing = [column for column in wanted if not (row.get(column) or "").strip()]
        if missing:
            raise InputError(f"{file} record {number}: {missing[0]} is missing; every decision has a reason of its own")
        try:
            found.append(Proposal(row["cluster_id"].strip(), status_of(parse_status(row["status"])), row["reason"]))
        except typer.BadParameter as error:
            raise InputError(f"{file} record {number}: {error.message}") from None
    return found


def accounts_of(given: Sequence[str]) -> list[str]:
    """Account ids from the command line; @FILE stands for the lines of a file."""
    from linkage.errors import InputError

    found: list[str] = []
    for text in given:
        if not text.startswith("@"):
            found.append(text)
            continue
        try:
            lines = Path(text[1:]).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{text[1:]}: {_trouble(error)}; name a text file with an account id a line") from None
        found += [line for line in lines if line]
    return found


def _trouble(error: OSError | UnicodeDecodeError | csv.Error) -> str:
    """What is wrong with a file, in words."""
    if isinstance(error, OSError):
        return error.strerror or "cannot be read"
    return f"is not UTF-8 from byte {error.start + 1} on" if isinstance(error, UnicodeDecodeError) else str(error)
