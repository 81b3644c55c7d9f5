"""What the browser asks of the view All accounts: selecting, expanding, paths, opening a page.

Nodes that the cluster has are numbers there, others ids. A trigger lasts one run: callbacks leave their answer in the
session, and it is drawn once, by its number.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, Final

import streamlit as st

from linkage.investigate import ClusterSummary
from linkage.views import Incidence, account_of, identifier_of, neighbours
from linkage.views.nodes import account_node, identifier_node
from ui import links, reading, session, words
from ui.components import drawing, navigation

#: As many nodes as one answer brings, and as many as are looked at at once.
_MOST: Final = 500
_AT_ONCE: Final = 20
Asked = dict[str, Any]
Named = int | str


def answer_of(cluster_id: str) -> dict[str, Any] | None:
    """The last answer; None where nothing was asked."""
    found = st.session_state.get(session.graph_answer(f"all/{cluster_id}"))
    return found if isinstance(found, dict) else None


def callbacks(cluster: ClusterSummary, key: str) -> dict[str, Callable[[], None]]:
    """A callback for each event of the view whose component has this key."""

    def calling(event: str, act: Callable[[ClusterSummary, Asked], None]) -> Callable[[], None]:
        def callback() -> None:
            value = (st.session_state.get(key) or {}).get(event)
            if isinstance(value, dict):
                act(cluster, value)

        return callback

    return {event: calling(event, act) for event, act in _ACTS.items()}


def node_of(whole: Incidence, number: int) -> str:
    """The id of a node of the whole."""
    if number < whole.size:
        return account_node(whole.accounts[number])
    return identifier_node(whole.kinds[number - whole.size], whole.values[number - whole.size])


def _nodes(whole: Incidence, given: object, most: int) -> list[str]:
    """The ids of what the browser named."""
    found = []
    for each in given if isinstance(given, list) else []:
        if isinstance(each, int) and 0 <= each < whole.nodes:
            found.append(node_of(whole, each))
        elif isinstance(each, str) and (account_of(each) is not None or identifier_of(each) is not None):
            found.append(each)
        if len(found) == most:
            break
    return found


def _numbers(whole: Incidence, nodes: list[str]) -> dict[str, Named]:
    """What each node is called in the browser."""
    wanted = set(nodes)
    mine = {name: n for n, account in enumerate(whole.accounts) if (name := account_node(account)) in wanted}
    for n, (kind, value) in enumerate(zip(whole.kinds, whole.values, strict=True)):
        if (name := identifier_node(kind, value)) in wanted:
            mine[name] = whole.size + n
    return {node: mine.get(node, node) for node in nodes}


def _answer(cluster: ClusterSummary, kind: str, says: str, **values: Any) -> None:
    before = answer_of(cluster.cluster_id) or {"number": 0}
    st.session_state[session.graph_answer(f"all/{cluster.cluster_id}")] = {
        "number": before["number"] + 1, "kind": kind, "says": says, "node": None, **values,
    }  # fmt: skip


def _select(cluster: ClusterSummary, value: Asked) -> None:
    chosen = _nodes(reading.whole(cluster.cluster_id), value.get("nodes"), 200)
    st.session_state[session.graph_selected(cluster.cluster_id)] = tuple(chosen)


def _around(cluster: ClusterSummary, value: Asked) -> None:
    """What is around a node, by kind: the browser asks with it which of it to show."""
    whole = reading.whole(cluster.cluster_id)
    nodes = _nodes(whole, value.get("nodes"), 1)
    picture = reading.picture_of(cluster.cluster_id, tuple(nodes))
    if picture.nodes:
        drawn = drawing.drawn(picture, cluster.cluster_id)["nodes"][0]
        named = _numbers(whole, nodes)[nodes[0]]
        _answer(cluster, "around", drawn["label"], node=named, around=drawn["around"])


def _expand(cluster: ClusterSummary, value: Asked) -> None:
    whole = reading.whole(cluster.cluster_id)
    nodes = _nodes(whole, value.get("nodes"), _AT_ONCE)
    asked, kinds = value.get("near"), value.get("among")
    near = asked if isinstance(asked, list) else []
    among = [each for each in kinds if isinstance(each, str)] if isinstance(kinds, list) else None
    order = "least" if value.get("order") == "least" else "most"
    limit = max(1, min(_MOST, int(value["limit"]) if isinstance(value.get("limit"), int | float) else 50))
    ties: list[tuple[str, str]] = []
    for place, node in enumerate(nodes):
        there = _nodes(whole, near[place] if place < len(near) else [], whole.nodes)
        found = neighbours(
            reading.snapshot(),
            cluster.cluster_id,
            node,
            among=among,
            order=order,
            limit=min(limit, _MOST - len(ties)),
            without=there,
        )
        ties += [(node, other) for other in found]
    if not ties:
        _answer(cluster, "expand", "Nothing of that kind is left to show.")
        return
    _bring(cluster, whole, "expand", ties, nodes[0], f"{len(ties):,} shown, nothing else moved.")


def _path(cluster: ClusterSummary, value: Asked) -> None:
    whole = reading.whole(cluster.cluster_id)
    ends = _nodes(whole, value.get("nodes"), 2)
    if len(ends) < 2:
        return
    way = reading.way(cluster.cluster_id, ends[0], ends[1])
    if not way:
        _answer(cluster, "path", "No chain of identifiers that count joins these two.")
        return
    told = " – ".join(words.node(node) for node in way)
    _bring(cluster, whole, "path", list(pairwise(way)), way[0], f"{len(way) - 1} steps: {told}", way)


def _bring(
    cluster: ClusterSummary,
    whole: Incidence,
    kind: str,
    ties: list[tuple[str, str]],
    node: str,
    says: str,
    way: tuple[str, ...] = (),
) -> None:
    """Answer with links, and with the nodes at their ends that are not the cluster's."""
    names = list(dict.fromkeys([node, *(end for tie in ties for end in tie), *way]))
    named = _numbers(whole, names)
    outside = tuple(name for name in names if isinstance(named[name], str))
    picture = reading.picture_of(cluster.cluster_id, outside)
    looks = reading.whole_drawing(cluster.cluster_id).look_numbers
    fresh = [
        {
            "id": facts["id"],
            "label": facts["label"],
            "title": facts["title"],
            "look": looks[facts["mark"]],
            "size": facts["size"] / 2.5,
            "strength": facts.get("strength", 0),
            "around": sum(n for _, _, n in facts["around"]),
        }
        for facts in drawing.drawn(picture, cluster.cluster_id)["nodes"]
        if facts["mark"] in looks
    ]
    _answer(
        cluster, kind, says, node=named[node], fresh=fresh, links=[[named[a], named[b]] for a, b in ties],
        way=[named[each] for each in way],
    )  # fmt: skip


def _open(cluster: ClusterSummary, value: Asked) -> None:
    for node in _nodes(reading.whole(cluster.cluster_id), value.get("nodes"), 1):
        account, key = account_of(node), identifier_of(node)
        navigation.ask(links.account(account) if account is not None else links.identifier(*(key or ("", ""))))
        st.session_state[session.REDRAW] = True


def _fall_back(cluster: ClusterSummary, value: Asked) -> None:
    st.session_state[session.graph_view(cluster.cluster_id)] = "groups"


_ACTS: Final[dict[str, Callable[[ClusterSummary, Asked], None]]] = {
    "select": _select,
    "around": _around,
    "expand": _expand,
    "path": _path,
    "open": _open,
    "fallback": _fall_back,
}
