"""A table whose cells lead to other pages: real HTML, so that texts wrap, links open in tabs and keys reach all of it.

Every text goes to the browser as it is to be read, and is set there as text (table.js): it cannot be markup. Escaping
what cannot be seen is the caller's: `words.plain`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import streamlit as st

from ui.components.navigation import NAVIGATE
from ui.links import Link

_FOLDER: Final = Path(__file__).parent
_component: Final = st.components.v2.component(
    "linkage.table",
    css=(_FOLDER / "table.css").read_text(encoding="utf-8"),
    js=NAVIGATE + (_FOLDER / "table.js").read_text(encoding="utf-8"),
)

Cell = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """A column: its label, where its content stands (right, nowrap or nothing), and the order that a click asks for.

    `rising` is true where that order puts the smallest first. `header` marks the column that names the row.
    """

    label: str
    align: str = ""
    order: str | None = None
    rising: bool = False
    header: bool = False
    width: str | None = None
    help: str | None = None

    def as_data(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if value}


def text(shown: str, *, title: str | None = None, note: str | None = None) -> Cell:
    """Words or a figure; `title` shows under the pointer, `note` below in small letters."""
    return _cell(type="text", text=shown, title=title, note=note)


def link(
    shown: str,
    to: Link,
    *,
    mark: str | None = None,
    tone: str | None = None,
    note: str | None = None,
    title: str | None = None,
    symbol: dict[str, str] | None = None,
) -> Cell:
    """Words that lead to another page; `mark` is a chip behind them, `symbol` the sign of a kind before them."""
    chip = None if mark is None else {"text": mark, "tone": tone}
    return _cell(type="text", text=shown, address=to.address, mark=chip, note=note, title=title, symbol=symbol)


def bar(share: float | None, shown: str, *, tone: str | None = None, mark: str | None = None) -> Cell:
    """A share (0..1) as a bar with its figure; `mark` is a chip below."""
    chip = None if mark is None else {"text": mark, "tone": tone}
    return _cell(type="bar", share=share or 0.0, text=shown, tone=tone, mark=chip)


def spark(values: Sequence[int], shown: str) -> Cell:
    """A small line of figures over time, said in words to who cannot see it."""
    return _cell(type="spark", values=list(values), text=shown)


def balance(share: float, shown: str) -> Cell:
    """A signed share (-1..1) as a bar to the left or right of a middle line, with its figure."""
    return _cell(type="balance", share=share, text=shown)


def table(
    label: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[Cell]],
    *,
    key: str,
    sorted_by: str | None = None,
    on_sort: Callable[[str], None] | None = None,
    picks: Sequence[str] | None = None,
    picked: Sequence[str] = (),
    on_pick: Callable[[list[str]], None] | None = None,
    chosen: str | None = None,
    on_choose: Callable[[str], None] | None = None,
) -> None:
    """Draw a table; `label` names it to who cannot see it.

    `on_sort` is told the order that a click on a column's head asks for. With `picks`, a name for each row, rows can be
    picked by a box before them, and `on_pick` is told which are. `on_choose` is told the row that a click on its button
    "Preview" asks for; `chosen` is the one that is shown.
    """
    names = set(picks or ())

    def sort() -> None:
        asked = st.session_state[key].get("sort")
        if on_sort is not None and asked in {column.order for column in columns if column.order}:
            on_sort(asked)

    def pick() -> None:
        asked = st.session_state[key].get("pick")
        if on_pick is not None and isinstance(asked, list):
            on_pick([name for name in asked if name in names])

    def choose() -> None:
        asked = st.session_state[key].get("choose")
        if on_choose is not None and asked in names:
            on_choose(asked)

    _component(
        key=key,
        data={
            "label": label,
            "columns": [column.as_data() for column in columns],
            "rows": [list(row) for row in rows],
            "sorted": sorted_by,
            "picks": None if picks is None else list(picks),
            "picked": [name for name in picked if name in names],
            "pickable": on_pick is not None,
            "choosable": on_choose is not None,
            "chosen": chosen,
        },
        on_sort_change=sort,
        on_pick_change=pick,
        on_choose_change=choose,
    )


def _cell(**values: Any) -> Cell:
    return {name: value for name, value in values.items() if value is not None}
