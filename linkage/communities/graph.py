"""The weighted graph a detector works on: arrays, nodes numbered in the order of their names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class WeightedGraph:
    """An undirected graph of `nodes` nodes; edge e joins `source[e]` and `target[e]` with `weight[e]` > 0 (any unit).

    Edges are sorted by (source, target) and each pair stands once; `of` brings them into that form.
    """

    nodes: int
    source: Ints
    target: Ints
    weight: Ints

    @classmethod
    def of(cls, nodes: int, source: Ints, target: Ints, weight: Ints) -> WeightedGraph:
        """Sort the edges and merge parallel ones by sum."""
        low, high = np.minimum(source, target), np.maximum(source, target)
        keys, where = np.unique(low * max(nodes, 1) + high, return_inverse=True)
        summed = np.zeros(len(keys), np.int64)
        np.add.at(summed, where, weight)
        return cls(nodes, keys // max(nodes, 1), keys % max(nodes, 1), summed)

    def components(self) -> Ints:
        """Label of each node's connected component, numbered by the smallest node."""
        ones = np.ones(len(self.source), np.int8)
        adjacency = coo_array((ones, (self.source, self.target)), shape=(self.nodes, self.nodes))
        _, labels = connected_components(adjacency, directed=False)
        return renumber(np.asarray(labels, np.int64))

    def split(self, labels: Ints, *, above: int = 0) -> Iterator[tuple[Ints, WeightedGraph]]:
        """The nodes (ascending) of each label that more than `above` have, and the graph among them; smallest label first."""
        by_label = np.argsort(labels, kind="stable")
        sizes = np.bincount(labels)
        starts = np.concatenate(([0], np.cumsum(sizes)))
        position = np.empty(self.nodes, np.int64)
        position[by_label] = np.arange(self.nodes) - starts[labels[by_label]]
        inside = np.flatnonzero(labels[self.source] == labels[self.target])
        edge_label = labels[self.source[inside]]
        edge_order = inside[np.argsort(edge_label, kind="stable")]
        edge_starts = np.concatenate(([0], np.cumsum(np.bincount(edge_label, minlength=len(sizes)))))
        for label in np.flatnonzero(sizes > above).tolist():
            edges = edge_order[edge_starts[label] : edge_starts[label + 1]]
            yield (
                by_label[starts[label] : starts[label + 1]],
                WeightedGraph(
                    int(sizes[label]), position[self.source[edges]], position[self.target[edges]], self.weight[edges]
                ),
            )

    def cpm(self, labels: Ints, resolution: float) -> float:
        """Constant Potts value: weight inside communities less resolution times their pairs of nodes (Traag 2011)."""
        sizes = np.bincount(labels).astype(np.float64)
        inside = self.weight[labels[self.source] == labels[self.target]].sum()
        return float(inside) - resolution * float((sizes * (sizes - 1) / 2).sum())


def renumber(labels: Ints) -> Ints:
    """The same partition with labels 0, 1, ... in the order of each label's smallest node."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank[inverse]


def heaviest(node: Ints, label: Ints, weight: Ints) -> tuple[Ints, ...]:
    """Of parallel arrays of links, each node once: the label that most weight of its links leads to, and that weight.

    Of labels with equal weight the smallest.
    """
    order = np.lexsort((label, node))
    node, label, weight = node[order], label[order], weight[order]
    if len(node):
        first = np.flatnonzero(np.r_[True, (np.diff(node) != 0) | (np.diff(label) != 0)])
        node, label, weight = node[first], label[first], np.add.reduceat(weight, first)
        order = np.lexsort((-label, weight, node))
        node, label, weight = node[order], label[order], weight[order]
        last = np.r_[node[1:] != node[:-1], True]
        node, label, weight = node[last], label[last], weight[last]
    return node, label, weight
