"""One protocol for finding communities, and its three implementations.

`leiden` is the product's; `louvain` is the slow reference; `components` is the baseline that both refine.
"""

from __future__ import annotations

from typing import Final, Protocol

import graspologic_native
import numpy as np
from scipy.sparse import coo_array

from linkage.communities.graph import Ints, WeightedGraph, renumber
from linkage.communities.merging import merge_while_better
from linkage.errors import UsageError

#: nodes up to which greedy union serves: a call of the library costs a millisecond, and most components are small
SMALL: Final = 40


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
        if graph.nodes <= SMALL and initial is None:
            return _settle(graph, resolution)
        # its randomness is in units of gain: at a mean weight of 1 it is the small number it is meant to be
        unit = float(graph.weight.mean())
        start = None if initial is None else renumber(initial)
        found = self._cold(graph, resolution, unit, seed) if start is None else self._warm(graph, resolution, unit, seed, start)
        return merge_while_better(graph, found, resolution=resolution)

    def _cold(self, graph: WeightedGraph, resolution: float, unit: float, seed: int) -> Ints:
        """From every node alone: the library reads the arrays in place, at half the time of its edge lists."""
        ends = (np.concatenate([graph.source, graph.target]), np.concatenate([graph.target, graph.source]))
        matrix = coo_array(
            (np.concatenate([graph.weight, graph.weight]) / unit, ends), shape=(graph.nodes, graph.nodes)
        ).tocsr()
        matrix.sort_indices()
        _, labels = graspologic_native.leiden_csr(
            matrix.indptr.astype(np.int64),
            matrix.indices.astype(np.int32),
            matrix.data,
            graph.nodes,
            resolution=resolution / unit,
            iterations=self._iterations,
            use_modularity=False,
            seed=seed,
        )
        return renumber(np.array([labels[node] for node in range(graph.nodes)], np.int64))

    def _warm(self, graph: WeightedGraph, resolution: float, unit: float, seed: int, start: Ints) -> Ints:
        """From a partition. The library numbers nodes as edges first name them: edges are sorted and names are fixed."""
        names = [f"{node:09d}" for node in range(graph.nodes)]
        ends = ([names[node] for node in nodes.tolist()] for nodes in (graph.source, graph.target))
        _, labels = graspologic_native.leiden(
            list(zip(*ends, (graph.weight / unit).tolist(), strict=True)),
            starting_communities=dict(zip(names, start.tolist(), strict=True)),
            resolution=resolution / unit,
            iterations=self._iterations,
            use_modularity=False,
            seed=seed,
        )
        return renumber(np.array([labels[name] for name in names], np.int64))


def _settle(graph: WeightedGraph, resolution: float) -> Ints:
    """A small graph without Leiden: greedy union from single nodes, or all in one where that is better."""
    greedy = merge_while_better(graph, np.arange(graph.nodes), resolution=resolution)
    whole = np.zeros(graph.nodes, np.int64)
    return whole if graph.cpm(whole, resolution) >= graph.cpm(greedy, resolution) else greedy


class Louvain:
    """python-louvain on networkx (Blondel et al. 2008): modularity, and its resolution limit, so the reference only."""

    def detect(self, graph: WeightedGraph, *, resolution: float, seed: int, initial: Ints | None = None) -> Ints:
        import community  # here, because they take a tenth of a second to load and only the reference needs them
        import networkx as nx

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
