"""Shingles held by nearly the same accounts are one scaffold.

Each shingle's set of accounts is sketched by MinHash (Broder, 1997); sorting the sketches brings alike ones side by
side, and neighbours that are alike by their sketches are joined by union-find. No two accounts and no two prompts are
compared. A sentence that two templates share is held by the accounts of both: it is less like either's own shingles than they are
like each other, and joins neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from linkage.fingerprints.hashing import I64, U64, mix

#: values of a sketch; the estimate of a Jaccard index of 0.5 has a standard error of 0.09
_SKETCH: Final = 32
#: the least likeness of two account sets, and the least share of the best likeness that either has to any other
_ALIKE, _OF_BEST = 0.45, 0.8
#: a family rests on three shingles (seven words and more), or on two where this many accounts hold them
FEWEST_SHINGLES: Final = 3
POPULAR: Final = 40


@dataclass(frozen=True)
class Holdings:
    """Which account holds which shingle in how many prompts: parallel arrays, sorted by item, then account."""

    item: I64
    account: I64
    n: I64
    items: int

    @property
    def starts(self) -> I64:
        """Where each item begins."""
        return np.searchsorted(self.item, np.arange(self.items)).astype(np.int64)


def group(held: Holdings, account_key: U64) -> I64:
    """A family for each item (-1 = none), numbered in the order of their first items.

    `account_key` is a stable hash of each account's id, so the answer does not depend on the numbering of accounts.
    """
    if not held.items:
        return np.empty(0, np.int64)
    sketch = _sketches(held, account_key)
    left, right, likeness = _neighbours(sketch)
    best = np.zeros(held.items)
    np.maximum.at(best, left, likeness)
    np.maximum.at(best, right, likeness)
    joined = likeness >= np.maximum(_ALIKE, _OF_BEST * np.maximum(best[left], best[right]))
    return components(left[joined], right[joined], held.items)


def components(left: I64, right: I64, items: int) -> I64:
    """Connected components of pairs, numbered in the order of their first items."""
    graph = coo_array((np.ones(len(left), np.int8), (left, right)), shape=(items, items))
    _, label = connected_components(graph, directed=False)
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]


def _sketches(held: Holdings, account_key: U64) -> NDArray[np.uint32]:
    starts = held.starts
    out = np.empty((held.items, _SKETCH), dtype=np.uint32)
    for column in range(_SKETCH):
        salt = np.uint64((column + 1) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF)
        value = (mix(account_key + salt) >> np.uint64(32)).astype(np.uint32)
        out[:, column] = np.minimum.reduceat(value[held.account], starts)
    return out


def _neighbours(sketch: NDArray[np.uint32]) -> tuple[I64, I64, NDArray[np.float64]]:
    """Pairs of items that agree in two neighbouring sketch values and stand side by side when sorted by the sketch from there."""
    items = np.arange(len(sketch), dtype=np.int64)
    pairs: list[I64] = []
    for column in range(0, _SKETCH, 2):
        keys = [sketch[:, (column + step) % _SKETCH] for step in range(6)]
        order = np.lexsort([items, *reversed(keys)])
        a, b = order[:-1], order[1:]
        near = (keys[0][a] == keys[0][b]) & (keys[1][a] == keys[1][b])
        pairs.append(np.sort(np.stack([a[near], b[near]]), axis=0))
    both = np.unique(np.concatenate(pairs, axis=1), axis=1) if pairs else np.empty((2, 0), np.int64)
    likeness = np.empty(both.shape[1])
    for begin in range(0, both.shape[1], 1 << 18):
        part = slice(begin, begin + (1 << 18))
        likeness[part] = (sketch[both[0, part]] == sketch[both[1, part]]).mean(axis=1)
    return both[0], both[1], likeness
