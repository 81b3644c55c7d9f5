"""What breaks off a large cluster: the division of `linkage.communities` where a thing that is whole is expected to stay so.

The rebuild searches for the best division of everything, at seconds for a cluster of 20,000 accounts. Here the
question is smaller, whether anything leaves what was one community, and is asked by the same measure (the constant
Potts model at a share of the graph's own density) of the only parts that can leave: what is no longer connected, nodes
whose links weigh less than the measure asks, and the best cut along the graph's slowest mode (Fiedler 1973; the sweep
of Spielman and Teng 1996). Only where that cut pays is the whole divided in earnest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from linkage.communities import Ints, WeightedGraph, renumber

#: steps towards the slowest mode: where it decays by a tenth a step, what decays by half has faded ten-thousandfold
_STEPS: Final = 16
_ROUNDS: Final = 20

Divide = Callable[[WeightedGraph], Ints]


def break_off(graph: WeightedGraph, divide: Divide, *, resolution: float, seed: int) -> Ints:
    """Community label of each node, as `communities.divide` numbers them; `divide` divides a part in earnest.

    Every link's source is an account and its target an identifier. `resolution` is relative, as in `communities.divide`.
    """
    labels = np.empty(graph.nodes, np.int64)
    count = 0
    components = graph.components()
    largest = int(np.bincount(components).argmax()) if graph.nodes else 0
    main = np.flatnonzero(components == largest)
    kept = _peel(graph, main, resolution)
    rest = np.ones(graph.nodes, np.bool_)
    rest[kept] = False
    for nodes, whole in ((kept, True), (np.flatnonzero(rest), False)):
        if not len(nodes):
            continue
        part = _among(graph, nodes)
        stays = whole and not _splits(part, resolution, seed)
        found = np.zeros(len(nodes), np.int64) if stays else divide(part)
        labels[nodes] = count + found
        count += int(found.max()) + 1
    return renumber(labels)


def _among(graph: WeightedGraph, nodes: Ints) -> WeightedGraph:
    """The graph among some nodes (ascending), numbered by their place."""
    place = np.full(graph.nodes, -1, np.int64)
    place[nodes] = np.arange(len(nodes))
    source, target = place[graph.source], place[graph.target]
    inside = (source >= 0) & (target >= 0)
    return WeightedGraph(len(nodes), source[inside], target[inside], graph.weight[inside])


def _peel(graph: WeightedGraph, nodes: Ints, resolution: float) -> Ints:
    """The nodes that stay: each is tied to the others by more than the measure asks, and they are connected."""
    part = _among(graph, nodes)
    for _ in range(_ROUNDS):
        density = resolution * 2 * float(part.weight.sum()) / part.nodes**2
        strength = np.bincount(part.source, part.weight, part.nodes) + np.bincount(part.target, part.weight, part.nodes)
        stay = strength >= density * (part.nodes - 1)
        if not stay.all():
            stays = np.flatnonzero(stay)
        else:
            components = part.components()
            stays = np.flatnonzero(components == np.bincount(components).argmax())
            if len(stays) == part.nodes:
                break
        nodes, part = nodes[stays], _among(part, stays)
        if part.nodes < 2 or not len(part.source):
            break
    return nodes


def _splits(graph: WeightedGraph, resolution: float, seed: int) -> bool:
    """Whether some two halves along the slowest mode are better apart."""
    if graph.nodes < 4 or not len(graph.source):
        return False
    order = np.argsort(_slowest(graph, seed), kind="stable")
    place = np.empty(graph.nodes, np.int64)
    place[order] = np.arange(graph.nodes)
    low = np.minimum(place[graph.source], place[graph.target])
    high = np.maximum(place[graph.source], place[graph.target])
    # a link is cut by every prefix that ends between its two ends
    change = np.bincount(low, graph.weight, graph.nodes) - np.bincount(high, graph.weight, graph.nodes)
    cut = np.cumsum(change)[:-1]
    size = np.arange(1, graph.nodes)
    density = resolution * 2 * float(graph.weight.sum()) / graph.nodes**2
    return bool((density * size * (graph.nodes - size) > cut).any())


def _slowest(graph: WeightedGraph, seed: int) -> NDArray[np.float64]:
    """The second mode of the random walk from accounts over identifiers to accounts, by power iteration from a fixed start.

    Sums are numpy's own: for vectors of this size its linear algebra loses more in threads than it gains.
    """
    weight = graph.weight.astype(np.float64)
    strength = np.bincount(graph.source, weight, graph.nodes) + np.bincount(graph.target, weight, graph.nodes)
    root = np.sqrt(np.maximum(strength, 1.0))
    scaled = weight / (root[graph.source] * root[graph.target])
    there = csr_array(coo_array((scaled, (graph.target, graph.source)), shape=(graph.nodes, graph.nodes)))
    back = csr_array(there.T)
    first = np.where(np.bincount(graph.source, minlength=graph.nodes) > 0, root, 0.0)
    first /= np.sqrt((first * first).sum())
    vector = np.random.default_rng(seed).standard_normal(graph.nodes) * (first > 0)
    for _ in range(_STEPS):
        vector -= first * (first * vector).sum()
        vector = back @ (there @ vector)
        vector /= max(float(np.sqrt((vector * vector).sum())), 1e-300)
    return np.asarray((vector + there @ vector) / root, np.float64)
