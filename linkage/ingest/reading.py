"""One file into one checked table: accepted rows go on, everything else is set aside with file, record and reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from linkage.ingest.addresses import lookup
from linkage.ingest.cells import ADDRESSES, Cell, Source, as_text, cells
from linkage.ingest.folder import InputFile
from linkage.ingest.quoting import identifier, literal


@dataclass(frozen=True)
class Reading:
    """What came of one file: `rows` records read, of them `set_aside`; `nulled` optional cells; the latest accepted time
    in UTC without zone, None where no row has one; lines that the operator should hear."""

    rows: int
    set_aside: int
    nulled: int
    max_time: datetime | None
    notices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Checks:
    """The rules of a table as SQL over one relation that holds the source columns and `record`."""

    cells: tuple[Cell, ...]
    relation: str

    @property
    def set_aside(self) -> str:
        """SQL, never null: the row cannot be accepted."""
        conditions = [f"({cell.missing}) OR ({cell.bad})" for cell in self.cells if cell.required]
        conditions += [cell.future for cell in self.cells if cell.future]
        return " OR ".join(f"({condition})" for condition in conditions)

    def first_fault(self) -> tuple[str, str]:
        """SQL of the first column at fault, in the contract's order, and of its reason."""
        cases: list[tuple[str, str, str]] = []
        for cell in self.cells:
            if cell.required:
                cases += [(cell.bad, cell.column, cell.reason), (cell.missing, cell.column, "'is required and missing'")]
            if cell.future:
                cases.append((cell.future, cell.column, f"'is over 24 hours in the future: ' || CAST({cell.value} AS VARCHAR)"))
        column = " ".join(f"WHEN {condition} THEN '{name}'" for condition, name, _ in cases)
        reason = " ".join(f"WHEN {condition} THEN {text}" for condition, _, text in cases)
        return f"CASE {column} END", f"CASE {reason} END"

    def select(self, *, filtered: bool) -> str:
        """The accepted rows, with the contract's columns and `record`."""
        columns = ", ".join(f"{cell.value} AS {identifier(cell.column)}" for cell in self.cells)
        where = f" WHERE NOT ({self.set_aside})" if filtered else ""
        return f"SELECT {columns}, record FROM {self.relation}{where}"


def check(
    con: duckdb.DuckDBPyConnection, file: InputFile, sources: dict[str, Source], as_of: datetime, relation: str, name: str
) -> Checks:
    """The rules of a file over `relation`, with the lookup of its addresses joined where there is need of one."""
    lookups = []
    for column in ADDRESSES:
        if column in sources:
            table, (text, _) = f"{name}:{column}", as_text(sources[column])
            if lookup(con, column, text, relation, table):
                relation += f" LEFT JOIN {identifier(table)} AS a_{column} ON {text} = a_{column}.raw"
                lookups.append(column)
    return Checks(cells(file.table, sources, as_of, file.path, lookups), relation)


def tally(
    con: duckdb.DuckDBPyConnection, checks: Checks, extra: Sequence[str] = ()
) -> tuple[int, int, list[int], datetime | None]:
    """One scan: rows, rows to set aside, cells to null by optional column, latest accepted time.

    `extra` are further aggregates whose only use is that the scan decodes a column.
    """
    optional = [cell for cell in checks.cells if not cell.required]
    times = [cell.value for cell in checks.cells if cell.future]
    latest = f"max({times[0]}) FILTER (NOT aside)" if times else "NULL"
    counts = [f"count(*) FILTER (NOT aside AND ({cell.bad}))" for cell in optional]
    row = con.execute(
        f"SELECT count(*), count(*) FILTER (aside), {latest}, {', '.join([*counts, *extra])} "
        f"FROM (SELECT *, ({checks.set_aside}) AS aside FROM {checks.relation})"
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1]), [int(n) for n in row[3 : 3 + len(optional)]], row[2]


def record_faults(
    con: duckdb.DuckDBPyConnection, checks: Checks, path: str, issues: str, aside: int, nulled: Sequence[int]
) -> None:
    """Append every row set aside and every cell nulled to table `issues`, in the order of records and columns."""
    parts: list[str] = []
    if aside:
        column, reason = checks.first_fault()
        parts.append(
            f"SELECT record, 0 AS place, {column} AS \"column\", 'set aside' AS effect, {reason} AS reason "
            f"FROM {checks.relation} WHERE {checks.set_aside}"
        )
    optional = [cell for cell in checks.cells if not cell.required]
    for place, (cell, count) in enumerate(zip(optional, nulled, strict=True), start=1):
        if count:
            parts.append(
                f"SELECT record, {place}, '{cell.column}', 'nulled', {cell.reason} "
                f"FROM {checks.relation} WHERE ({cell.bad}) AND NOT ({checks.set_aside})"
            )
    if parts:
        con.execute(
            f'INSERT INTO {identifier(issues)} SELECT {literal(path)}, record, "column", effect, reason '
            f"FROM ({' UNION ALL '.join(parts)}) ORDER BY record, place"
        )
