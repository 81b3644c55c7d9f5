from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.investigate import printable, spreadsheet


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ünïcode 東京", "plain ünïcode 東京"),
        ("a\nb", "a\\x0ab"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("\x9b31m", "\\x9b31m"),
        ("back\\slash", "back\\slash"),
    ],
)
def test_what_moves_or_hides_text_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_no_control_or_format_character_is_left(text: str) -> None:
    assert not [c for c in printable(text) if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]


@given(st.text(), st.integers(2, 40))
def test_a_limit_holds_and_says_that_it_cut(text: str, limit: int) -> None:
    shown = printable(text, limit)
    assert len(shown) <= limit
    if len(text) > limit:
        assert shown.endswith("…")
    elif len(printable(text)) <= limit:
        assert shown == printable(text)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_a_formula_is_text_in_a_spreadsheet(text: str) -> None:
    assert spreadsheet(text) == "'" + text


@given(st.text(alphabet="abc=+-@", max_size=5))
def test_no_cell_begins_with_a_formula(text: str) -> None:
    assert spreadsheet(text)[:1] not in {"=", "+", "-", "@"}
    assert spreadsheet(text).removeprefix("'") == text.removeprefix("'")
