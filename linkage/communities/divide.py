"""A graph to communities: component by component, then each community again at its own density.

A fixed CPM resolution cannot serve both a ring of five and a campaign of twenty thousand: what keeps the second
whole merges the first with its neighbour. So the resolution is a share of the mean density 2W/n^2 of whatever is
being divided, and a community found in a large component is divided again at the density it has itself, until
nothing breaks off. Components are independent under CPM (the objective sums over them), so any order of work gives
the same answer.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np

from linkage.communities.detector import Detector
from linkage.communities.graph import Ints, WeightedGraph, renumber

#: a graph with so few nodes is one account pair or a star of one: nothing to divide
_WHOLE: Final = 4
#: nodes from which on a thread of its own is worth it: the library lets go of Python's lock
_LARGE: Final = 500


def divide(
    graph: WeightedGraph, detector: Detector, *, resolution: float, depth: int, seed: int, initial: Ints | None = None
) -> Ints:
    """Community label of each node, numbered by smallest node; an isolated node is alone.

    `resolution` is relative (see above); `initial` starts the first division of each component.
    """
    labels = graph.components()  # a component too small to divide is a community
    count = int(labels.max(initial=-1)) + 1
    pieces = list(graph.split(labels, above=_WHOLE))
    for level in range(depth):
        again: list[tuple[Ints, WeightedGraph]] = []

        def find(piece: tuple[Ints, WeightedGraph], first: bool = level == 0) -> Ints:
            nodes, part = piece
            start = renumber(initial[nodes]) if initial is not None and first else None
            return _divide_once(part, detector, resolution=resolution, seed=seed, initial=start)

        for (nodes, part), found in zip(pieces, _each(pieces, find), strict=True):
            parts = int(found.max()) + 1
            if parts == 1 or level + 1 == depth:
                labels[nodes] = count + found
                count += parts
            else:
                again.extend((nodes[members], piece) for members, piece in part.split(found))
        pieces = again
    return renumber(labels)


def _each(pieces: list[tuple[Ints, WeightedGraph]], find: Callable[[tuple[Ints, WeightedGraph]], Ints]) -> Iterator[Ints]:
    """What `find` says of each piece, in order; the large ones are worked on beside the others, largest first."""
    large = sorted((n for n, (nodes, _) in enumerate(pieces) if len(nodes) >= _LARGE), key=lambda n: -len(pieces[n][0]))
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 8)) as pool:
        found = {n: pool.submit(find, pieces[n]) for n in large}
        for n, piece in enumerate(pieces):
            yield found[n].result() if n in found else find(piece)


def _divide_once(graph: WeightedGraph, detector: Detector, *, resolution: float, seed: int, initial: Ints | None) -> Ints:
    if graph.nodes <= _WHOLE or not len(graph.source):
        return np.zeros(graph.nodes, np.int64) if len(graph.source) else np.arange(graph.nodes)
    density = 2 * float(graph.weight.sum()) / graph.nodes**2
    return detector.detect(graph, resolution=resolution * density, seed=seed, initial=initial)
