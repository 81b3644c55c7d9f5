"""Text cells: identifiers, addresses, domains, countries, labels, prompts."""

from __future__ import annotations

from linkage.ingest.cell import PADDING, Cell, Fault, Source
from linkage.ingest.quoting import shown_sql

#: The longest identifier in bytes; what is longer is a text that slipped into the wrong column.
IDENTIFIER_BYTES = 65_536
#: Free text: only fingerprinted, so its length is not bounded, and never shown.
PROSE = frozenset({"system_prompt", "prompt"})
#: Columns that hold an address or an address range.
ADDRESSES = ("ip", "cidr")
LABELS = ("confirmed_fraud", "confirmed_benign")

#: RE2: nothing but white space, Unicode's and the zero-width kinds.
_BLANK = r"[\s\x0b\x{85}\p{Z}\x{feff}\x{200b}]*"


def text_cell(column: str, required: bool, source: Source, looked_up: bool) -> Cell:
    """Rules of a text column; `looked_up`: an address column whose lookup is joined as COLUMN_raw, COLUMN_canonical."""
    expression, faults = as_text(source)
    text, parsed = (expression, None) if source.type == "VARCHAR" else (f"{column}_parsed", expression)
    null = f"{source.sql} IS NULL"
    if column in PROSE:
        plain = parsed is None
        return Cell(column, required, text, null, f"{text} = ''", faults, parsed=parsed, plain=plain)
    # white space sorts outside '!'..'~', so the regular expression meets only the odd cell (a quarter of the cost)
    visible = f"{text} BETWEEN '!' AND '~'"
    short, whole = f"strlen({text}) <= {IDENTIFIER_BYTES}", f"NOT contains({text}, chr(0))"
    value, rule = text, None
    if column in ADDRESSES and looked_up:
        value = f"CASE WHEN {column}_raw IS NULL THEN {text} ELSE {column}_canonical END"
        what = "is not an IP address" if column == "ip" else "is not an address range"
        rule = (f"{column}_raw IS NOT NULL AND {column}_canonical IS NULL", what)
    elif column in _FORMS:
        value, condition, what = _FORMS[column]
        value = value.format(text=text)
        rule = (condition.format(text=text, value=value), what)
    every: tuple[Fault, ...] = (
        *faults,
        (f"NOT {short}", f"'is longer than {IDENTIFIER_BYTES} bytes'"),
        (f"NOT {whole}", "'holds a NUL character: ' || " + shown_sql(text)),
        *([(rule[0], f"'{rule[1]}: ' || " + shown_sql(text))] if rule else []),
    )
    return Cell(
        column, required, value, null,
        empty=f"coalesce(regexp_full_match({text}, '{_BLANK}'), false)",
        faults=every,
        fine="false" if rule or source.faults or source.type == "BLOB" else f"{visible} AND {short} AND {whole}",
        parsed=parsed,
        plain=parsed is None and not rule,
    )  # fmt: skip


#: column -> (canonical form, when the cell is not of that kind, what is then said)
_FORMS = {
    "country": (
        f"upper(trim({{text}}, {PADDING}))",
        "NOT regexp_full_match({value}, '[A-Z]{{2}}')",
        "is not a two-letter country code",
    ),
    # a whole e-mail address is cut to its domain: the rest names a person and is not asked for
    "email_domain": (
        f"regexp_replace(regexp_replace(lower(trim({{text}}, {PADDING})), '^.*@', ''), '\\.+$', '')",
        "NOT regexp_full_match({value}, '[^\\s@]{{1,253}}')",
        "is not a domain",
    ),
    "label": ("{text}", f"{{text}} NOT IN ('{LABELS[0]}', '{LABELS[1]}')", f"is neither {LABELS[0]} nor {LABELS[1]}"),
}


def as_text(source: Source) -> tuple[str, tuple[Fault, ...]]:
    """SQL of a cell as text, whatever its stored type, and the faults that type brings along."""
    sql, kind, faults = source.sql, source.type, source.faults
    if kind == "VARCHAR":
        return sql, faults
    if kind == "BLOB":
        text = f"try(decode({sql}))"
        return text, (*faults, (f"{text} IS NULL", "'is not UTF-8 text'"))
    if kind in {"FLOAT", "DOUBLE"}:
        # pandas stores integers with gaps as doubles, and a gap as NaN
        whole = f"coalesce(CAST(try_cast({sql} AS DECIMAL(38, 0)) AS VARCHAR), CAST({sql} AS VARCHAR))"
        return f"CASE WHEN isnan({sql}) THEN '' WHEN {sql} = trunc({sql}) THEN {whole} ELSE CAST({sql} AS VARCHAR) END", faults
    if kind.startswith("DECIMAL"):
        return f"regexp_replace(CAST({sql} AS VARCHAR), '\\.0+$', '')", faults
    return f"CAST({sql} AS VARCHAR)", faults
