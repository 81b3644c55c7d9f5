"""The heading of a page about one thing: what it is, its name, and marks on it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

import streamlit as st

from ui import words

_FOLDER: Final = Path(__file__).parent
_component: Final = st.components.v2.component(
    "linkage.heading",
    css=(_FOLDER / "heading.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "heading.js").read_text(encoding="utf-8"),
)


def heading(
    what: str, name: str, marks: Mapping[str, str] | None = None, *, width: Literal["stretch", "content"] = "stretch"
) -> None:
    """Draw the heading; `marks` are words with their tone: bad, good or nothing. A long name is told in full below."""
    _component(
        key="heading",
        width=width,
        data={
            "what": what,
            "name": words.plain(name),
            "chips": [{"text": text, "tone": tone} for text, tone in (marks or {}).items()],
        },
    )
    if len(name) > words.SHORT:
        st.text(words.plain(name, words.LONG))
