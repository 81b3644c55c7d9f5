"""Communities that a single link holds together are parted at it: one sighting makes no two groups one.

An account seen once with an identifier of strangers joins two groups, and so does a fresh account with an identifier of
each. Where the division is by density that shows only in groups dense enough to notice; two that are held loosely look
alike with and without it. A link whose absence leaves two groups (a bridge, in the terms of graphs) is no evidence that
they are one, unless other kinds of evidence speak for the same link.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order

from linkage.communities.graph import Ints, WeightedGraph, renumber

Bools = NDArray[np.bool_]

#: a chain of communities comes apart from its ends, so many links in
_ROUNDS: Final = 50


def cut_bridges(graph: WeightedGraph, labels: Ints, *, weak: Bools, accounts: int, least: int, few: int) -> Ints:
    """The same labels, with every community parted at each of its bridges that is weak and leaves enough on either side.

    The first `accounts` nodes are accounts, of which one part keeps `least` and the other `few`; `weak[e]` says that edge e may be cut. An edge is a
    bridge when no cycle passes it: with a random number on every edge outside a spanning tree, those that pass an edge of
    the tree sum to zero (Pritchard and Thurimella, Fast computation of small cuts via cycle space sampling, 2011).
    Numbers of 64 bits err once in 10^19 edges, and are the same in every run.
    """
    labels = renumber(labels)
    touched: Bools | None = None
    for _ in range(_ROUNDS):
        inside = labels[graph.source] == labels[graph.target]
        if touched is not None:
            inside &= touched[labels[graph.source]]
        counted = np.bincount(labels[:accounts], minlength=int(labels.max(initial=-1)) + 1)
        inside &= counted[labels[graph.source]] >= least + few
        edges = np.flatnonzero(inside)
        cut = _bridges(graph, edges, labels, weak, counted, accounts, least, few)
        if not len(cut):
            break
        parted = np.unique(labels[graph.source[cut]])
        left = np.setdiff1d(edges, cut)
        pieces = WeightedGraph(graph.nodes, graph.source[left], graph.target[left], graph.weight[left]).components()
        moved = np.isin(labels, parted)
        fresh = labels.copy()
        fresh[moved] = len(counted) + pieces[moved]
        labels = renumber(fresh)
        touched = np.zeros(int(labels.max()) + 1, np.bool_)
        touched[labels[moved]] = True
    return labels


def _bridges(
    graph: WeightedGraph, edges: Ints, labels: Ints, weak: Bools, counted: Ints, accounts: int, least: int, few: int
) -> Ints:
    """Of these edges those to be cut at once: bridges that leave enough on either side, and beneath which there is none."""
    if not len(edges):
        return edges
    nodes = np.unique(np.concatenate([graph.source[edges], graph.target[edges]]))
    source, target = np.searchsorted(nodes, graph.source[edges]), np.searchsorted(nodes, graph.target[edges])
    count, label = len(nodes), labels[nodes]
    part = WeightedGraph(count, source, target, graph.weight[edges]).components()
    _, roots = np.unique(part, return_index=True)
    # a node above all, so that one walk sees every community
    ends = np.concatenate([source, np.full(len(roots), count)]), np.concatenate([target, roots])
    adjacency = coo_array((np.ones(len(ends[0]), np.int8), ends), shape=(count + 1, count + 1)).tocsr()
    order, parent = breadth_first_order(adjacency, count, directed=False, return_predecessors=True)
    order, parent = np.asarray(order, np.int64), np.asarray(parent, np.int64)
    tree = (parent[source] == target) | (parent[target] == source)
    child = np.where(parent[source] == target, source, target)
    number = np.random.default_rng(0).integers(1, 2**63, len(edges))
    passing = np.zeros(count + 1, np.int64)
    for end in (source[~tree], target[~tree]):
        np.bitwise_xor.at(passing, end, number[~tree])
    below = np.zeros(count + 1, np.int64)
    below[:count] = nodes < accounts
    levels = _levels(order, parent)
    for level in reversed(levels[1:]):
        np.bitwise_xor.at(passing, parent[level], passing[level])
        np.add.at(below, parent[level], below[level])
    fits = np.zeros(count + 1, np.bool_)
    branch = child[tree & weak[edges]]
    total = counted[label]
    small = np.minimum(below[branch], total[branch] - below[branch])
    fits[branch] = (passing[branch] == 0) & (small >= few) & (total[branch] - small >= least)
    deeper = np.zeros(count + 1, np.bool_)
    for level in reversed(levels[2:]):
        np.logical_or.at(deeper, parent[level], deeper[level] | fits[level])
    lowest = np.flatnonzero(fits[:count] & ~deeper[:count])
    # what is above the cuts keeps enough as well, if need be by cutting one alone
    gone = np.bincount(label[lowest], below[lowest], minlength=len(counted))
    first = np.zeros(count, np.bool_)
    first[lowest[np.unique(label[lowest], return_index=True)[1]]] = True
    keeps = counted[label[lowest]] - gone[label[lowest]] >= least
    chosen = lowest[keeps | first[lowest]]
    cut: Ints = edges[tree & np.isin(child, chosen)]
    return cut


def _levels(order: Ints, parent: Ints) -> list[Ints]:
    """The nodes of a walk in breadth, level by level."""
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    above = place[parent[order[1:]]]
    levels, start, end = [], 0, 1
    while start < end:
        levels.append(order[start:end])
        start, end = end, 1 + int(np.searchsorted(above, end))
    return levels
