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
    if source.type == "VARCHAR":
        text = f"trim({sql}, {PADDING})"
        digits = f"regexp_replace(upper({text}), '^AS ?', '')" if column == "asn" else text
        number = (
            f"CASE WHEN regexp_full_match({digits}, '[+-]?[0-9]{{1,18}}(\\.0*)?') THEN try_cast({digits} AS DECIMAL(38, 0)) END"
        )
        missing, shown, plain = f"coalesce({text} = '', true)", shown_sql(text), None
    elif source.type in INTEGERS:
        number, missing, shown, plain = sql, f"{sql} IS NULL", f"CAST({sql} AS VARCHAR)", f"CAST({sql} AS BIGINT)"
    else:
        # a fraction is no count; pandas stores integers with gaps as doubles, and a gap as NaN
        number = f"CASE WHEN {sql} = trunc({sql}) THEN try_cast({sql} AS DECIMAL(38, 0)) END"
        nan = f"coalesce(isnan({sql}), true)" if source.type in FLOATS else f"{sql} IS NULL"
        missing, shown, plain = nan, f"CAST({sql} AS VARCHAR)", f"CAST({sql} AS BIGINT)"
    within = f"coalesce(({number}) BETWEEN 0 AND {most}, false)"
    bad = f"NOT {missing} AND NOT {within}"
    return Cell(
        column, required,
        value=f"CASE WHEN {within} THEN CAST(({number}) AS BIGINT) END",
        missing=missing,
        faults=(*source.faults, (bad, f"'is not a whole number from 0 to {most}: ' || {shown}")),
        plain=plain,
        amiss=f"{sql} IS NOT NULL AND NOT {within}",
    )  # fmt: skip
