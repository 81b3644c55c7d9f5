"""The one open snapshot that every session reads.

A run of a page reads one snapshot from its first line to its last. Which one is settled in app.py by `follow`, and
fragments, which run later and alone, go on with that one. Another is followed only by a run of the whole page.
"""

from __future__ import annotations

import os
from pathlib import Path

import streamlit as st

from linkage.errors import NotFound, StoreError
from linkage.store import Snapshot, current, open_snapshot, previous
from linkage.views import Rebuild, rebuilds
from ui import session

STORE_VARIABLE = "LINKAGE_STORE"
_TRIES = 5


def store() -> Path:
    """The folder of the store. Raises StoreError: none was named."""
    named = os.environ.get(STORE_VARIABLE, "").strip()
    if not named:
        raise StoreError(f"no store was named; start the pages with 'linkage ui --store STORE', or set {STORE_VARIABLE}")
    return Path(named)


def in_service() -> str:
    """Id of the published snapshot. Raises StoreError: no store there, or it was never rebuilt."""
    return current(store())


def follow() -> str | None:
    """Settle which snapshot this run reads: the published one. The id of the one it follows, when that is another.

    Raises StoreError: no store there, it was never rebuilt, or it is damaged.
    """
    before = st.session_state.get(session.SNAPSHOT)
    st.session_state[session.SNAPSHOT] = st.session_state[session.SEEN] = None
    for attempt in range(_TRIES):
        now = st.session_state[session.SEEN] = in_service()
        try:
            _opened(str(store()), now)
            break
        except NotFound:
            # retention took it between the look and the opening: another is in service by now
            if attempt == _TRIES - 1:
                raise
    st.session_state[session.SNAPSHOT] = now
    return before if before not in (None, now) else None


def overtaken() -> bool:
    """Whether another snapshot is in service than when the page on the screen was made."""
    try:
        now = in_service()
    except StoreError:
        now = None
    return bool(now != st.session_state.get(session.SEEN))


def snapshot() -> Snapshot:
    """The snapshot of the page on the screen. Raises StoreError, NotFound: it cannot be opened any more."""
    return _opened(str(store()), st.session_state[session.SNAPSHOT])


# Evicted snapshots are not closed: a session may be in the middle of one. The last to let go of it closes it.
@st.cache_resource(max_entries=3, show_spinner=False)
def _opened(store: str, snapshot_id: str) -> Snapshot:
    return open_snapshot(Path(store), snapshot_id)


def before() -> Snapshot | None:
    """The snapshot before the one on the screen, opened; None where there is none any more."""
    try:
        earlier = previous(store(), snapshot().id)
        return None if earlier is None else _opened(str(store()), earlier)
    except (NotFound, StoreError):
        return None


def rebuild_list() -> tuple[Rebuild, ...]:
    """The stored snapshots up to the one on the screen, oldest first."""
    found = rebuilds(store())
    place = next((number for number, each in enumerate(found) if each.snapshot_id == snapshot().id), len(found) - 1)
    return found[: place + 1]
