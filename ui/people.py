"""Who looks at the pages, and the book of what people decide.

Without sign-in the pages listen on this machine only, and whoever looks is who started them. With sign-in it is who
Streamlit says. Roles are asked in linkage.access, not here.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from linkage.access import Action, Identity, allows
from linkage.cases import Case, CaseBook
from linkage.errors import LinkageError
from ui import reading, session


def name() -> str:
    """The name of who looks."""
    if getattr(st.user, "is_logged_in", False):
        return str(st.user.get("email") or st.user.get("sub") or "")
    return local_name()


def local_name() -> str:
    """The name of who started the pages."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"uid {os.getuid()}"


def me() -> Identity:
    """Who looks, with the role that the store gives. Raises ConfigError: its settings cannot be read."""
    return book().gate.identity(name())


def may(action: Action) -> bool:
    """Whether who looks may do it: for what to offer. What is done is asked again where it is done."""
    return allows(me().role, action)


def book() -> CaseBook:
    """The store's cases. Raises ConfigError."""
    return _book(str(reading.store()))


@st.cache_resource(max_entries=4, show_spinner=False)
def _book(store: str) -> CaseBook:
    return CaseBook(Path(store))


def case_of(cluster_id: str) -> Case | None:
    """The case of a cluster; None while nobody opened one."""
    return book().find(cluster_id)


def looked(action: Action, subject: str) -> None:
    """Record, before it is shown, that somebody looks at something: once in a session for each snapshot.

    Raises Denied, StoreError: it may not be shown, or that cannot be recorded.
    """
    seen: set[tuple[str, str, str]] = st.session_state.setdefault(session.LOOKED, set())
    key = (str(action), subject, reading.snapshot().id)
    if key not in seen:
        book().gate.enter(me(), action, subject, reading.snapshot().id)
        seen.add(key)


def searched(text: str) -> None:
    """Record a search before it is made: once in a session for each text. Raises Denied, StoreError."""
    seen: set[tuple[str, str, str]] = st.session_state.setdefault(session.LOOKED, set())
    key = (str(Action.search), text, reading.snapshot().id)
    if key not in seen:
        book().gate.enter(me(), Action.search, "search", reading.snapshot().id, detail={"text": text[:500]})
        seen.add(key)


def attempt(act: Callable[[], str | None]) -> bool:
    """Do something to a case from a callback; what came of it is said on the page. Whether it was done."""
    notices = st.session_state.setdefault(session.NOTICES, [])
    try:
        said = act()
    except LinkageError as error:
        notices.append((False, str(error)))
        return False
    if said:
        notices.append((True, said))
    return True
