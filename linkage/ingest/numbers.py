"""Whole-number cells: token counts and autonomous system numbers."""

from __future__ import annotations

from linkage.ingest.cell import PADDING, Cell, Source
from linkage.ingest.quoting import shown_sql

#: The largest count of tokens one request can have; sums over billions of rows stay within 64 bits.
TOKENS = 1_000_000_000
#: The largest autonomous system number (RFC 6793).
ASN = 4_294_967_295

INTEGERS = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"}
)
FLOATS = frozenset({"FLOAT", "DOUBLE"})


def number_cell(column: str, required: bool, source: Source) -> Cell:
    """Rules of a whole-number column: 0 to 4294967295 for `asn` (an `AS` before it is allowed), to 10^9 for tokens."""
    sql, most, parsed = source.sql, ASN if column == "asn" else TOKENS, None
    text = sql if source.type == "VARCHAR" else source.text
    value, empty = f"CAST({sql} AS BIGINT)", "false"
    if source.type == "VARCHAR":
        parsed, value = parsed_number(column, sql), f"{column}_parsed"
    # a fraction is no count; pandas stores integers with gaps as doubles, and a gap as NaN
    whole = "" if parsed else f" AND {sql} = trunc({sql})"
    within = f"coalesce({sql if whole else value} BETWEEN 0 AND {most}{whole}, false)"
    if text is not None:
        empty = f"coalesce(trim({text}, {PADDING}) = '', false)"
    elif source.type in FLOATS:
        empty = f"isnan({sql})"
    shown = f"CAST({sql} AS VARCHAR)" if text is None else f"coalesce({shown_sql(text)}, CAST({sql} AS VARCHAR))"
    return Cell(
        column, required, value,
        null=f"{sql} IS NULL" if source.text is None else f"{sql} IS NULL AND {text} IS NULL",
        empty=empty,
        faults=(*source.faults, (f"NOT {within}", f"'is not a whole number from 0 to {most}: ' || {shown}")),
        fine="false" if source.faults else within,
        parsed=parsed,
        plain=parsed is None,
    )  # fmt: skip


def parsed_number(column: str, sql: str) -> str:
    """SQL of digits as a BIGINT, NULL where there is anything else; `12.0` is 12, as doubles are written."""
    text = f"trim({sql}, {PADDING})"
    digits = f"regexp_replace(upper({text}), '^AS ?', '')" if column == "asn" else text
    return (
        f"try_cast(CASE WHEN regexp_full_match({sql}, '[0-9]{{1,18}}') THEN {sql} "
        f"WHEN regexp_full_match({digits}, '[+-]?[0-9]{{1,18}}(\\.0*)?') "
        f"THEN regexp_replace({digits}, '\\.0*$', '') END AS BIGINT)"
    )
