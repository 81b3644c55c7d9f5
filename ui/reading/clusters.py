"""What is known of a cluster: its figures, members, bridges, changes, and what speaks for it."""

from __future__ import annotations

from typing import Final

import streamlit as st

from linkage.investigate import (
    Bridge,
    ClusterDetail,
    CounterEvidence,
    CutLink,
    Member,
    Move,
    bridges,
    cluster,
    cluster_members,
    counter_evidence,
    cut_link,
)
from linkage.store import Snapshot
from linkage.views import Window, members_of
from ui.reading import pictures
from ui.reading.opened import before, snapshot
from ui.reading.pictures import active

#: Identifiers and bridges that the page of a cluster shows at most.
IDENTIFIERS: Final = 50
BRIDGES: Final = 5
#: Members on one page of them.
MEMBERS: Final = 25


def cluster_detail(cluster_id: str, *, identifiers: int) -> ClusterDetail:
    """A cluster without its members. Raises NotFound."""
    return _cluster(snapshot(), snapshot().id, cluster_id, identifiers)


def members_page(cluster_id: str, *, limit: int, offset: int) -> tuple[Member, ...]:
    """A page of a cluster's members, core first."""
    return _page(snapshot(), snapshot().id, cluster_id, limit, offset)


def counter_of(cluster_id: str) -> CounterEvidence:
    """What speaks for the accounts of a cluster."""
    return _counter(snapshot(), snapshot().id, cluster_id)


def moved(cluster_id: str) -> tuple[Move, ...] | None:
    """Who joined and left a cluster since the snapshot before; None where there is none."""
    earlier = before()
    return None if earlier is None else _moved(earlier, snapshot(), earlier.id, snapshot().id, cluster_id)


def members_active(cluster_id: str, window: Window) -> dict[str, list[Member]]:
    """The members of a cluster that were active in a window: core and associates, the busiest in it first."""
    busy = active(cluster_id, window)
    found: dict[str, list[Member]] = {"core": [], "associates": []}
    for member in _members(snapshot(), snapshot().id, cluster_id):
        if member.account_id in busy:
            found["core" if member.role == "core" else "associates"].append(member)
    for each in found.values():
        each.sort(key=lambda member: (-busy[member.account_id], member.account_id))
    return found


def bridges_of(cluster_id: str, *, limit: int) -> tuple[Bridge, ...]:
    """The identifiers through which a cluster is nearest to others."""
    return _bridges(snapshot(), snapshot().id, cluster_id, limit)


def cut_of(cluster_id: str, kind: str, value: str) -> CutLink:
    """What a cluster would be without an identifier. Raises NotFound, StoreError."""
    return _cut(snapshot(), snapshot().id, cluster_id, kind, value)


def names_of(cluster_id: str) -> list[str]:
    """The accounts of a cluster."""
    return members_of(snapshot(), cluster_id)


def ahead(opened: Snapshot, snapshot_id: str, cluster_id: str) -> None:
    """Read what the page of a cluster asks first, before anybody opens it. Raises NotFound, StoreError."""
    _cluster(opened, snapshot_id, cluster_id, IDENTIFIERS)
    _bridges(opened, snapshot_id, cluster_id, BRIDGES)
    _page(opened, snapshot_id, cluster_id, MEMBERS, 0)
    pictures.ahead(opened, snapshot_id, cluster_id)


# What takes longest on large clusters is kept, for a click on the page asks for it again. Records are frozen, so
# sessions share them as they are; a handful is enough, and bounds the memory.
@st.cache_resource(max_entries=24, show_spinner=False)
def _cluster(_snapshot: Snapshot, snapshot_id: str, cluster_id: str, identifiers: int) -> ClusterDetail:
    return cluster(_snapshot, cluster_id, identifiers=identifiers, members=0)


@st.cache_resource(max_entries=64, show_spinner=False)
def _page(_snapshot: Snapshot, snapshot_id: str, cluster_id: str, limit: int, offset: int) -> tuple[Member, ...]:
    return cluster_members(_snapshot, cluster_id, limit=limit, offset=offset)


@st.cache_resource(max_entries=32, show_spinner="Looking for what speaks for these accounts…")
def _counter(_snapshot: Snapshot, snapshot_id: str, cluster_id: str) -> CounterEvidence:
    return counter_evidence(_snapshot, cluster_id)


@st.cache_resource(max_entries=64, show_spinner=False)
def _moved(_old: Snapshot, _new: Snapshot, old_id: str, new_id: str, cluster_id: str) -> tuple[Move, ...]:
    members = "SELECT account_id FROM members WHERE cluster_id = ?"
    were = set(_old.query(members, [cluster_id])["account_id"].to_pylist())
    now = set(_new.query(members, [cluster_id])["account_id"].to_pylist())
    joined = [Move(name, None, cluster_id) for name in sorted(now - were)]
    return (*joined, *(Move(name, cluster_id, None) for name in sorted(were - now)))


@st.cache_resource(max_entries=4, show_spinner=False)
def _members(_snapshot: Snapshot, snapshot_id: str, cluster_id: str) -> tuple[Member, ...]:
    return cluster_members(_snapshot, cluster_id)


@st.cache_resource(max_entries=64, show_spinner=False)
def _bridges(_snapshot: Snapshot, snapshot_id: str, cluster_id: str, limit: int) -> tuple[Bridge, ...]:
    return bridges(_snapshot, cluster_id, limit, cuts=()).outward


@st.cache_resource(max_entries=256, show_spinner=False)
def _cut(_snapshot: Snapshot, snapshot_id: str, cluster_id: str, kind: str, value: str) -> CutLink:
    return cut_link(_snapshot, cluster_id, kind, value)


#: What is kept here for all sessions.
KEPT: Final = (_cluster, _page, _counter, _moved, _members, _bridges, _cut)
