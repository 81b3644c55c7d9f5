from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from linkage.store import Snapshot
from linkage.views import account_of, identifier_of, picture, starting_nodes
from linkage.views.nodes import account_node, identifier_node


@given(st.text(), st.text())
def test_a_node_says_what_it_stands_for(kind: str, value: str) -> None:
    assert identifier_of(identifier_node(kind, value)) == (kind, value)
    assert account_of(account_node(value)) == value
    assert account_of(identifier_node(kind, value)) is None
    assert identifier_of(account_node(value)) is None


def test_a_picture_holds_what_was_asked_for_with_all_ties_between(opened: Snapshot) -> None:
    found = picture(opened, "harvest", ["a/a4", "i/ip/203.0.113.9", "a/b3", "a/nobody", "i/ip/nothing", "a/a4"])
    assert [node.id for node in found.nodes] == ["a/a4", "i/ip/203.0.113.9", "a/b3"]
    assert [(tie.account, tie.identifier, tie.weight) for tie in found.ties] == [
        ("a/a4", "i/ip/203.0.113.9", 0.3),
        ("a/b3", "i/ip/203.0.113.9", 0.3),
    ]


def test_around_counts_every_neighbour_by_where_it_is(opened: Snapshot) -> None:
    nodes = {node.id: node for node in picture(opened, "harvest", ["a/a4", "i/ip/203.0.113.9", "i/ip/198.51.100.7"]).nodes}
    assert dict(nodes["i/ip/203.0.113.9"].around) == {"core": 1, "elsewhere": 1}
    assert dict(nodes["i/ip/198.51.100.7"].around) == {"core": 1, "associate": 1}
    assert dict(nodes["a/a4"].around) == {"ip": 2, "network": 1, "scaffold": 1}
    assert (nodes["a/a4"].role, nodes["a/a4"].flagged, nodes["a/a4"].cluster_id) == ("core", True, "harvest")


def test_it_begins_with_at_most_so_many(opened: Snapshot) -> None:
    assert len(starting_nodes(opened, "harvest", 4)) <= 4
    assert set(starting_nodes(opened, "harvest", 50)) >= {"a/a1", "a/a5", "i/payment/card-1"}
