"""One protocol for finding communities, and its three implementations.

`leiden` is the product's; `louvain` is the slow reference; `components` is the baseline that both refine.
"""

from __future__ import annotations

from typing import Final, Protocol

import community
import graspologic_native
import networkx as nx
import numpy as np

from linkage.communities.graph import Ints, WeightedGraph, renumber
from linkage.communities.merging import merge_while_better
from linkage.errors import UsageError


#: Leiden cycles between two looks at whether anything still moves
_CYCLES: Final = 2


class Detector(Protocol):
    """Divides a connected graph."""

    def detect(self, graph: WeightedGraph, *, resolution: float, seed: int, initial: Ints | None = None) -> Ints:
        """A label for each node, numbered by smallest node.

        `resolution` is in units of edge weight. `initial` is a partition to start from, which an implementation may ignore.
        """


class Leiden:
    """Leiden with the constant Potts model (Traag, Waltman & van Eck 2019; Traag, Van Dooren & Nesterov 2011)."""

    def __init__(self, iterations: int) -> None:
        self._iterations = iterations

    def detect(self, graph: WeightedGraph, *, resolution: float, seed: int, initial: Ints | None = None) -> Ints:
        unit = float(graph.weight.mean())
        # the library numbers nodes in the order in which edges name them: edges are sorted and names are fixed
        names = [f"{node:09d}" for node in range(graph.nodes)]
        edges = list(
            zip(
                (names[node] for node in graph.source.tolist()),
                (names[node] for node in graph.target.tolist()),
                # its randomness is in units of gain: at a mean of 1 it is the small number it is meant to be
                (graph.weight / unit).tolist(),
                strict=True,
            )
        )
        found = np.arange(graph.nodes) if initial is None else renumber(initial)
        for _ in range(0, self._iterations, _CYCLES):
            before = found
            _, labels = graspologic_native.leiden(
                edges,
                starting_communities=dict(zip(names, before.tolist(), strict=True)),
                resolution=resolution / unit,
                iterations=_CYCLES,
                use_modularity=False,
                seed=seed,
            )
            found = renumber(np.array([labels[name] for name in names], np.int64))
            if np.array_equal(found, before):
                break
        return merge_while_better(graph, found, resolution=resolution)


class Louvain:
    """python-louvain on networkx (Blondel et al. 2008): modularity, and its resolution limit, so the reference only."""

    def detect(self, graph: WeightedGraph, *, resolution: float, seed: int, initial: Ints | None = None) -> Ints:
        view = nx.Graph()
        view.add_nodes_from(range(graph.nodes))
        view.add_weighted_edges_from(zip(graph.source.tolist(), graph.target.tolist(), graph.weight.tolist(), strict=True))
        found = community.best_partition(view, random_state=seed, weight="weight")
        return renumber(np.array([found[node] for node in range(graph.nodes)], np.int64))


class Components:
    """Connected components: whatever is linked at all is one community."""

    def detect(self, graph: WeightedGraph, *, resolution: float, seed: int, initial: Ints | None = None) -> Ints:
        return graph.components()


ALGORITHMS: Final = ("leiden", "louvain", "components")


def detector(name: str, *, iterations: int) -> Detector:
    """The detector of that name; raises UsageError for one that does not exist."""
    if name == "leiden":
        return Leiden(iterations)
    if name == "louvain":
        return Louvain()
    if name == "components":
        return Components()
    raise UsageError(f"no algorithm '{name}'; choose one of {', '.join(ALGORITHMS)}")
