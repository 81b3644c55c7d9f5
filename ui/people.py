"""Who looks at the pages, and the book of what people decide.

Without sign-in the pages listen on this machine only, and whoever looks is who started them. With sign-in it is who
the provider says. Roles are asked in linkage.access, not here.
"""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable
from pathlib import Path

import streamlit as st

from linkage.access import Action, Identity, access_file, allows, load_access
from linkage.cases import Case, CaseBook
from linkage.errors import Denied, LinkageError
from ui import reading, session, sign_in


def name() -> str:
    """The name of who looks. Raises Denied: nobody signed in, or too long ago."""
    if sign_in.settings() is None:
        return local_name()
    found = sign_in.name_in_session()
    if found is None:
        raise Denied("nobody is signed in here any more; open the page again and sign in")
    return found


def known() -> bool:
    """Whether it is known who looks: always, where nobody signs in."""
    return sign_in.settings() is None or sign_in.name_in_session() is not None


def admit(page: str) -> None:
    """Let in who may look at anything. Raises Denied, once that try is recorded: once in a session for each page."""
    who = me()
    if allows(who.role, Action.view):
        return
    tried: set[str] = st.session_state.setdefault(session.TURNED_AWAY, set())
    if page not in tried:
        tried.add(page)
        book().gate.check(who, Action.view, f"page:{page}", None)
    raise Denied(f"{who.name} has no role here; ask an admin of this store for one")


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
    return book_of(reading.store())


def book_of(store: Path) -> CaseBook:
    """The cases of a store, with the roles as its settings give them now. Raises ConfigError."""
    try:
        found = access_file(store).stat()
    except OSError:
        return _book(str(store), None)
    return _book(str(store), (found.st_mtime_ns, found.st_size, found.st_ino))


# A role that was taken away is gone with the next click, not with the next start: the settings' file is in the key.
@st.cache_resource(max_entries=4, show_spinner=False)
def _book(store: str, roles: tuple[int, int, int] | None) -> CaseBook:
    return CaseBook(Path(store), access=load_access(Path(store), named_only=sign_in.settings() is not None))


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
