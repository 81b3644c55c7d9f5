"""A cell's rules as SQL: how it is read, when it is missing, when it is unreadable and what is then said.

Rules are expressions over one source column, so a whole file is checked in one vectorised scan.
"""

from __future__ import annotations

from dataclasses import dataclass

#: SQL of the characters trimmed from both ends of a cell that is no identifier.
PADDING = "' ' || chr(9) || chr(10) || chr(13) || chr(160)"

#: States of a cell: it has a value; it is null; it stands for null though something is stored (an empty text, NaN);
#: and from FAULTY on the place of the fault in the list of faults.
FINE, NULL, EMPTY, FAULTY = range(4)

MISSING = "is required and missing"

#: (SQL of when, SQL of the reason)
Fault = tuple[str, str]


@dataclass(frozen=True)
class Source:
    """One column of a file: the SQL that yields it and its DuckDB type.

    `broken`, where a format can say so, is SQL that is true for a cell that could not even become that type, and
    `broken_reason` is what is said then. `text`, where `sql` was parsed from text, is what could not be parsed.
    """

    sql: str
    type: str
    broken: str | None = None
    broken_reason: str = ""
    text: str | None = None

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is wrong with a cell before anybody looks at its value."""
        return ((self.broken, f"'{self.broken_reason}'"),) if self.broken else ()


@dataclass(frozen=True)
class Cell:
    """The rules of one column of the contract over one source column.

    `value` is the accepted value, typed, where the state is FINE; `null`, `empty` and each fault's condition are SQL
    booleans, tried in that order behind `fine`, a quick condition that spares most cells the others ('false' for none).
    `parsed` is work to be done once for each cell: the other expressions know it as COLUMN_parsed. `plain` says that
    `value` also serves every row of a file in which no cell is EMPTY or FAULTY, so that reading it costs nothing.
    """

    column: str
    required: bool
    value: str
    null: str
    empty: str = "false"
    faults: tuple[Fault, ...] = ()
    fine: str = "false"
    parsed: str | None = None
    plain: bool = False
    future: str | None = None

    @property
    def state(self) -> str:
        """SQL of the cell's state."""
        cases = [(self.fine, FINE), (self.null, NULL), (self.empty, EMPTY)]
        cases += [(condition, place) for place, (condition, _) in enumerate(self.faults, start=FAULTY)]
        tried = " ".join(f"WHEN {condition} THEN {state}" for condition, state in cases if condition != "false")
        return f"CAST(CASE {tried} ELSE {FINE} END AS UTINYINT)"

    @property
    def reason(self) -> str:
        """SQL: why the cell of this state is not accepted."""
        cases = " ".join(f"WHEN {state} THEN {reason}" for state, (_, reason) in enumerate(self.faults, start=FAULTY))
        return f"CASE {self.column}_state WHEN {NULL} THEN '{MISSING}' {cases} ELSE '{MISSING}' END"
