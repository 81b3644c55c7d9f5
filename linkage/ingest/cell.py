"""A cell's rules as SQL: how it is read, when it is missing, when it is unreadable and what is then said.

Rules are expressions over one source column, so a whole file is checked in one vectorised scan.
"""

from __future__ import annotations

from dataclasses import dataclass

#: SQL of the characters trimmed from both ends of a cell that is no identifier.
PADDING = "' ' || chr(9) || chr(10) || chr(13) || chr(160)"

#: (SQL of when, SQL of the reason)
Fault = tuple[str, str]


@dataclass(frozen=True)
class Source:
    """One column of a file: the SQL that yields it and its DuckDB type.

    `broken`, where a format can say so, is SQL that is true for a cell that could not even become that type, and
    `broken_reason` is what is said then.
    """

    sql: str
    type: str
    broken: str | None = None
    broken_reason: str = ""

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is wrong with a cell before anybody looks at its value."""
        return ((self.broken, f"'{self.broken_reason}'"),) if self.broken else ()


@dataclass(frozen=True)
class Cell:
    """The rules of one column of the contract over one source column; every condition is SQL that is never null.

    `value` is the accepted value, typed, NULL where the cell is missing or at fault. `plain` is the same value for a file
    in which `amiss` is nowhere true, at no cost; it is None where the value always needs work. `future` is true for a
    time too far ahead.
    """

    column: str
    required: bool
    value: str
    missing: str
    faults: tuple[Fault, ...] = ()
    plain: str | None = None
    amiss: str = "false"
    future: str | None = None

    @property
    def bad(self) -> str:
        """SQL: the cell is there and cannot be read."""
        return " OR ".join(f"({condition})" for condition, _ in self.faults) or "false"

    @property
    def reason(self) -> str:
        """SQL: why the cell cannot be read."""
        cases = " ".join(f"WHEN {condition} THEN {reason}" for condition, reason in self.faults)
        return f"CASE {cases} END"
