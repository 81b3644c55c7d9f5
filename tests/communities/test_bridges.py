"""Parting at bridges: a slow reference agrees, and nothing but weak bridges is cut."""

from __future__ import annotations

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.communities import WeightedGraph, cut_bridges, renumber


@st.composite
def incidences(draw: st.DrawFn) -> tuple[WeightedGraph, int, np.ndarray]:
    """A graph of accounts and identifiers, the number of accounts, and which edges are weak."""
    accounts, identifiers = draw(st.integers(2, 24)), draw(st.integers(1, 24))
    pairs = draw(st.sets(st.tuples(st.integers(0, accounts - 1), st.integers(0, identifiers - 1)), min_size=1, max_size=60))
    source, target = (np.array(column, np.int64) for column in zip(*sorted(pairs), strict=True))
    weak = np.array(draw(st.lists(st.booleans(), min_size=len(source), max_size=len(source))))
    return WeightedGraph(accounts + identifiers, source, accounts + target, np.ones(len(source), np.int64)), accounts, weak


def view(graph: WeightedGraph, labels: np.ndarray) -> nx.Graph:
    """The edges inside communities."""
    found = nx.Graph()
    found.add_nodes_from(range(graph.nodes))
    inside = labels[graph.source] == labels[graph.target]
    found.add_edges_from(zip(graph.source[inside].tolist(), graph.target[inside].tolist(), strict=True))
    return found


def sides(found: nx.Graph, edge: tuple[int, int], accounts: int) -> tuple[int, int]:
    """Accounts on either side of a bridge."""
    without = found.copy()
    without.remove_edge(*edge)
    one, other = (sum(node < accounts for node in nx.node_connected_component(without, end)) for end in edge)
    return one, other


@given(incidences(), st.integers(1, 4))
@settings(deadline=None, max_examples=300)
def test_no_weak_bridge_is_left_that_joins_enough_on_either_side(
    case: tuple[WeightedGraph, int, np.ndarray], least: int
) -> None:
    graph, accounts, weak = case
    before = graph.components()
    after = cut_bridges(graph, before, weak=weak, accounts=accounts, least=least, few=least)
    assert np.array_equal(after, renumber(after))
    found = view(graph, after)
    light = {(a, b) for a, b, w in zip(graph.source.tolist(), graph.target.tolist(), weak.tolist(), strict=True) if w}
    for edge in nx.bridges(found):
        if tuple(sorted(edge)) in light:
            assert min(sides(found, edge, accounts)) < least
    # every piece of a community that was parted is connected and keeps enough, and the others are as they were
    whole = view(graph, before)
    cuttable = {tuple(sorted(edge)) for edge in nx.bridges(whole)} & light
    for label in np.unique(before):
        pieces = np.unique(after[before == label])
        for piece in pieces:
            nodes = np.flatnonzero(after == piece)
            assert nx.is_connected(found.subgraph(nodes.tolist()))
            assert len(pieces) == 1 or (nodes < accounts).sum() >= least
    lost = {tuple(sorted(edge)) for edge in whole.edges} - {tuple(sorted(edge)) for edge in found.edges}
    assert lost <= cuttable


def test_a_fresh_account_with_an_identifier_of_each_joins_no_two_groups() -> None:
    """Three accounts on one card, three on another, and a seventh that was seen with both."""
    links = [(0, 7), (1, 7), (2, 7), (3, 8), (4, 8), (5, 8), (6, 7), (6, 8)]
    source, target = (np.array(column, np.int64) for column in zip(*sorted(links), strict=True))
    graph = WeightedGraph(9, source, target, np.full(len(links), 300_000, np.int64))
    apart = cut_bridges(graph, np.zeros(9, np.int64), weak=np.ones(8, np.bool_), accounts=7, least=3, few=2)
    assert apart[0] == apart[1] == apart[2] != apart[3] == apart[4] == apart[5]
    vouched = cut_bridges(graph, np.zeros(9, np.int64), weak=np.zeros(8, np.bool_), accounts=7, least=3, few=2)
    assert not vouched.any()
