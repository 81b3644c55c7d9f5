"""What a page says when there is nothing to show, and what came of what was asked for: in words, with what to do."""

from __future__ import annotations

import streamlit as st

from linkage.errors import Denied, LinkageError
from ui import session
from ui.words import LONG, plain


def no_snapshot(error: LinkageError) -> None:
    """There is no store, or nothing was published in it, or it is damaged."""
    st.title("Nothing to show yet", anchor=False)
    st.text(str(error))
    st.caption("This page looks again by itself and shows a snapshot as soon as one is published.")


def missing(what: str, name: str, *, kind: str | None = None) -> None:
    """The address names something that the snapshot does not have; `kind` is an identifier's."""
    st.title(f"No such {what}", anchor=False)
    of = "" if kind is None else f" of the kind {plain(kind)}"
    st.text(f"This snapshot has no {what} {plain(name)}{of}. Check the spelling, or look for a part of it in the search box.")


def unnamed(what: str) -> None:
    """The address names nothing."""
    st.title(f"Which {what}?", anchor=False)
    st.text(f"The address of this page names no {what}. Find one in the search box above, or start from the queue.")


def nobody(*, failed: bool) -> None:
    """Nobody is signed in; `failed` is whether somebody just tried to."""
    st.title("Sign in", anchor=False)
    if failed:
        st.error("Signing in came to nothing. Try again; if it goes on, tell who runs these pages.", icon=":material/error:")
    st.text("These pages are for people who are known here. Everything that is looked at and done is recorded.")
    st.button("Sign in", type="primary", icon=":material/login:", on_click=st.login)


def trouble(error: LinkageError) -> None:
    """Something cannot be answered now, or not to who asks."""
    denied = isinstance(error, Denied)
    st.error("This is not for your role." if denied else "This cannot be shown now.", icon=":material/error:")
    st.text(str(error))


def notices() -> None:
    """What came of what was asked for in the last run, once."""
    for done, said in st.session_state.pop(session.NOTICES, []):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.badge("done" if done else "not done", color="green" if done else "red", width="content")
            st.text(plain(said, LONG), width="stretch")
