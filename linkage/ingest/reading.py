"""A relation of source columns, checked: accepted rows go on, the rest is set aside with file, record and reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from linkage.engine import first_row
from linkage.ingest.addresses import lookup
from linkage.ingest.cell import EMPTY, FAULTY, FINE, Cell, Source
from linkage.ingest.folder import InputFile
from linkage.ingest.quoting import identifier, literal
from linkage.ingest.rules import rules
from linkage.ingest.text import ADDRESSES, as_text


@dataclass(frozen=True)
class Reading:
    """What came of one file.

    `rows` records were read, `set_aside` of them set aside, `nulled` optional cells nulled; `max_time` is the latest
    accepted time, UTC without zone, None where no row has one; `notices` are lines the operator should hear.
    """

    rows: int
    set_aside: int
    nulled: int
    max_time: datetime | None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Checked:
    """The rules of a table over one relation, and what one scan of it counted.

    `source` is the relation itself, `relation` adds COLUMN_state for every cell; `worst` is each cell's highest state.
    """

    cells: tuple[Cell, ...]
    source: str
    relation: str
    rows: int
    aside: int
    worst: tuple[int, ...]
    max_time: datetime | None

    @property
    def clean(self) -> bool:
        """Whether every row is accepted as it stands in the source."""
        return not self.aside and all(cell.plain and worst < EMPTY for cell, worst in zip(self.cells, self.worst, strict=True))

    def select(self) -> str:
        """SQL of the accepted rows: the contract's columns and `record`; what nothing is amiss with costs nothing."""
        plain = [cell.plain and worst < EMPTY for cell, worst in zip(self.cells, self.worst, strict=True)]
        columns = ", ".join(
            f"{cell.value if free else f'CASE WHEN {cell.column}_state = {FINE} THEN {cell.value} END'} "
            f"AS {identifier(cell.column)}"
            for cell, free in zip(self.cells, plain, strict=True)
        )
        if self.clean:
            return f"SELECT {columns}, record FROM {self.source}"
        where = f" WHERE NOT ({_set_aside(self.cells)})" if self.aside else ""
        return f"SELECT {columns}, record FROM {self.relation}{where}"


def check(
    con: duckdb.DuckDBPyConnection,
    file: InputFile,
    sources: Mapping[str, Source],
    as_of: datetime,
    source: str,
    target: str,
    decoded: Sequence[str] = (),
) -> Checked:
    """Look over `source` (the sources' columns and `record`) in one scan that also decodes the columns `decoded`.

    Makes the tables `target:COLUMN` that canonical addresses are looked up in.
    """
    lookups = []
    for column in ADDRESSES:
        if column in sources:
            table, (text, _) = f"{target}:{column}", as_text(sources[column])
            if lookup(con, column, text, source, table):
                source = (
                    f"(SELECT s.*, a.raw AS {column}_raw, a.canonical AS {column}_canonical "
                    f"FROM {source} LEFT JOIN {identifier(table)} AS a ON {text} = a.raw) AS s"
                )
                lookups.append(column)
    cells = rules(file.table, sources, as_of, file.path, lookups)
    parsed = "".join(f", {cell.parsed} AS {cell.column}_parsed" for cell in cells if cell.parsed)
    states = "".join(f", {cell.state} AS {cell.column}_state" for cell in cells)
    relation = f"(SELECT *{states} FROM (SELECT *{parsed} FROM {source})) AS s"
    times = [cell.value for cell in cells if cell.future]
    counts = [
        f"max({times[0]}) FILTER (NOT aside)" if times else "NULL",
        *(f"coalesce(max({cell.column}_state), 0)" for cell in cells),
        *(f"sum(strlen({sql}))" for sql in decoded),
    ]
    row = first_row(
        con,
        f"SELECT count(*), count(*) FILTER (aside), {', '.join(counts)} "
        f"FROM (SELECT *, ({_set_aside(cells)}) AS aside FROM {relation})",
    )
    return Checked(cells, source, relation, row[0], row[1], row[3 : 3 + len(cells)], row[2])


def record_faults(con: duckdb.DuckDBPyConnection, checked: Checked, path: str, issues: str) -> int:
    """Append every row set aside and every cell nulled to table `issues`, by record and column; returns cells nulled."""
    parts: list[str] = []
    aside = _set_aside(checked.cells)
    if checked.aside:
        column, reason = _first_fault(checked.cells)
        parts.append(
            f"SELECT record, 0 AS place, {column} AS name, 'set aside' AS effect, {reason} AS reason "
            f"FROM {checked.relation} WHERE {aside}"
        )
    for place, (cell, worst) in enumerate(zip(checked.cells, checked.worst, strict=True), start=1):
        if worst >= FAULTY and not cell.required:
            parts.append(
                f"SELECT record, {place} AS place, '{cell.column}' AS name, 'nulled' AS effect, {cell.reason} AS reason "
                f"FROM {checked.relation} WHERE {cell.column}_state >= {FAULTY} AND NOT ({aside})"
            )
    if not parts:
        return 0
    ((listed,),) = con.execute(
        f"INSERT INTO {identifier(issues)} SELECT {literal(path)}, record, name, effect, reason "
        f"FROM ({' UNION ALL '.join(parts)}) ORDER BY record, place"
    ).fetchall()
    return int(listed) - checked.aside


def _set_aside(cells: Sequence[Cell]) -> str:
    """SQL, never null: the row cannot be accepted."""
    conditions = [f"{cell.column}_state <> {FINE}" for cell in cells if cell.required]
    conditions += [f"({cell.column}_state = {FINE} AND {cell.future})" for cell in cells if cell.future]
    return " OR ".join(conditions)


def _first_fault(cells: Sequence[Cell]) -> tuple[str, str]:
    """SQL of the first column at fault, in the contract's order, and of its reason."""
    cases: list[tuple[str, str, str]] = []
    for cell in cells:
        if cell.required:
            cases.append((f"{cell.column}_state <> {FINE}", cell.column, cell.reason))
        if cell.future:
            shown = f"'is over 24 hours in the future: ' || CAST({cell.value} AS VARCHAR)"
            cases.append((f"{cell.column}_state = {FINE} AND {cell.future}", cell.column, shown))
    column = " ".join(f"WHEN {condition} THEN '{name}'" for condition, name, _ in cases)
    reason = " ".join(f"WHEN {condition} THEN {text}" for condition, _, text in cases)
    return f"CASE {column} END", f"CASE {reason} END"
