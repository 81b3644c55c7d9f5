"""A row of figures with a line of words below each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import streamlit as st

_FOLDER: Final = Path(__file__).parent
_component: Final = st.components.v2.component(
    "linkage.facts",
    css=(_FOLDER / "facts.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "facts.js").read_text(encoding="utf-8"),
)


def facts(figures: Mapping[str, tuple[str, str]], *, key: str = "facts", flat: bool = False) -> None:
    """Draw label -> (figure, words below it, or beside it where `flat`). All of it is drawn as text."""
    shown = [[label, figure, below] for label, (figure, below) in figures.items()]
    _component(key=key, data={"facts": shown, "flat": flat})
