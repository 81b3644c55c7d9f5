"""Where the nodes of a small picture begin: near what they are few steps from.

Pivot MDS (Brandes and Pich 2007): steps to some nodes, taken as distances, and the two directions in which they differ most.
It takes milliseconds; what draws the picture pushes apart what lies too close.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from linkage.views.places import Places

_PIVOTS: Final = 40
#: Length of an average tie, in the units of a picture whose nodes are 13 to 75 wide.
_TIE: Final = 110.0
#: Nodes in the same place are set aside this far at most, each in a direction of its own.
_ASIDE: Final = 40.0
_GOLDEN: Final = np.pi * (3 - np.sqrt(5))


def standing_places(nodes: int, ties: Sequence[tuple[int, int]]) -> Places:
    """Places (nodes x 2, centred) of nodes by number, of which each tie joins two. The same for the same ties."""
    places = np.zeros((nodes, 2))
    if nodes > 2 and ties:
        ends = np.asarray(ties, np.int64)
        joined = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(nodes, nodes))
        places = _scaled(_two_directions(_steps(joined, nodes)), ends)
    number = np.arange(nodes)
    aside = _ASIDE * np.sqrt((number % 97 + 0.5) / 97)
    places += aside[:, None] * np.column_stack([np.cos(number * _GOLDEN), np.sin(number * _GOLDEN)])
    settled: Places = (places - places.mean(axis=0) if nodes else places).astype(np.float32)
    return settled


def _steps(joined: coo_array, nodes: int) -> np.ndarray:
    """Steps from each node to some that are spread over all (nodes x pivots); who cannot be reached is beyond all others."""
    pivots = np.unique(np.linspace(0, nodes - 1, min(_PIVOTS, nodes)).astype(np.int64))
    steps = np.asarray(dijkstra(joined.tocsr(), directed=False, indices=pivots, unweighted=True)).T
    reached = np.isfinite(steps)
    steps[~reached] = steps[reached].max() + 2
    return steps


def _two_directions(steps: np.ndarray) -> np.ndarray:
    squared = steps**2
    centred = -(squared - squared.mean(axis=0) - squared.mean(axis=1, keepdims=True) + squared.mean()) / 2
    _, vectors = np.linalg.eigh(centred.T @ centred)
    chosen = vectors[:, : -min(3, vectors.shape[1] + 1) : -1]
    # an eigenvector has no sign of its own
    chosen = chosen * np.where(chosen[np.abs(chosen).argmax(axis=0), np.arange(chosen.shape[1])] < 0, -1, 1)
    places = np.zeros((len(steps), 2))
    places[:, : chosen.shape[1]] = centred @ chosen
    return places


def _scaled(places: np.ndarray, ends: np.ndarray) -> np.ndarray:
    long = float(np.hypot(*(places[ends[:, 0]] - places[ends[:, 1]]).T).mean())
    return places * (_TIE / long) if long > 1e-9 else places
