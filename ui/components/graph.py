"""The graph of a cluster in its three views, and what is done with it: expanding, paths, finding, selecting.

What the browser asks for comes as a trigger, which lasts one run: callbacks write what it changes into the session.
"""

from __future__ import annotations

from typing import Any, Final

import streamlit as st

from linkage.investigate import ClusterSummary
from linkage.views import Groups, Picture, account_of, neighbours
from linkage.views.nodes import account_node
from ui import graph_component, links, reading, session, words
from ui.components import drawing, whole
from ui.components.marks import Mark, marks

#: Nodes in the graph at most: beyond that nothing can be told apart, and it is slow.
MOST: Final = 2_000
HEIGHT: Final = 740
_VIEWS: Final = {"links": "Links", "groups": "Groups", "all": "All accounts"}


def view_of(cluster: ClusterSummary) -> str:
    """The view in which the graph is."""
    chosen = st.session_state.get(session.graph_view(cluster.cluster_id))
    return chosen if chosen in _VIEWS else "groups" if cluster.size >= reading.FOLDED else "links"


def graph(cluster: ClusterSummary) -> None:
    """Draw the choice of the view, and the graph in it."""
    cluster_id = cluster.cluster_id
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.header("Graph", anchor=False, width="content")
        st.segmented_control(
            "View of the graph",
            list(_VIEWS),
            key=session.graph_view(cluster_id),
            default=view_of(cluster),
            required=True,
            format_func=_VIEWS.__getitem__,
            label_visibility="collapsed",
            persist_state="session",
            help="Links: accounts and what ties them. Groups: accounts on the same hubs as one. All accounts: the whole.",
        )
    if not graph_component.built():
        st.error("The graph was not bundled when this was installed: run 'make frontend', or install the wheel.")
        return
    view = view_of(cluster)
    if view == "all":
        whole.draw(cluster)
        return
    data = _links(cluster) if view == "links" else _groups(cluster)
    on = {name: _acting(cluster, view, name, act) for name, act in _ACTS.items()}
    graph_component.links({**data, "places": drawing.placed(data)}, key=_key(cluster_id, view), on=on)


def _key(cluster_id: str, view: str) -> str:
    return f"graph/{view}/{cluster_id}"


def shown_nodes(cluster: ClusterSummary) -> tuple[str, ...]:
    """The nodes of the Links view: those with which it begins, and those that were asked for."""
    start = reading.start_of(cluster.cluster_id, nodes=reading.START)
    return tuple(dict.fromkeys((*start, *_added(cluster.cluster_id, "links"))))


def _added(cluster_id: str, view: str) -> tuple[str, ...]:
    return tuple(st.session_state.get(session.graph_added(f"{view}/{cluster_id}")) or ())


def _links(cluster: ClusterSummary) -> dict[str, Any]:
    picture = reading.picture_of(cluster.cluster_id, shown_nodes(cluster))
    accounts = sum(node.type == "account" and node.cluster_id == cluster.cluster_id for node in picture.nodes)
    says = (
        f"{accounts:,} of {cluster.size:,} accounts, with what ties them most. "
        "Select a node to see why it is linked; ? lists the keys."
    )
    return {
        **_common(cluster, "links", picture),
        **drawing.drawn(picture, cluster.cluster_id),
        "says": says,
        "nothing": "" if picture.ties else "No identifier that counts is on two of its accounts, so nothing ties them here.",
        "active": _active(cluster, picture),
    }


def _groups(cluster: ClusterSummary) -> dict[str, Any]:
    cluster_id = cluster.cluster_id
    found = reading.groups_of(cluster_id)
    hubs = reading.picture_of(cluster_id, found.hubs)
    added = [name for name in _added(cluster_id, "groups") if account_of(name) is not None]
    accounts = reading.picture_of(cluster_id, (*found.hubs, *added))
    busy = _busy(cluster, found)
    data = drawing.folded(found, hubs, busy)
    data = _unfolded(data, accounts, cluster_id, reading.whole(cluster_id).accounts, found.group.tolist())
    left = f" {words.count(found.left_out)} accounts in smaller groups are left out." if found.left_out else ""
    return {
        **_common(cluster, "groups", accounts),
        **data,
        "says": f"{cluster.size:,} accounts in {len(found.groups):,} groups: those on the same hubs are one circle; a line says that "
        f"some of them are on a hub, the thicker the more.{left} Expand a group to see accounts of it.",
        "nothing": "" if found.groups else "It has no accounts to fold.",
        "active": None
        if busy is None
        else [*(f"g/{number}" for number, n in enumerate(busy) if n), *(_active(cluster, accounts) or ())],
    }


