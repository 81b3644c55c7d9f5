"""The one open snapshot that every session reads, and answers from it that are kept.

A run of a page reads one snapshot from its first line to its last. Which one is settled in app.py by `follow`, and
fragments, which run later and alone, go on with that one. Another is followed only by a run of the whole page.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from linkage.cases import Case
from linkage.errors import NotFound, StoreError
from linkage.investigate import (
    AccountDetail,
    Bridge,
    ClusterDetail,
    CounterEvidence,
    CutLink,
    Explanation,
    Hit,
    IdentifierDetail,
    Member,
    Move,
    account,
    bridges,
    cluster,
    cluster_members,
    counter_evidence,
    cut_link,
    explain,
    identifier,
    search,
)
from linkage.investigate.counting import count_clusters
from linkage.store import Snapshot, current, open_snapshot, previous
from linkage.views import (
    Course,
    Desk,
    Dot,
    FamilyAtWork,
    Groups,
    Heat,
    Incidence,
    Picture,
    Rebuild,
    Shared,
    Standing,
    Window,
    account_heat,
    active_in,
    course_of,
    day_heat,
    days_to_flag,
    desk,
    dots,
    events_of,
    families_at_work,
    groups,
    incidence,
    kept_places,
    members_of,
    picture,
    quick_places,
    rebuilds,
    shared_by,
    sparks,
    starting_nodes,
)
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


def desk_page(
    cases: tuple[Case, ...],
    *,
    show: str,
    order: str,
    families: tuple[str, ...],
    events: tuple[str, ...],
    limit: int,
    offset: int,
) -> Desk:
    """A page of the queue, seen by who looks."""
    from ui import people

    standings = [
        Standing(case.cluster_id, str(case.status), case.assignee, None if case.lease is None else case.lease.holder)
        for case in cases
    ]
    return desk(
        snapshot(),
        standings,
        who=people.name(),
        show=show,
        order=order,
        families=families,
        events=events,
        limit=limit,
        offset=offset,
    )


def spark_lines(clusters: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """Requests over time of each cluster."""
    return _sparks(snapshot(), snapshot().id, clusters)


def family_names() -> list[str]:
    """The families of evidence at work in the snapshot, the most frequent first."""
    return [each.family for each in families()]


def families() -> tuple[FamilyAtWork, ...]:
    """The families of evidence at work in the snapshot."""
    return _families(snapshot(), snapshot().id)


def cluster_count(*, flagged: bool) -> int:
    """How long the queue is."""
    return count_clusters(snapshot(), flagged=flagged)


def cluster_detail(cluster_id: str, *, identifiers: int) -> ClusterDetail:
    """A cluster without its members. Raises NotFound."""
    return _cluster(snapshot(), snapshot().id, cluster_id, identifiers)


def members_page(cluster_id: str, *, limit: int, offset: int) -> tuple[Member, ...]:
    """A page of a cluster's members, core first."""
    return cluster_members(snapshot(), cluster_id, limit=limit, offset=offset)


def start_of(cluster_id: str, *, nodes: int) -> tuple[str, ...]:
    """The nodes with which a cluster's graph begins. Raises NotFound."""
    return _start(snapshot(), snapshot().id, cluster_id, nodes)


def picture_of(cluster_id: str, nodes: tuple[str, ...]) -> Picture:
    """The picture of these nodes."""
    return _picture(snapshot(), snapshot().id, cluster_id, nodes)


def whole(*clusters: str) -> Incidence:
    """All accounts of clusters with what ties them, as arrays; not to be changed."""
    return _whole(snapshot(), snapshot().id, clusters)


@dataclass(frozen=True)
class WholeDrawing:
    """The whole of a cluster as columns; `settled` is whether its layout was computed ahead, and not sketched now."""

    looks: list[dict[str, Any]]
    columns: dict[str, np.ndarray]
    names: list[str]
    settled: bool


def whole_drawing(cluster_id: str) -> WholeDrawing:
    """The whole of a cluster as it is drawn; not to be changed."""
    members = whole(cluster_id)
    kept = _kept(snapshot().id, cluster_id, members.nodes)
    return _drawing(snapshot(), snapshot().id, cluster_id, settled=kept)


