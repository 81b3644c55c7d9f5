"""Communities that one family of evidence alone holds together are parted where each part stands by others of its own.

A course's prompt that a campaign copies makes the same template of both: the students come from their campus, the campaign from its
exits with its cards, and all that joins the two is text. Each half is dense, and where the text is used alike everywhere no division
by density comes between them. A campaign whose accounts bring cards and addresses of their own has no such halves: without its
templates it falls into single accounts, not into two groups.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from linkage.communities.bridges import cut_bridges
from linkage.communities.graph import Ints, WeightedGraph, heaviest, renumber

Bools = NDArray[np.bool_]

#: a part has so many accounts, and this share of its community's; parts together have that share, or nothing is parted
_LEAST: Final = 8
_PART: Final = 0.1
_ALL: Final = 0.9


def part_seams(graph: WeightedGraph, labels: Ints, *, family: Ints, accounts: int) -> Ints:
    """The same labels, with every community parted that falls into groups without the links of one family.

    The first `accounts` nodes are accounts; `family[e]` is the evidence family of edge e. What else is left of a community, such as the
    identifiers of that family, goes to the part that most of its weight leads to. Linear in the edges times the families.
    """
    held = np.bincount(labels[:accounts], minlength=int(labels.max(initial=-1)) + 1)
    edges = np.flatnonzero((labels[graph.source] == labels[graph.target]) & (held[labels[graph.source]] >= 2 * _LEAST))
    nodes = np.unique(np.concatenate([graph.source[edges], graph.target[edges]]))
    source, target = np.searchsorted(nodes, graph.source[edges]), np.searchsorted(nodes, graph.target[edges])
    large = WeightedGraph(len(nodes), source, target, graph.weight[edges])
    whole = found = renumber(labels[nodes])
    for one in np.unique(family[edges]).tolist():
        found = _part(large, found, family[edges] != one, int(np.searchsorted(nodes, accounts)))
    pieces = np.bincount(np.unique(np.stack([whole, found]), axis=1)[0])
    several = pieces[whole] > 1
    parted = labels.copy()
    parted[nodes[several]] = len(held) + found[several]
    return renumber(parted)


def _part(graph: WeightedGraph, labels: Ints, others: Bools, accounts: int) -> Ints:
    """Labels with what falls apart by the edges of `others` alone parted; `labels` are numbered by smallest node."""
    inside = labels[graph.source] == labels[graph.target]
    edges = np.flatnonzero(inside & others)
    rest = WeightedGraph(graph.nodes, graph.source[edges], graph.target[edges], graph.weight[edges])
    # a single link makes no two groups one, whatever corroborates it
    weak = np.ones(len(edges), np.bool_)
    pieces = cut_bridges(rest, rest.components(), weak=weak, accounts=accounts, least=2, few=2)
    of = np.zeros(int(pieces.max(initial=-1)) + 1, np.int64)
    of[pieces] = labels
    held, sizes = np.bincount(labels[:accounts], minlength=len(of)), np.bincount(pieces[:accounts], minlength=len(of))
    good = (sizes >= _LEAST) & (sizes >= _PART * held[of])
    falls = np.bincount(of[good], minlength=len(of)) >= 2
    falls &= np.bincount(of[good], sizes[good], minlength=len(of)) >= _ALL * held
    fresh = np.where(good[pieces] & falls[labels], pieces, -1)
    edges = np.flatnonzero(inside & falls[labels[graph.source]])
    ends = (
        np.concatenate([graph.source[edges], graph.target[edges]]),
        np.concatenate([graph.target[edges], graph.source[edges]]),
    )
    weight = np.concatenate([graph.weight[edges]] * 2)
    while (leans := (fresh[ends[0]] < 0) & (fresh[ends[1]] >= 0)).any():
        node, label, _ = heaviest(ends[0][leans], fresh[ends[1]][leans], weight[leans])
        fresh[node] = label
    return renumber(np.where(fresh >= 0, len(of) + fresh, labels))
