"""A relation of source columns, checked: accepted rows go on, the rest is set aside with file, record and reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from linkage.engine import first_row
from linkage.ingest.addresses import lookup
from linkage.ingest.cell import Cell, Source
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

    `amiss` is the number of rows where each cell's plain value would not do.
    """

    cells: tuple[Cell, ...]
    relation: str
    rows: int
    aside: int
    amiss: tuple[int, ...]
    max_time: datetime | None

    def select(self) -> str:
        """SQL of the accepted rows: the contract's columns and `record`; what nothing is amiss with costs nothing."""
        columns = ", ".join(
            f"{cell.value if cell.plain is None or count else cell.plain} AS {identifier(cell.column)}"
            for cell, count in zip(self.cells, self.amiss, strict=True)
        )
        where = f" WHERE NOT ({_set_aside(self.cells)})" if self.aside else ""
        return f"SELECT {columns}, record FROM {self.relation}{where}"


def check(
    con: duckdb.DuckDBPyConnection,
    file: InputFile,
    sources: Mapping[str, Source],
    as_of: datetime,
    relation: str,
    target: str,
    decoded: Sequence[str] = (),
) -> Checked:
    """Look over `relation` (the sources' columns and `record`) in one scan that also decodes the columns `decoded`.

    Makes the temporary tables `target:COLUMN` that canonical addresses are looked up in.
    """
    lookups = []
    for column in ADDRESSES:
        if column in sources:
            table, (text, _) = f"{target}:{column}", as_text(sources[column])
            if lookup(con, column, text, relation, table):
                relation = (
                    f"(SELECT s.*, a.raw AS {column}_raw, a.canonical AS {column}_canonical "
                    f"FROM {relation} LEFT JOIN {identifier(table)} AS a ON {text} = a.raw) AS s"
                )
                lookups.append(column)
    cells = rules(file.table, sources, as_of, file.path, lookups)
    times = [cell.plain or cell.value for cell in cells if cell.future]
    latest = f"max({times[0]}) FILTER (NOT aside)" if times else "NULL"
    amiss = [f"count(*) FILTER ({cell.amiss})" for cell in cells]
    lengths = [f"sum(strlen({sql}))" for sql in decoded]
    row = first_row(
        con,
        f"SELECT count(*), count(*) FILTER (aside), {latest}, {', '.join([*amiss, *lengths])} "
        f"FROM (SELECT *, ({_set_aside(cells)}) AS aside FROM {relation})",
    )
    return Checked(cells, relation, row[0], row[1], row[3 : 3 + len(cells)], row[2])


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
    for place, (cell, count) in enumerate(zip(checked.cells, checked.amiss, strict=True), start=1):
        if count and not cell.required:
            parts.append(
                f"SELECT record, {place} AS place, '{cell.column}' AS name, 'nulled' AS effect, {cell.reason} AS reason "
                f"FROM {checked.relation} WHERE ({cell.bad}) AND NOT ({aside})"
            )
    if not parts:
        return 0
    con.execute(f"CREATE OR REPLACE TEMP TABLE ingest_faults AS {' UNION ALL '.join(parts)}")
    con.execute(
        f"INSERT INTO {identifier(issues)} SELECT {literal(path)}, record, name, effect, reason "
        "FROM ingest_faults ORDER BY record, place"
    )
    (nulled,) = first_row(con, "SELECT count(*) FROM ingest_faults WHERE effect = 'nulled'")
    con.execute("DROP TABLE ingest_faults")
    return int(nulled)


def _set_aside(cells: Sequence[Cell]) -> str:
    """SQL, never null: the row cannot be accepted."""
    conditions = [f"({cell.missing}) OR {cell.bad}" for cell in cells if cell.required]
    conditions += [cell.future for cell in cells if cell.future]
    return " OR ".join(f"({condition})" for condition in conditions)


def _first_fault(cells: Sequence[Cell]) -> tuple[str, str]:
    """SQL of the first column at fault, in the contract's order, and of its reason."""
    cases: list[tuple[str, str, str]] = []
    for cell in cells:
        if cell.required:
            if cell.faults:
                cases.append((cell.bad, cell.column, cell.reason))
            cases.append((cell.missing, cell.column, "'is required and missing'"))
        if cell.future:
            shown = f"'is over 24 hours in the future: ' || CAST({cell.value} AS VARCHAR)"
            cases.append((cell.future, cell.column, shown))
    column = " ".join(f"WHEN {condition} THEN '{name}'" for condition, name, _ in cases)
    reason = " ".join(f"WHEN {condition} THEN {text}" for condition, _, text in cases)
    return f"CASE {column} END", f"CASE {reason} END"