def counter_of(cluster_id: str) -> CounterEvidence:
    """What speaks for the accounts of a cluster."""
    return _counter(snapshot(), snapshot().id, cluster_id)


def before() -> Snapshot | None:
    """The snapshot before the one on the screen, opened; None where there is none any more."""
    try:
        earlier = previous(store(), snapshot().id)
        return None if earlier is None else _opened(str(store()), earlier)
    except (NotFound, StoreError):
        return None


def moved(cluster_id: str) -> tuple[Move, ...] | None:
    """Who joined and left a cluster since the snapshot before; None where there is none."""
    earlier = before()
    return None if earlier is None else _moved(earlier, snapshot(), earlier.id, snapshot().id, cluster_id)


@dataclass(frozen=True)
class Overview:
    """The whole snapshot at a glance."""

    dots: tuple[Dot, ...]
    events: dict[str, tuple[int, int]]
    days: tuple[float, ...]


def overview() -> Overview:
    """The whole snapshot at a glance."""
    return _overview(snapshot(), snapshot().id)


def rebuild_list() -> tuple[Rebuild, ...]:
    """The stored snapshots up to the one on the screen, oldest first."""
    found = rebuilds(store())
    place = next((number for number, each in enumerate(found) if each.snapshot_id == snapshot().id), len(found) - 1)
    return found[: place + 1]


def names_of(cluster_id: str) -> list[str]:
    """The accounts of a cluster."""
    return members_of(snapshot(), cluster_id)


