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
    sql, most = source.sql, ASN if column == "asn" else TOKENS
    text, parsed, value, empty = source.type == "VARCHAR", None, f"CAST({sql} AS BIGINT)", "false"
    if text:
        parsed, value, empty = _parsed(column, sql), f"{column}_parsed", f"trim({sql}, {PADDING}) = ''"
        within = f"coalesce({value} BETWEEN 0 AND {most}, false)"
    else:
        # a fraction is no count; pandas stores integers with gaps as doubles, and a gap as NaN
        within = f"coalesce({sql} BETWEEN 0 AND {most} AND {sql} = trunc({sql}), false)"
        if source.type in FLOATS:
            empty = f"isnan({sql})"
    return Cell(
        column, required, value,
        null=f"{sql} IS NULL",
        empty=empty,
        faults=(
            *source.faults,
            (
                f"NOT {within}",
                f"'is not a whole number from 0 to {most}: ' || " + (shown_sql(sql) if text else f"CAST({sql} AS VARCHAR)"),
            ),
        ),
        fine="false" if source.faults else within,
        parsed=parsed,
        plain=not text,
    )  # fmt: skip


def _parsed(column: str, sql: str) -> str:
    """SQL of digits as a BIGINT, NULL where there is anything else; `12.0` is 12, as doubles are written."""
    text = f"trim({sql}, {PADDING})"
    digits = f"regexp_replace(upper({text}), '^AS ?', '')" if column == "asn" else text
    return (
        f"try_cast(CASE WHEN regexp_full_match({sql}, '[0-9]{{1,18}}') THEN {sql} "
        f"WHEN regexp_full_match({digits}, '[+-]?[0-9]{{1,18}}(\\.0*)?') THEN regexp_replace({digits}, '\\.0*$', '') END AS BIGINT)"
    )
