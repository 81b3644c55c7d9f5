"""Which page of a long list is shown."""

from __future__ import annotations

import math
from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True)
class Slice:
    """A page of a list: how many come before it, and how many are on it."""

    skipped: int
    length: int
    size: int
    pages: int


def page_of(size: int, *, per_page: int, key: str) -> Slice:
    """The page that was asked for, of a list of `size`; the last where there are fewer by now."""
    pages = max(1, math.ceil(size / per_page))
    number = min(max(1, int(st.session_state.get(key) or 1)), pages)
    if pages > 1:
        # a new snapshot may have fewer pages than the one on which this was picked
        st.session_state[key] = number
    skipped = (number - 1) * per_page
    return Slice(skipped, min(per_page, size - skipped), size, pages)


def pager(shown: Slice, *, key: str, what: str) -> None:
    """Draw where one is, and the way to the other pages."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{shown.skipped + 1:,} to {shown.skipped + shown.length:,} of {shown.size:,} {what}")
        if shown.pages > 1:
            st.pagination(shown.pages, key=key, persist_state="session", width=420)
