"""When a cluster rests: the share of requests in the quietest eight hours of the day.

People sleep: the quietest third of their day holds next to nothing. A machine's holds a third.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_REST: Final = 8
#: requests an account needs before its own hours say anything
_ENOUGH: Final = 24


def quiet_share(label: Ints, account: Ints, hour: Ints, requests: Ints) -> tuple[Ints, Floats]:
    """Labels (ascending) and the quiet share (0..1/3) of each, from rows of requests by label, account and hour of day.

    It is the median over the accounts with enough requests of their own quiet share, so that people of many time zones
    still rest; where too few have enough, the share of all their requests taken together.
    """
    labels, index = np.unique(label, return_inverse=True)
    pooled = np.zeros((len(labels), 24), np.int64)
    np.add.at(pooled, (index, hour), requests)
    shares = _quietest(pooled)
    accounts, first, person = np.unique(account, return_index=True, return_inverse=True)
    single = np.zeros((len(accounts), 24), np.int64)
    np.add.at(single, (person, hour), requests)
    enough = single.sum(axis=1) >= _ENOUGH
    owner, own = index[first][enough], _quietest(single[enough])
    order = np.lexsort((own, owner))
    owner, own = owner[order], own[order]
    found, start, count = np.unique(owner, return_index=True, return_counts=True)
    people = np.bincount(index[first], minlength=len(labels))
    for cluster, begin, size in zip(found, start, count, strict=True):
        if size >= max(2, people[cluster] / 3):
            shares[cluster] = np.median(own[begin : begin + size])
    return labels, shares


def _quietest(histogram: Ints) -> Floats:
    total = histogram.sum(axis=1)
    wrapped = np.concatenate([histogram, histogram[:, : _REST - 1]], axis=1)
    running = np.concatenate([np.zeros((len(histogram), 1), np.int64), wrapped.cumsum(axis=1)], axis=1)
    windows = running[:, _REST:] - running[:, :-_REST]
    quietest: Floats = windows.min(axis=1) / np.maximum(total, 1)
    return quietest
