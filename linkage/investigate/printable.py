"""Text of unknown origin, made safe to look at: on a terminal and in a spreadsheet."""

from __future__ import annotations

import unicodedata

#: Unicode categories that move the cursor, hide or reorder text: control, format (with the right-to-left
#: overrides), surrogate, private use, unassigned, line and paragraph separator.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: What a cell may begin with to become a formula, or to hide that it is one; in full width too, as some programs take it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


def printable(text: str, limit: int | None = None) -> str:
    """`text` with every control, hidden and direction-changing character written as an escape.

    `limit` is the most characters kept; a longer text is cut and ends with an ellipsis.
    """
    if limit is not None:
        # Cut before escaping, so that a megabyte of input costs no more than what is shown.
        cut = len(text) > limit
        shown = printable(text[: limit + 1])
        return shown[: limit - 1] + "…" if cut or len(shown) > limit else shown
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(c) if unicodedata.category(c) in _UNSAFE else c for c in text)


def _escape(character: str) -> str:
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def spreadsheet(text: str) -> str:
    """`text` as a cell that no spreadsheet runs as a formula: an apostrophe goes before what could start one."""
    return "'" + text if text.startswith(_FORMULA) else text


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 cluster`, `1,200 clusters`: `many` is `one` with an s where it is not given."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
