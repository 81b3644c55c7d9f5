"""A graph to communities: component by component, then each community again at its own density.

A fixed CPM resolution cannot serve both a ring of five and a campaign of twenty thousand: what keeps the second
whole merges the first with its neighbour. So the resolution is a share of the mean density 2W/n^2 of whatever is
being divided, and a community found in a large component is divided again at the density it has itself, until
nothing breaks off. Components are independent under CPM (the objective sums over them), so any order of work gives
the same answer.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from linkage.communities.detector import Detector
from linkage.communities.graph import Ints, WeightedGraph, renumber

#: a graph with so few nodes is one account pair or a star of one: nothing to divide
_WHOLE: Final = 4


def divide(
    graph: WeightedGraph, detector: Detector, *, resolution: float, depth: int, seed: int, initial: Ints | None = None
) -> Ints:
    """Community label of each node, numbered by smallest node; an isolated node is alone.

    `resolution` is relative (see above); `initial` starts the first division of each component.
    """
    labels = np.empty(graph.nodes, np.int64)
    count = 0
    pieces = list(graph.split(graph.components()))
    for level in range(depth):
        again: list[tuple[Ints, WeightedGraph]] = []
        for nodes, part in pieces:
            start = renumber(initial[nodes]) if initial is not None and level == 0 else None
            found = _divide_once(part, detector, resolution=resolution, seed=seed, initial=start)
            parts = int(found.max()) + 1
            if parts == 1 or level + 1 == depth:
                labels[nodes] = count + found
                count += parts
            else:
                again.extend((nodes[members], piece) for members, piece in part.split(found))
        pieces = again
    return renumber(labels)


def _divide_once(graph: WeightedGraph, detector: Detector, *, resolution: float, seed: int, initial: Ints | None) -> Ints:
    if graph.nodes <= _WHOLE or not len(graph.source):
        return np.zeros(graph.nodes, np.int64) if len(graph.source) else np.arange(graph.nodes)
    density = 2 * float(graph.weight.sum()) / graph.nodes**2
    return detector.detect(graph, resolution=resolution * density, seed=seed, initial=initial)
