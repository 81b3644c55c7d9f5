"""Laws of community detection: order does not matter, components are independent, a slow reference agrees."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.communities import ALGORITHMS, WeightedGraph, detector, divide, renumber
from linkage.errors import UsageError


@st.composite
def graphs(draw: st.DrawFn) -> WeightedGraph:
    nodes = draw(st.integers(2, 40))
    pairs = draw(
        st.lists(
            st.tuples(st.integers(0, nodes - 1), st.integers(0, nodes - 1), st.integers(1, 1_000_000)).filter(
                lambda e: e[0] != e[1]
            ),
            min_size=1,
            max_size=120,
        )
    )
    source, target, weight = (np.array(column, np.int64) for column in zip(*pairs, strict=True))
    return WeightedGraph.of(nodes, source, target, weight)


def planted(blocks: int, size: int, *, seed: int, inside: float = 0.5, across: int = 1) -> WeightedGraph:
    """Dense blocks of `size` nodes in a ring, neighbours joined by `across` light edges."""
    random = np.random.default_rng(seed)
    source, target, weight = [], [], []
    for block in range(blocks):
        first = block * size
        for i in range(size):
            for j in range(i + 1, size):
                if j == i + 1 or random.random() < inside:
                    source.append(first + i), target.append(first + j), weight.append(1_000_000)
        for i in range(across):
            source.append(first + i), target.append((first + size + i) % (blocks * size)), weight.append(200_000)
    return WeightedGraph.of(blocks * size, np.array(source, np.int64), np.array(target, np.int64), np.array(weight, np.int64))


@given(graphs())
@settings(deadline=None, max_examples=60)
def test_components_agree_with_networkx(graph: WeightedGraph) -> None:
    view = nx.Graph()
    view.add_nodes_from(range(graph.nodes))
    view.add_edges_from(zip(graph.source.tolist(), graph.target.tolist(), strict=True))
    expected = np.empty(graph.nodes, np.int64)
    for label, nodes in enumerate(nx.connected_components(view)):
        expected[list(nodes)] = label
    assert np.array_equal(graph.components(), renumber(expected))


@given(graphs(), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_the_order_of_edges_does_not_matter(graph: WeightedGraph, random: object) -> None:
    order = list(range(len(graph.source)))
    random.shuffle(order)  # type: ignore[attr-defined]
    shuffled = WeightedGraph.of(graph.nodes, graph.target[order], graph.source[order], graph.weight[order])
    for name in ALGORITHMS:
        found = [divide(g, detector(name, iterations=20), resolution=0.15, depth=3, seed=3) for g in (graph, shuffled)]
        assert np.array_equal(*found), name


@given(graphs(), st.integers(0, 2**31))
@settings(deadline=None, max_examples=40)
def test_a_community_never_spans_components(graph: WeightedGraph, seed: int) -> None:
    labels = divide(graph, detector("leiden", iterations=20), resolution=0.15, depth=6, seed=seed)
    components = graph.components()
    for label in range(int(labels.max()) + 1):
        assert len(np.unique(components[labels == label])) == 1


def test_components_apart_give_the_partition_of_the_whole_and_its_cpm_value() -> None:
    parts = [planted(6, 8, seed=seed) for seed in range(5)]
    offsets = np.cumsum([0, *(part.nodes for part in parts)])
    whole = WeightedGraph.of(
        int(offsets[-1]),
        np.concatenate([part.source + offset for part, offset in zip(parts, offsets, strict=False)]),
        np.concatenate([part.target + offset for part, offset in zip(parts, offsets, strict=False)]),
        np.concatenate([part.weight for part in parts]),
    )
    leiden, resolution = detector("leiden", iterations=40), 60_000.0
    at_once = leiden.detect(whole, resolution=resolution, seed=1)
    found: dict[str, np.ndarray] = {}
    for name, order in {"in turn": range(5), "backwards": reversed(range(5))}.items():
        labels = np.empty(whole.nodes, np.int64)
        for index in order:
            nodes = slice(offsets[index], offsets[index + 1])
            labels[nodes] = offsets[index] + leiden.detect(parts[index], resolution=resolution, seed=1)
        found[name] = renumber(labels)
    assert np.array_equal(found["in turn"], found["backwards"])
    value = whole.cpm(at_once, resolution)
    assert whole.cpm(found["in turn"], resolution) == pytest.approx(value, rel=0.01)


def test_blocks_of_very_different_size_come_apart() -> None:
    """A ring of five beside a block of 300: one fixed resolution would merge or shatter."""
    small, large = planted(10, 5, seed=1, inside=1.0), planted(1, 300, seed=2, inside=0.1, across=0)
    whole = WeightedGraph.of(
        small.nodes + large.nodes,
        np.concatenate([small.source, large.source + small.nodes, [0]]),
        np.concatenate([small.target, large.target + small.nodes, [small.nodes]]),
        np.concatenate([small.weight, large.weight, [200_000]]),
    )
    labels = divide(whole, detector("leiden", iterations=20), resolution=0.15, depth=6, seed=1)
    assert len(set(labels[small.nodes :].tolist())) == 1, "the large block stays whole"
    for block in range(10):
        assert len(set(labels[block * 5 : block * 5 + 5].tolist())) == 1
    assert len(set(labels.tolist())) == 11


def test_a_warm_start_from_the_answer_returns_the_answer() -> None:
    graph = planted(20, 12, seed=5)
    leiden = detector("leiden", iterations=20)
    cold = divide(graph, leiden, resolution=0.15, depth=6, seed=1)
    warm = divide(graph, leiden, resolution=0.15, depth=6, seed=1, initial=cold)
    assert np.array_equal(cold, warm)


def test_louvain_finds_the_same_planted_blocks() -> None:
    graph = planted(8, 12, seed=7)
    louvain = divide(graph, detector("louvain", iterations=1), resolution=0.15, depth=1, seed=1)
    leiden = divide(graph, detector("leiden", iterations=20), resolution=0.15, depth=6, seed=1)
    assert np.array_equal(louvain, leiden)


def test_an_unknown_algorithm_is_named_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="leiden, louvain, components"):
        detector("metis", iterations=1)
