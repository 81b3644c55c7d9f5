"""What a cluster's pictures are made of: nodes and links, groups, the whole as columns, when it is active."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import streamlit as st

from linkage.store import Snapshot
from linkage.views import (
    Groups,
    Heat,
    Incidence,
    Picture,
    Window,
    account_heat,
    active_in,
    day_heat,
    force_places,
    groups,
    incidence,
    kept_places,
    neighbour_counts,
    path_between,
    picture,
    quick_places,
    starting_nodes,
)
from linkage.views.kept import LARGE
from ui.reading.opened import snapshot, store

#: Nodes with which Links begins, and from which size on a cluster is first seen folded, in Groups.
START: Final = 110
FOLDED: Final = 1_500


def start_of(cluster_id: str, *, nodes: int) -> tuple[str, ...]:
    """The nodes with which a cluster's graph begins. Raises NotFound."""
    return _start(snapshot(), snapshot().id, cluster_id, nodes)


def picture_of(cluster_id: str, nodes: tuple[str, ...]) -> Picture:
    """The picture of these nodes."""
    return _picture(snapshot(), snapshot().id, cluster_id, nodes)


def whole(*clusters: str) -> Incidence:
    """All accounts of clusters with what ties them, as arrays; not to be changed."""
    return _whole(snapshot(), snapshot().id, clusters)


def way(cluster_id: str, one: str, other: str) -> tuple[str, ...]:
    """The nodes from `one` to `other`, both included, through the cluster and those of the two; empty where none."""
    home = {cluster_id: None}
    for node in picture_of(cluster_id, (one, other)).nodes:
        if node.cluster_id is not None:
            home[node.cluster_id] = None
    return path_between(whole(*home), one, other)


@dataclass(frozen=True)
class WholeDrawing:
    """The whole of a cluster as columns; `settled` is whether its layout was computed ahead, and not sketched now."""

    looks: list[dict[str, Any]]
    look_numbers: dict[str, int]
    columns: dict[str, np.ndarray]
    settled: bool


def whole_drawing(cluster_id: str) -> WholeDrawing:
    """The whole of a cluster as it is drawn; not to be changed."""
    members = whole(cluster_id)
    kept = _kept(snapshot().id, cluster_id, members.nodes)
    return _drawing(snapshot(), snapshot().id, cluster_id, settled=kept)


def groups_of(cluster_id: str) -> Groups:
    """The accounts of a cluster, folded by the hubs they share."""
    return _groups(snapshot(), snapshot().id, cluster_id)


def heat_of(cluster_id: str, kind: str) -> Heat:
    """When a cluster is active: by `day` or by `account`."""
    return _heat(snapshot(), snapshot().id, cluster_id, kind)


def active(cluster_id: str, window: Window) -> dict[str, int]:
    """Who of a cluster was active in a window, with requests in it."""
    return _active(snapshot(), snapshot().id, cluster_id, window)


def ahead(opened: Snapshot, snapshot_id: str, cluster_id: str) -> None:
    """Read what the pictures of a large cluster ask first, before anybody opens them. Raises NotFound, StoreError."""
    members = _whole(opened, snapshot_id, (cluster_id,))
    _heat(opened, snapshot_id, cluster_id, "day")
    if members.size >= FOLDED:
        _picture(opened, snapshot_id, cluster_id, _groups(opened, snapshot_id, cluster_id).hubs)
    else:
        _picture(opened, snapshot_id, cluster_id, _start(opened, snapshot_id, cluster_id, START))
    # without the layout it would be a sketch, which the next one throws away
    if _kept(snapshot_id, cluster_id, members.nodes):
        _drawing(opened, snapshot_id, cluster_id, settled=True)


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
    members = _whole(_snapshot, snapshot_id, (cluster_id,))
    # a small cluster folded into as many circles as it has accounts would be no fold
    return groups(members, limit=min(300, max(12, members.size // 8)))


@st.cache_resource(max_entries=32, show_spinner=False)
def _heat(_snapshot: Snapshot, snapshot_id: str, cluster_id: str, kind: str) -> Heat:
    return day_heat(_snapshot, cluster_id) if kind == "day" else account_heat(_snapshot, cluster_id)


@st.cache_resource(max_entries=32, show_spinner=False)
def _active(_snapshot: Snapshot, snapshot_id: str, cluster_id: str, window: Window) -> dict[str, int]:
    return active_in(_snapshot, cluster_id, window)


def _kept(snapshot_id: str, cluster_id: str, nodes: int) -> bool:
    return kept_places(store(), snapshot_id, cluster_id, nodes) is not None


@st.cache_resource(max_entries=8, show_spinner=False)
def _drawing(_snapshot: Snapshot, snapshot_id: str, cluster_id: str, settled: bool) -> WholeDrawing:
    from ui.components.whole import columns_of

    members = _whole(_snapshot, snapshot_id, (cluster_id,))
    places = kept_places(store(), snapshot_id, cluster_id, members.nodes) if settled else None
    if places is None:
        # a small one is laid out well as fast as a large one is sketched
        places = quick_places(members) if members.size >= LARGE else force_places(members)
    made = columns_of(members, places, neighbour_counts(_snapshot, members), _kinds(_snapshot, snapshot_id))
    return WholeDrawing(*made, settled)


@st.cache_resource(max_entries=4, show_spinner=False)
def _kinds(_snapshot: Snapshot, snapshot_id: str) -> dict[str, str]:
    """The family of every kind that links."""
    rows = _snapshot.query("SELECT DISTINCT kind, family FROM identifiers WHERE strength IS NOT NULL ORDER BY kind").to_pylist()
    return {row["kind"]: row["family"] for row in rows}


#: What is kept here for all sessions.
KEPT: Final = (_start, _picture, _whole, _groups, _heat, _active, _drawing, _kinds)