def _busy(cluster: ClusterSummary, found: Groups) -> list[int] | None:
    """How many of each group were active in the time that is looked at; None where that is all of it."""
    window = st.session_state.get(session.window(cluster.cluster_id))
    if window is None:
        return None
    active = reading.active(cluster.cluster_id, window)
    count = [0] * len(found.groups)
    for name, group in zip(reading.whole(cluster.cluster_id).accounts, found.group.tolist(), strict=True):
        if group >= 0 and name in active:
            count[group] += 1
    return count


def _unfolded(
    data: dict[str, Any], picture: Picture, cluster_id: str, names: tuple[str, ...], group: list[int]
) -> dict[str, Any]:
    """The same with the accounts that were taken out of their groups."""
    number = dict(zip(names, group, strict=True))
    nodes, ties = list(data["nodes"]), list(data["ties"])
    place = {node["id"]: i for i, node in enumerate(nodes)}
    drawn = drawing.drawn(picture, cluster_id)["nodes"]
    for node, facts in zip(picture.nodes, drawn, strict=True):
        if node.type == "account":
            place[node.id] = len(nodes)
            nodes.append({**facts, "around": []})
            home = place.get(f"g/{number.get(node.name)}")
            if home is not None:
                ties.append([home, place[node.id], 0.3])
    return {"nodes": nodes, "ties": ties}


def _common(cluster: ClusterSummary, view: str, picture: Picture) -> dict[str, Any]:
    families = {node.kind: node.family for node in picture.nodes if node.kind is not None and node.family is not None}
    return {
        "key": f"{reading.snapshot().id}/{view}/{cluster.cluster_id}",
        "label": f"Graph of cluster {words.plain(cluster.cluster_id, 24)}",
        "file": _file_name(cluster.cluster_id),
        "height": HEIGHT,
        "marks": drawing.marks_of(kind_marks(cluster, picture), families),
        "answer": st.session_state.get(session.graph_answer(f"{view}/{cluster.cluster_id}")),
    }


def kind_marks(cluster: ClusterSummary, picture: Picture | None = None) -> dict[str, Mark]:
    """The marks of all kinds on the page, the same in the tables as in the graph."""
    shared = reading.cluster_detail(cluster.cluster_id, identifiers=reading.IDENTIFIERS).identifiers
    kinds = {item.kind for item in shared}
    if picture is not None:
        kinds |= {node.kind for node in picture.nodes if node.kind is not None}
    return marks(kinds)


def _file_name(cluster_id: str) -> str:
    return "cluster-" + "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in cluster_id)[:60]


def _active(cluster: ClusterSummary, picture: Picture) -> list[str] | None:
    window = st.session_state.get(session.window(cluster.cluster_id))
    if window is None:
        return None
    active = reading.active(cluster.cluster_id, window)
    return [node.id for node in picture.nodes if node.type == "account" and node.name in active]


# What the browser asks for.


def _acting(cluster: ClusterSummary, view: str, event: str, act: Any) -> Any:
    def callback() -> None:
        value = (st.session_state.get(_key(cluster.cluster_id, view)) or {}).get(event)
        if isinstance(value, dict):
            act(cluster, view, value)

    return callback


def _texts(value: object, most: int) -> list[str]:
    return [each for each in value if isinstance(each, str)][:most] if isinstance(value, list) else []


def _answer(
    cluster: ClusterSummary, view: str, kind: str, says: str, nodes: tuple[str, ...] = (), node: str | None = None
) -> None:
    key = session.graph_answer(f"{view}/{cluster.cluster_id}")
    before = st.session_state.get(key) or {"number": 0}
    st.session_state[key] = {"number": before["number"] + 1, "kind": kind, "says": says, "nodes": list(nodes), "node": node}


