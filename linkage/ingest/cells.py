"""What each cell of the contract may hold, as SQL: how it is read, when it is missing, when it is unreadable and why.

Every rule is an expression over one source column, so a whole file is checked in one vectorised scan.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from linkage.errors import InputError
from linkage.ingest.quoting import escaped, shown_sql
from linkage.tables import INPUT, REQUIRED

#: The longest identifier in bytes; what is longer is a text that slipped into the wrong column.
IDENTIFIER_BYTES = 65_536
#: The largest count of tokens one request can have; keeps sums over billions of rows within 64 bits.
TOKENS = 1_000_000_000
#: How far a time may lie ahead of `as_of`: clocks and zones differ by less.
AHEAD = timedelta(hours=24)

#: Free text: only fingerprinted, so its length is not bounded and its content is never shown.
PROSE = frozenset({"system_prompt", "prompt"})
#: Columns that hold an address or an address range.
ADDRESSES = ("ip", "cidr")
_LABELS = ("confirmed_fraud", "confirmed_benign")
_BLANK = r"[\s\p{Z}\x{feff}\x{200b}]*"
_PADDING = "' ' || chr(9) || chr(10) || chr(13) || chr(160)"

_INTEGERS = {
    f"{sign}{size}INT"
    for sign in ("", "U")
    for size in ("TINY", "SMALL", "", "BIG", "HUGE")
} | {"INTEGER", "UINTEGER"}  # fmt: skip
_FLOATS = {"FLOAT", "DOUBLE"}
_TIMES = {"DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS"}


@dataclass(frozen=True)
class Source:
    """One column of a file: the SQL that yields it, its DuckDB type, and why a cell could not even become that type.

    `broken` is SQL that is true for such a cell (or None), `broken_reason` what is then said.
    """

    sql: str
    type: str
    broken: str | None = None
    broken_reason: str = ""


@dataclass(frozen=True)
class Cell:
    """The rules of one column of the contract, over one source column.

    `value` is the accepted value, typed; `missing` and each fault's condition are SQL booleans that are never null.
    A fault is (condition, SQL of the reason).
    """

    column: str
    required: bool
    value: str
    missing: str
    faults: tuple[tuple[str, str], ...] = ()
    future: str | None = None

    @property
    def bad(self) -> str:
        """SQL: the cell is there and cannot be read."""
        return " OR ".join(f"({condition})" for condition, _ in self.faults) or "false"

    @property
    def reason(self) -> str:
        """SQL: why the cell cannot be read."""
        cases = " ".join(f"WHEN {condition} THEN {reason}" for condition, reason in self.faults)
        return f"CASE {cases} ELSE 'is unreadable' END"


def cells(
    table: str, sources: dict[str, Source], as_of: datetime, file: str, lookups: Collection[str] = ()
) -> tuple[Cell, ...]:
    """The rules of every column of `table`; a column without a source is a typed NULL.

    `lookups` are the address columns whose lookup table is joined as `a_COLUMN` (see addresses.py).

    Raises InputError for a column whose type cannot hold what the contract asks for.
    """
    moment = as_of.replace(tzinfo=UTC) if as_of.tzinfo is None else as_of.astimezone(UTC)
    latest = moment.replace(tzinfo=None)
    latest = latest + AHEAD if latest < datetime.max - AHEAD else datetime.max
    built = []
    for column, kind in INPUT[table].items():
        source = sources.get(column)
        if source is None or source.type == '"NULL"':
            built.append(Cell(column, column in REQUIRED[table], f"CAST(NULL AS {kind})", "true"))
            continue
        _check_type(column, kind, source.type, file)
        built.append(_cell(table, column, kind, source, latest, column in lookups))
    return tuple(built)


def _cell(table: str, column: str, kind: str, source: Source, latest: datetime, joined: bool) -> Cell:
    required = column in REQUIRED[table]
    if kind == "TIMESTAMP":
        return _time(column, required, source, latest)
    if kind == "BIGINT":
        return _integer(column, required, source)
    text, broken = as_text(source)
    if column in PROSE:
        return Cell(column, required, f"nullif({text}, '')", f"coalesce({text} = '', true)", broken)
    blank = f"coalesce(regexp_full_match({text}, '{_BLANK}'), true)"
    faults = (
        *broken,
        (f"coalesce(strlen({text}) > {IDENTIFIER_BYTES}, false)", f"'is longer than {IDENTIFIER_BYTES} bytes'"),
        (f"coalesce(contains({text}, chr(0)), false)", "'holds a NUL character: ' || " + shown_sql(text)),
    )
    value, rule = _text_rule(column, text, joined)
    if rule:
        condition, what = rule
        faults = (*faults, (f"NOT {blank} AND coalesce({condition}, true)", f"'{what}: ' || " + shown_sql(text)))
    bad = " OR ".join(f"({condition})" for condition, _ in faults)
    return Cell(column, required, f"CASE WHEN {blank} OR {bad} THEN NULL ELSE {value} END", blank, faults)


def _text_rule(column: str, text: str, joined: bool) -> tuple[str, tuple[str, str] | None]:
    """How a kind of text is written in its one canonical form, and (SQL of when it is not of that kind, words)."""
    trimmed = f"trim({text}, {_PADDING})"
    if column in ADDRESSES and joined:
        what = "is not an IP address" if column == "ip" else "is not an address range"
        value = f"CASE WHEN a_{column}.raw IS NULL THEN {text} ELSE a_{column}.canonical END"
        return value, (f"a_{column}.raw IS NOT NULL AND a_{column}.canonical IS NULL", what)
    if column == "country":
        return f"upper({trimmed})", (f"NOT regexp_full_match({trimmed}, '[A-Za-z]{{2}}')", "is not a two-letter country code")
    if column == "email_domain":
        # a whole address is cut to its domain: the rest names a person and is not asked for
        domain = f"regexp_replace(regexp_replace(lower({trimmed}), '^.*@', ''), '\\.+$', '')"
        return domain, (f"NOT regexp_full_match({domain}, '[^\\s@]{{1,253}}')", "is not a domain")
    if column == "label":
        known = ", ".join(f"'{label}'" for label in _LABELS)
        return text, (f"{text} NOT IN ({known})", f"is neither {_LABELS[0]} nor {_LABELS[1]}")
    return text, None


def as_text(source: Source) -> tuple[str, tuple[tuple[str, str], ...]]:
    """SQL of a cell as text, and the faults that its stored type brings along."""
    sql, kind = source.sql, source.type
    faults: tuple[tuple[str, str], ...] = ()
    if source.broken:
        faults = ((source.broken, f"'{source.broken_reason}'"),)
    if kind == "VARCHAR":
        return sql, faults
    if kind == "BLOB":
        text = f"try(decode({sql}))"
        return text, (*faults, (f"{sql} IS NOT NULL AND {text} IS NULL", "'is not UTF-8 text'"))
    if kind in _FLOATS:
        # pandas stores integers with gaps as doubles, and a gap as NaN
        whole = f"try_cast(try_cast({sql} AS DECIMAL(38, 0)) AS VARCHAR)"
        text = f"CASE WHEN isnan({sql}) THEN NULL WHEN {sql} = trunc({sql}) THEN {whole} ELSE CAST({sql} AS VARCHAR) END"
        return f"({text})", faults
    if kind.startswith("DECIMAL"):
        return f"regexp_replace(CAST({sql} AS VARCHAR), '\\.0+$', '')", faults
    return f"CAST({sql} AS VARCHAR)", faults


_CLOCK = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?"
_OFFSET = r"([Zz]|[+-](0[0-9]|1[0-8])(:?[0-5][0-9])?)"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


def _time(column: str, required: bool, source: Source, latest: datetime) -> Cell:
    sql = source.sql
    if source.type == "VARCHAR":
        text = f"trim({sql}, {_PADDING})"
        missing = f"coalesce({text} = '', true)"
        # DuckDB drops the offset of a text cast to TIMESTAMP, so every text is cast with one
        tidy = f"replace(replace(upper({text}), ' ', ''), ',', '.')"
        moment = (
            f"try_cast(CASE WHEN regexp_full_match({text}, '{_DAY}') THEN {text} || ' 00:00Z' "
            f"WHEN regexp_full_match({text}, '{_DAY}[Tt ]{_CLOCK}') THEN replace({text}, ',', '.') || 'Z' "
            f"WHEN regexp_full_match({text}, '{_DAY}[Tt ]{_CLOCK} ?{_OFFSET}') "
            f"THEN left({tidy}, 10) || ' ' || ltrim(substr({tidy}, 11), 'T') END AS TIMESTAMP WITH TIME ZONE)"
        )
        shown = shown_sql(text)
    else:
        missing, shown = f"{sql} IS NULL", f"CAST({sql} AS VARCHAR)"
        moment = sql if source.type != "DATE" else f"CAST({sql} AS TIMESTAMP)"
    zoned = source.type in {"VARCHAR", "TIMESTAMP WITH TIME ZONE"}
    value = f"make_timestamp(epoch_us({moment}))" if zoned else f"CAST({moment} AS TIMESTAMP)"
    within = f"{value} BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59.999999'"
    bad = f"NOT {missing} AND NOT coalesce({within}, false)"
    broken = ((source.broken, f"'{source.broken_reason}'"),) if source.broken else ()
    future = f"coalesce({value} > TIMESTAMP '{latest.isoformat(sep=' ')}', false)"
    return Cell(
        column, required, f"CASE WHEN {within} THEN {value} END", missing,
        (*broken, (bad, f"'is not an ISO 8601 time: ' || {shown}")), future,
    )  # fmt: skip


def _integer(column: str, required: bool, source: Source) -> Cell:
    sql = source.sql
    most = 4_294_967_295 if column == "asn" else TOKENS
    missing = f"{sql} IS NULL"
    if source.type == "VARCHAR":
        text = f"trim({sql}, {_PADDING})"
        missing = f"coalesce({text} = '', true)"
        plain = f"regexp_replace(upper({text}), '^AS', '')" if column == "asn" else text
        number = (
            f"CASE WHEN regexp_full_match({plain}, '[+-]?[0-9]{{1,18}}(\\.0*)?') THEN try_cast({plain} AS DECIMAL(38, 0)) END"
        )
        shown = shown_sql(text)
    else:
        shown = f"CAST({sql} AS VARCHAR)"
        if source.type in _FLOATS:
            missing = f"coalesce(isnan({sql}), true)"
        # a fraction is no count; trunc() leaves integers as they are
        number = f"CASE WHEN {sql} = trunc({sql}) THEN try_cast({sql} AS DECIMAL(38, 0)) END"
    within = f"({number}) BETWEEN 0 AND {most}"
    broken = ((source.broken, f"'{source.broken_reason}'"),) if source.broken else ()
    bad = f"NOT {missing} AND NOT coalesce({within}, false)"
    return Cell(
        column, required, f"CASE WHEN {within} THEN CAST(({number}) AS BIGINT) END", missing,
        (*broken, (bad, f"'is not a whole number from 0 to {most}: ' || {shown}")),
    )  # fmt: skip


def _check_type(column: str, kind: str, stored: str, file: str) -> None:
    nested = stored.endswith("]") or stored.split("(")[0] in {"STRUCT", "MAP", "UNION", "VARIANT", "GEOMETRY", "INTERVAL"}
    if kind == "TIMESTAMP":
        fits, mend = stored == "VARCHAR" or stored in _TIMES, "store times as timestamps or as ISO 8601 text"
    elif kind == "BIGINT":
        fits = stored == "VARCHAR" or stored in _INTEGERS | _FLOATS or stored.startswith("DECIMAL")
        mend = "store whole numbers"
    else:
        fits, mend = not nested, "store text"
    if not fits:
        raise InputError(f"{escaped(file)}: column {column} is of type {escaped(stored)[:60]}, which cannot be read; {mend}")
