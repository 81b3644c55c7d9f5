"""A graph to communities: component by component, then each community again at its own density.

A fixed CPM resolution cannot serve both a ring of five and a campaign of twenty thousand: what keeps the second
whole merges the first with its neighbour. So the resolution is a share of the mean density 2W/n^2 of whatever is
being divided, and a community found in a large component is divided again at the density it has itself, until
nothing breaks off. Components are independent under CPM (the objective sums over them), so any order of work gives
the same answer.
"""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Final

import numpy as np

from linkage.communities.detector import SMALL, Detector
from linkage.communities.graph import Ints, WeightedGraph, renumber

#: a graph with so few nodes is one account pair or a star of one: nothing to divide
_WHOLE: Final = 4


@dataclass(frozen=True)
class _Piece:
    """Nodes of the whole graph and the graph among them, at which depth they are divided, and what to start from."""

    nodes: Ints
    graph: WeightedGraph
    level: int
    start: Ints | None


def divide(
    graph: WeightedGraph, detector: Detector, *, resolution: float, depth: int, seed: int, initial: Ints | None = None
) -> Ints:
    """Community label of each node, numbered by smallest node; an isolated node is alone.

    `resolution` is relative (see above); `initial` starts the first division of each component.
    """
    labels = graph.components()  # a component too small to divide is a community
    count = int(labels.max(initial=-1)) + 1

    def answer(piece: _Piece) -> tuple[_Piece, Ints]:
        return piece, _divide_once(piece.graph, detector, resolution=resolution, seed=seed, initial=piece.start)

    with ThreadPoolExecutor(min(os.cpu_count() or 1, 8)) as pool:
        answers: SimpleQueue[Future[tuple[_Piece, Ints]]] = SimpleQueue()
        small: list[_Piece] = []

        def plan(pieces: list[_Piece]) -> int:
            """What the library divides, letting go of Python's lock, is worked on beside the rest, the largest first; how many these are."""
            large = sorted((piece for piece in pieces if piece.graph.nodes > SMALL), key=lambda piece: -piece.graph.nodes)
            for piece in large:
                pool.submit(answer, piece).add_done_callback(answers.put)
            small.extend(piece for piece in pieces if piece.graph.nodes <= SMALL)
            return len(large)

        parts = graph.split(labels, above=_WHOLE)
        running = plan([_Piece(nodes, part, 1, None if initial is None else renumber(initial[nodes])) for nodes, part in parts])
        while running or small:
            if small and answers.empty():
                piece, found = answer(small.pop())
            else:
                piece, found = answers.get().result()
                running -= 1
            if found.any() and piece.level < depth:
                parts = piece.graph.split(found)
                running += plan([_Piece(piece.nodes[some], part, piece.level + 1, None) for some, part in parts])
            else:
                labels[piece.nodes] = count + found
                count += int(found.max()) + 1
    return renumber(labels)


def _divide_once(graph: WeightedGraph, detector: Detector, *, resolution: float, seed: int, initial: Ints | None) -> Ints:
    if graph.nodes <= _WHOLE or not len(graph.source):
        return np.zeros(graph.nodes, np.int64) if len(graph.source) else np.arange(graph.nodes)
    density = 2 * float(graph.weight.sum()) / graph.nodes**2
    return detector.detect(graph, resolution=resolution * density, seed=seed, initial=initial)
