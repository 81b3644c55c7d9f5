"""Time cells: UTC, microseconds, years 1 to 9999.

Text is ISO 8601 (extended format, or basic with a `T`), with or without an offset; none means UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from linkage.ingest.cell import PADDING, Cell, Source
from linkage.ingest.quoting import shown_sql

#: How far a time may lie ahead of `as_of`: clocks and zones differ by less.
AHEAD = timedelta(hours=24)

#: Stored types of a time; one with a zone is kept in UTC.
STORED = frozenset(
    {"DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS"}
)

_OFFSET = r"([Zz]|[+-](0[0-9]|1[0-8])(:?[0-5][0-9])?)"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[0-9]{2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,20})?)?"
_BASIC = r"[0-9]{8}[Tt][0-9]{4}([0-9]{2}([.,][0-9]{1,20})?)?"
#: What nearly every log writes; nothing about it needs mending.
_COMMON = rf"{_DAY}[T ][0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\.[0-9]{{1,20}})?"


def latest_accepted(as_of: datetime) -> datetime:
    """The last time that is not in the future, UTC without zone; an `as_of` without zone is UTC."""
    moment = (as_of if as_of.tzinfo is None else as_of.astimezone(UTC)).replace(tzinfo=None)
    return moment + AHEAD if moment < datetime.max - AHEAD else datetime.max


def time_cell(column: str, required: bool, source: Source, latest: datetime) -> Cell:
    """Rules of a time column; what lies after `latest` is in the future."""
    sql, parsed = source.sql, None
    text = sql if source.type == "VARCHAR" else source.text
    if source.type == "VARCHAR":
        parsed, value = parsed_time(sql), f"{column}_parsed"
    elif source.type == "TIMESTAMPTZ_NS":
        value = _utc(f"make_timestamp_ns(epoch_ns({sql}))")
    elif source.type in {"TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NS"}:
        value = _utc(sql)
    else:
        # a stored day or millisecond may lie beyond what microseconds reach
        value = f"try_cast({sql} AS TIMESTAMP)"
    within = f"coalesce({value} BETWEEN TIMESTAMP '0001-01-01' AND TIMESTAMP '9999-12-31 23:59:59.999999', false)"
    stored = f"'is no time of the years 1 to 9999: ' || coalesce(try_cast({sql} AS VARCHAR), 'out of range')"
    reason = stored if text is None else f"coalesce('is not an ISO 8601 time: ' || {shown_sql(text)}, {stored})"
    return Cell(
        column, required, value,
        null=f"{sql} IS NULL" if source.text is None else f"{sql} IS NULL AND {text} IS NULL",
        empty="false" if text is None else f"coalesce(trim({text}, {PADDING}) = '', false)",
        faults=(*source.faults, (f"NOT {within}", reason)),
        fine="false" if source.faults else within,
        parsed=parsed,
        plain=parsed is None,
        future=f"{value} > TIMESTAMP '{latest.isoformat(sep=' ')}'",
    )  # fmt: skip


def _utc(moment: str) -> str:
    # epoch_us() spares the conversion through a time zone, which takes ten times as long, and cuts nanoseconds off,
    # as the cast of a text does; a cast would round them
    return f"make_timestamp(epoch_us({moment}))"


def parsed_time(sql: str) -> str:
    """SQL of a text as a TIMESTAMP in UTC, NULL where it is no time.

    DuckDB drops the offset of a text cast to TIMESTAMP, so an offset is written out before every cast.
    """
    text = f"trim({sql}, {PADDING})"
    tidy = f"replace(replace(replace(upper({text}), ' ', ''), 'T', ''), ',', '.')"
    extended = f"left({tidy}, 10) || ' ' || substr({tidy}, 11)"
    basic = f"regexp_replace({tidy}, '^(....)(..)(..)(..)(..)', '\\1-\\2-\\3 \\4:\\5:')"
    # 202601011230 has no seconds, so none follow the colon
    basic = f"regexp_replace({basic}, ':($|[Z+-])', '\\1')"
    return _utc(
        f"try_cast(CASE WHEN regexp_full_match({sql}, '{_COMMON}{_OFFSET}') THEN {sql} "
        f"WHEN regexp_full_match({sql}, '{_COMMON}') THEN {sql} || 'Z' "
        f"WHEN regexp_full_match({text}, '{_DAY}') THEN {text} || ' 00:00Z' "
        f"WHEN regexp_full_match({text}, '{_DAY}[Tt ]{_CLOCK}') THEN {extended} || 'Z' "
        f"WHEN regexp_full_match({text}, '{_DAY}[Tt ]{_CLOCK} ?{_OFFSET}') THEN {extended} "
        f"WHEN regexp_full_match({text}, '{_BASIC}') THEN {basic} || 'Z' "
        f"WHEN regexp_full_match({text}, '{_BASIC}{_OFFSET}') THEN {basic} END AS TIMESTAMP WITH TIME ZONE)"
    )
