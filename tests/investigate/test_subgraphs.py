from __future__ import annotations

import pytest

from linkage.errors import NotFound
from linkage.investigate import subgraph
from linkage.investigate.subgraphs import account_node, identifier_node
from linkage.store import Snapshot


def test_the_whole_cluster_where_it_fits(snapshot: Snapshot) -> None:
    graph = subgraph(snapshot, "harvest", 100)
    assert graph.graph == {"cluster_id": "harvest", "accounts": 5, "identifiers": 3}
    assert {data["type"] for _, data in graph.nodes(data=True)} == {"account", "identifier"}
    assert graph.number_of_nodes() == 8
    assert graph[account_node("a2")][identifier_node("scaffold", "template-1")]["weight"] == 0.8
    assert graph.nodes[account_node("a5")]["role"] == "associate"
    assert graph.nodes[identifier_node("payment", "card-1")]["inside"] == 3


@pytest.mark.parametrize("limit", [0, 1, 2, 4, 6])
def test_no_more_nodes_than_asked_for(snapshot: Snapshot, limit: int) -> None:
    graph = subgraph(snapshot, "harvest", limit)
    assert graph.number_of_nodes() <= limit
    assert all({graph.nodes[a]["type"], graph.nodes[b]["type"]} == {"account", "identifier"} for a, b in graph.edges)


def test_the_same_picture_every_time(snapshot: Snapshot) -> None:
    first, second = (subgraph(snapshot, "harvest", 5) for _ in range(2))
    assert list(first.nodes(data=True)) == list(second.nodes(data=True))
    assert list(first.edges(data=True)) == list(second.edges(data=True))


def test_no_two_identifiers_share_a_node() -> None:
    assert identifier_node("a/b", "c") != identifier_node("a", "b/c")
    assert account_node("i/x/y") != identifier_node("x", "y")


def test_no_such_cluster(snapshot: Snapshot) -> None:
    with pytest.raises(NotFound):
        subgraph(snapshot, "nothing", 10)