def _add(cluster: ClusterSummary, view: str, nodes: tuple[str, ...]) -> None:
    key = session.graph_added(f"{view}/{cluster.cluster_id}")
    st.session_state[key] = tuple(dict.fromkeys((*_added(cluster.cluster_id, view), *nodes)))


def select(cluster: ClusterSummary, view: str, value: dict[str, Any]) -> None:
    """Nodes were selected."""
    st.session_state[session.graph_selected(cluster.cluster_id)] = tuple(_texts(value.get("nodes"), 200))


def _expand(cluster: ClusterSummary, view: str, value: dict[str, Any]) -> None:
    asked = _texts(value.get("nodes"), 20)
    among = _texts(value["among"], 50) if isinstance(value.get("among"), list) else None
    order = "least" if value.get("order") == "least" else "most"
    limit = max(1, min(500, int(value["limit"]) if isinstance(value.get("limit"), int | float) else 50))
    shown = set(_shown(cluster, view))
    room = MOST - len(shown)
    if room <= 0:
        _answer(cluster, view, "full", f"The graph is full with {MOST:,} nodes: hide nothing, but open the view All accounts.")
        return
    fresh: list[str] = []
    for node in asked:
        there = shown | set(fresh)
        fresh += _next_to(cluster, node, among, order, min(limit, room - len(fresh)), there)
    if not fresh:
        _answer(cluster, view, "expand", "Nothing of that kind is left to show.", node=asked[0] if asked else None)
        return
    _add(cluster, view, tuple(fresh))
    full = f" The graph is full with {MOST:,} nodes." if len(fresh) >= room else ""
    _answer(cluster, view, "expand", f"{len(fresh):,} shown, nothing else moved.{full}", tuple(fresh), asked[0])


def _shown(cluster: ClusterSummary, view: str) -> tuple[str, ...]:
    return shown_nodes(cluster) if view == "links" else _added(cluster.cluster_id, view)


def _next_to(
    cluster: ClusterSummary, node: str, among: list[str] | None, order: str, limit: int, there: set[str]
) -> tuple[str, ...]:
    if not node.startswith("g/"):
        return neighbours(reading.snapshot(), cluster.cluster_id, node, among=among, order=order, limit=limit, without=there)
    found = reading.groups_of(cluster.cluster_id).groups
    number = int(node[2:]) if node[2:].isdecimal() else -1
    if not 0 <= number < len(found):
        return ()
    names = [account_node(name) for name in found[number].examples]
    return tuple([name for name in names if name not in there][:limit])


def _path(cluster: ClusterSummary, view: str, value: dict[str, Any]) -> None:
    ends = _texts(value.get("nodes"), 2)
    if len(ends) < 2 or any(end.startswith("g/") for end in ends):
        _answer(cluster, view, "path", "A path is between two accounts or identifiers.")
        return
    way = reading.way(cluster.cluster_id, ends[0], ends[1])
    if not way:
        _answer(cluster, view, "path", "No chain of identifiers that count joins these two.")
        return
    _add(cluster, view, way)
    told = " – ".join(words.node(node) for node in way)
    _answer(cluster, view, "path", f"{len(way) - 1} steps: {told}", way, way[0])


def _find(cluster: ClusterSummary, view: str, value: dict[str, Any]) -> None:
    text = value.get("text")
    asked = text.strip()[:500] if isinstance(text, str) else ""
    found = [hit for hit in reading.hits(asked, limit=10) if hit.type != "cluster"] if asked else []
    if view != "links" or not found:
        where = "in the snapshot" if view == "links" else "in this view; Links finds any account and identifier"
        _answer(cluster, view, "find", f"Nothing called {words.plain(asked)} is {where}.")
        return
    node = links.node_of(found[0])
    _add(cluster, view, (node,))
    _answer(cluster, view, "find", f"{words.plain(found[0].value)} was not shown; now it is.", (node,), None)


_ACTS: Final = {"select": select, "expand": _expand, "path": _path, "find": _find}
