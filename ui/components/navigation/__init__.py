"""The way to another page from what is not a link: a search, a click into a picture.

`st.switch_page` would leave two entries in the browser's history, the first with the address of no page: the old
page's path with the new one's parameters. And it runs the page that is left once more.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

import streamlit as st

from ui import session
from ui.links import Link

_FOLDER: Final = Path(__file__).parent
#: A function `navigate(address)` for the scripts of other components.
NAVIGATE: Final = (_FOLDER / "navigate.js").read_text(encoding="utf-8")
_component: Final = st.components.v2.component("linkage.go", js=NAVIGATE + (_FOLDER / "go.js").read_text(encoding="utf-8"))


def ask(link: Link) -> None:
    """Go there in the next run of the whole page; for callbacks."""
    st.session_state[session.GO] = link


def go() -> bool:
    """Send the browser where a callback asked for; whether one did."""
    link = st.session_state.pop(session.GO, None)
    if not isinstance(link, Link):
        return False
    _component(key="go", data={"address": link.address, "number": time.monotonic_ns()})
    return True
