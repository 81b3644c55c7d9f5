"""How hostile text gets into SQL and into messages: quoted, cut short, control characters escaped."""

from __future__ import annotations

import unicodedata

SHOWN_CHARACTERS = 60


def identifier(name: str) -> str:
    """A name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Text as a quoted SQL string; for the places where DuckDB takes no parameter (views, table functions)."""
    return "'" + text.replace("'", "''") + "'"


def path_literal(path: str) -> str:
    """A path for read_parquet(), as a quoted SQL string in which the wildcards `*`, `?` and `[` stand for themselves."""
    return literal("".join(f"[{c}]" if c in "*?[" else c for c in path))


def shown(text: str) -> str:
    """Text for one line of a message: at most 60 characters, control and unpaired characters escaped."""
    return escaped(text if len(text) <= SHOWN_CHARACTERS else text[:SHOWN_CHARACTERS] + "...")


def escaped(text: str) -> str:
    """Text with what could break or rewrite a terminal line escaped: control, format and unpaired characters."""
    return "".join(ascii(c)[1:-1] if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else c for c in text)


def shown_sql(expression: str) -> str:
    """SQL that shows a text cell the way `shown` does, between double quotes."""
    cut = (
        f"CASE WHEN length({expression}) > {SHOWN_CHARACTERS} "
        f"THEN left({expression}, {SHOWN_CHARACTERS}) || '...' ELSE {expression} END"
    )
    # JSON text escapes what is below U+0020; the rest that could rewrite a terminal line is blotted out
    return rf"regexp_replace(CAST(to_json({cut}) AS VARCHAR), '[\p{{Cc}}\p{{Cf}}\p{{Zl}}\p{{Zp}}]', '\\ufffd', 'g')"
