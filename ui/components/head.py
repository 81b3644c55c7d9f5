"""What stands above every page: the search box, which snapshot is shown, and the notice of a new one."""

from __future__ import annotations

import streamlit as st

from ui import people, reading, session, sign_in, words
from ui.components import navigation
from ui.links import Link

#: Seconds between two looks for a new snapshot.
LOOK_EVERY = 5
_LONGEST_SEARCH = 5_000


def head(left: str | None) -> None:
    """Draw the head; `left` is the snapshot that the page followed away from."""
    now = reading.snapshot()
    if session.SEARCH not in st.session_state:
        # a search that was opened by its address
        st.session_state[session.SEARCH] = st.query_params.get("q", "")[:_LONGEST_SEARCH]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text_input(
            "Search",
            key=session.SEARCH,
            type="search",
            icon=":material/search:",
            placeholder="Search an account, cluster, identifier, address or range",
            max_chars=_LONGEST_SEARCH,
            label_visibility="collapsed",
            persist_state="session",
            on_change=_search,
            width=520,
        )
        st.caption(
            f"Snapshot of {words.minute(now.manifest.as_of)} UTC · {words.count(now.manifest.counts.get('accounts'))} accounts",
            help=f"Snapshot {now.id}. The page follows each new one by itself.",
        )
        if sign_in.settings() is not None:
            st.button(
                "Sign out",
                type="tertiary",
                icon=":material/logout:",
                on_click=st.logout,
                help=f"You are {words.plain(people.name(), 80)}.",
            )
    if left is not None:
        st.toast(f"A new snapshot was published. This page now shows {now.id}.", icon=":material/update:")


@st.fragment(run_every=LOOK_EVERY)
def watch() -> None:
    """Run the whole page again once another snapshot is in service, or nobody is signed in any more."""
    if reading.overtaken() or not people.known():
        st.rerun()


def _search() -> None:
    text = str(st.session_state.get(session.SEARCH) or "").strip()
    if text:
        navigation.ask(Link("search", {"q": text}))
