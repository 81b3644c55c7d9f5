"""The queue and the whole snapshot at a glance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st

from linkage.cases import Case
from linkage.investigate.counting import count_clusters
from linkage.store import Snapshot
from linkage.views import Desk, Dot, FamilyAtWork, Standing, days_to_flag, desk, dots, events_of, families_at_work, sparks
from ui.reading import clusters, entities, pictures
from ui.reading.opened import _opened, in_service, snapshot, store

#: Clusters of which the page is read ahead.
_LARGEST: Final = 2


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


def read_ahead() -> None:
    """What the queue asks first of the published snapshot, asked before anybody does. Raises StoreError."""
    now = in_service()
    opened = _opened(str(store()), now)
    count_clusters(opened, flagged=True)
    _families(opened, now)
    first = desk(opened, [], who="", show="open or mine", order="risk", families=(), events=(), limit=20, offset=0)
    _sparks(opened, now, tuple(cluster.cluster_id for cluster in first.clusters))
    # then what the longest pages ask: those of the largest clusters there are
    largest = opened.query("SELECT cluster_id FROM clusters ORDER BY size DESC, cluster_id LIMIT ?", [_LARGEST])
    for cluster_id in largest["cluster_id"].to_pylist():
        clusters.ahead(opened, now, cluster_id)


def renew() -> None:
    """Forget what was kept of earlier snapshots, and read ahead of the one in service. Raises StoreError.

    A page that still shows an earlier one reads again what it asks, until it follows within seconds.
    """
    for kept in (*clusters.KEPT, *entities.KEPT, *pictures.KEPT, _sparks, _families, _overview):
        kept.clear()
    read_ahead()


def spark_lines(names: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """Requests over time of each cluster."""
    return _sparks(snapshot(), snapshot().id, names)


def family_names() -> list[str]:
    """The families of evidence at work in the snapshot, the most frequent first."""
    return [each.family for each in families()]


def families() -> tuple[FamilyAtWork, ...]:
    """The families of evidence at work in the snapshot."""
    return _families(snapshot(), snapshot().id)


def cluster_count(*, flagged: bool) -> int:
    """How long the queue is."""
    return count_clusters(snapshot(), flagged=flagged)


@dataclass(frozen=True)
class Overview:
    """The whole snapshot at a glance."""

    dots: tuple[Dot, ...]
    events: dict[str, tuple[int, int]]
    days: tuple[float, ...]


def overview() -> Overview:
    """The whole snapshot at a glance."""
    return _overview(snapshot(), snapshot().id)


@st.cache_resource(max_entries=64, show_spinner=False)
def _sparks(_snapshot: Snapshot, snapshot_id: str, names: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    return sparks(_snapshot, names)


@st.cache_resource(max_entries=4, show_spinner=False)
def _families(_snapshot: Snapshot, snapshot_id: str) -> tuple[FamilyAtWork, ...]:
    return families_at_work(_snapshot)


@st.cache_resource(max_entries=4, show_spinner=False)
def _overview(_snapshot: Snapshot, snapshot_id: str) -> Overview:
    return Overview(dots(_snapshot), events_of(_snapshot), days_to_flag(_snapshot))