def shared_between(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[Shared, ...]:
    """Identifiers on both of two sides."""
    return _shared(snapshot(), snapshot().id, one, other)


def course(accounts: tuple[str, ...]) -> Course:
    """When accounts are active."""
    return _course(snapshot(), snapshot().id, accounts)


def groups_of(cluster_id: str) -> Groups:
    """The accounts of a cluster, folded by the hubs they share."""
    return _groups(snapshot(), snapshot().id, cluster_id)


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


def heat_of(cluster_id: str, kind: str) -> Heat:
    """When a cluster is active: by `day` or by `account`."""
    return _heat(snapshot(), snapshot().id, cluster_id, kind)


def active(cluster_id: str, window: Window) -> dict[str, int]:
    """Who of a cluster was active in a window, with requests in it."""
    return _active(snapshot(), snapshot().id, cluster_id, window)


def account_detail(account_id: str, *, identifiers: int) -> AccountDetail:
    """An account. Raises NotFound."""
    return account(snapshot(), account_id, identifiers=identifiers)


def why(account_id: str) -> str:
    """The sentence that says why an account is in its cluster."""
    return explain(snapshot(), account_id, limit=1).sentence


def explained(account_id: str, other: str | None, *, limit: int) -> Explanation:
    """Why an account is in its cluster, or why two are linked. Raises NotFound, UsageError."""
    return explain(snapshot(), account_id, other, limit=limit)


def bridges_of(cluster_id: str, *, limit: int) -> tuple[Bridge, ...]:
    """The identifiers through which a cluster is nearest to others."""
    return _bridges(snapshot(), snapshot().id, cluster_id, limit)


def cut_of(cluster_id: str, kind: str, value: str) -> CutLink:
    """What a cluster would be without an identifier. Raises NotFound, StoreError."""
    return _cut(snapshot(), snapshot().id, cluster_id, kind, value)


def identifier_detail(kind: str, value: str, *, holders: int, clusters: int) -> IdentifierDetail:
    """An identifier. Raises NotFound."""
    return identifier(snapshot(), kind, value, holders=holders, clusters=clusters)


def hits(text: str, *, limit: int) -> list[Hit]:
    """What a search finds."""
    return search(snapshot(), text, limit)


# What takes longest on large clusters is kept, for a click on the page asks for it again. Records are frozen, so
# sessions share them as they are; a handful is enough, and bounds the memory.
@st.cache_resource(max_entries=24, show_spinner=False)
def _cluster(_snapshot: Snapshot, snapshot_id: str, cluster_id: str, identifiers: int) -> ClusterDetail:
    return cluster(_snapshot, cluster_id, identifiers=identifiers, members=0)


@st.cache_resource(max_entries=64, show_spinner=False)
def _start(_snapshot: Snapshot, snapshot_id: str, cluster_id: str, nodes: int) -> tuple[str, ...]:
    return starting_nodes(_snapshot, cluster_id, nodes)


@st.cache_resource(max_entries=64, show_spinner=False)
def _picture(_snapshot: Snapshot, snapshot_id: str, cluster_id: str, nodes: tuple[str, ...]) -> Picture:
    return picture(_snapshot, cluster_id, nodes)


@st.cache_resource(max_entries=8, show_spinner=False)
def _whole(_snapshot: Snapshot, snapshot_id: str, clusters: tuple[str, ...]) -> Incidence:
    return incidence(_snapshot, clusters)


@st.cache_resource(max_entries=16, show_spinner=False)
def _groups(_snapshot: Snapshot, snapshot_id: str, cluster_id: str) -> Groups:
    members = whole(cluster_id)
    # a small cluster folded into as many circles as it has accounts would be no fold
    return groups(members, limit=min(300, max(12, members.size // 8)))


@st.cache_resource(max_entries=32, show_spinner=False)
def _heat(_snapshot: Snapshot, snapshot_id: str, cluster_id: str, kind: str) -> Heat:
    return day_heat(_snapshot, cluster_id) if kind == "day" else account_heat(_snapshot, cluster_id)


@st.cache_resource(max_entries=32, show_spinner=False)
def _active(_snapshot: Snapshot, snapshot_id: str, cluster_id: str, window: Window) -> dict[str, int]:
    return active_in(_snapshot, cluster_id, window)


@st.cache_resource(max_entries=64, show_spinner=False)
def _bridges(_snapshot: Snapshot, snapshot_id: str, cluster_id: str, limit: int) -> tuple[Bridge, ...]:
    return bridges(_snapshot, cluster_id, limit, cuts=()).outward


@st.cache_resource(max_entries=256, show_spinner=False)
def _cut(_snapshot: Snapshot, snapshot_id: str, cluster_id: str, kind: str, value: str) -> CutLink:
    return cut_link(_snapshot, cluster_id, kind, value)


def _kept(snapshot_id: str, cluster_id: str, nodes: int) -> bool:
    return kept_places(store(), snapshot_id, cluster_id, nodes) is not None


@st.cache_resource(max_entries=8, show_spinner=False)
def _drawing(_snapshot: Snapshot, snapshot_id: str, cluster_id: str, settled: bool) -> WholeDrawing:
    from ui.components.whole import columns_of

    members = whole(cluster_id)
    places = kept_places(store(), snapshot_id, cluster_id, members.nodes) if settled else None
    return WholeDrawing(*columns_of(members, quick_places(members) if places is None else places), settled)


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
def _sparks(_snapshot: Snapshot, snapshot_id: str, clusters: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    return sparks(_snapshot, clusters)


@st.cache_resource(max_entries=4, show_spinner=False)
def _families(_snapshot: Snapshot, snapshot_id: str) -> tuple[FamilyAtWork, ...]:
    return families_at_work(_snapshot)


@st.cache_resource(max_entries=4, show_spinner=False)
def _overview(_snapshot: Snapshot, snapshot_id: str) -> Overview:
    return Overview(dots(_snapshot), events_of(_snapshot), days_to_flag(_snapshot))


@st.cache_resource(max_entries=16, show_spinner=False)
def _shared(_snapshot: Snapshot, snapshot_id: str, one: tuple[str, ...], other: tuple[str, ...]) -> tuple[Shared, ...]:
    return shared_by(_snapshot, one, other, limit=26)


@st.cache_resource(max_entries=16, show_spinner=False)
def _course(_snapshot: Snapshot, snapshot_id: str, accounts: tuple[str, ...]) -> Course:
    return course_of(_snapshot, accounts)
