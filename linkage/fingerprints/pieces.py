"""Pieces of millions of sketches, and which of them come again on another account.

A piece takes eight bytes and its text is known by its place, so that 200 million take 1.6 GB. They are worked through by
ranges of their value: what is equal is in one range, a range is small beside the whole, and ranges go in parallel.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from linkage.fingerprints.hashing import I64, U64, argsort

I32 = NDArray[np.int32]
Flags = NDArray[np.bool_]
T = TypeVar("T")

#: pieces of one range: sorting them takes some 200 MB
_IN_RANGE: Final = 1 << 23
#: threads of ours: what they run is numpy and Arrow, which let others go on meanwhile
WORKERS: Final = min(max(os.cpu_count() or 2, 2), 8)


@dataclass(frozen=True)
class Pieces:
    """Pieces of one kind in chunks of consecutive texts: values, and where each text's begin (texts + 1 offsets)."""

    values: list[U64]
    offsets: list[I32]

    @cached_property
    def begins(self) -> I64:
        """Number of the first piece of each chunk, and of all pieces."""
        return np.cumsum([0, *(len(chunk) for chunk in self.values)])

    @cached_property
    def texts(self) -> I64:
        """Number of the first text of each chunk, and of all texts."""
        return np.cumsum([0, *(len(chunk) - 1 for chunk in self.offsets)])

    def between(self, low: int, high: int) -> tuple[U64, I64]:
        """Values from `low` up to `high`, and their places (ascending)."""
        first, last = np.uint64(low), np.uint64(high - 1)
        values, places = [np.empty(0, np.uint64)], [np.empty(0, np.int64)]
        for chunk, begin in zip(self.values, self.begins, strict=False):
            at = np.flatnonzero((chunk >= first) & (chunk <= last))
            values.append(chunk[at])
            places.append(at + begin)
        return np.concatenate(values), np.concatenate(places)

    def rows(self, places: I64) -> I32:
        """The text of each of `places`, which must ascend: a search in order is ten times as fast as in any other."""
        out = np.empty(len(places), dtype=np.int32)
        cuts = np.searchsorted(places, self.begins)
        for chunk, (low, high) in enumerate(pairwise(cuts.tolist())):
            if low < high:
                inside = places[low:high] - self.begins[chunk]
                out[low:high] = np.searchsorted(self.offsets[chunk], inside, side="right") - 1 + self.texts[chunk]
        return out

    def by_range(self, work: Callable[[int, int], T]) -> list[T]:
        """What `work` makes of each range of values (from, up to), in the order of values."""
        ranges = 1 + int(self.begins[-1]) // _IN_RANGE
        bounds = [(1 << 60) * part // ranges for part in range(ranges + 1)]
        with ThreadPoolExecutor(WORKERS) as pool:
            return list(pool.map(lambda ends: work(*ends), pairwise(bounds)))


@dataclass(frozen=True)
class Shared:
    """Pieces that two accounts or more hold, sorted by value: number of the value, its text, the value of each number."""

    item: I64
    rows: I32
    values: U64


@dataclass(frozen=True)
class Belongs:
    """Texts that belong to families: parallel arrays of text and family value; for scaffolds, what each rests on.

    `parts` are parallel arrays of family value and shingle.
    """

    rows: I64
    values: U64
    parts: tuple[U64, U64] = (np.empty(0, np.uint64), np.empty(0, np.uint64))


def shared(pieces: Pieces, account: I32) -> Shared:
    """The pieces that two accounts or more hold; `account` is that of each text."""
    parts = pieces.by_range(lambda low, high: shared_between(pieces, account, low, high))
    before = np.cumsum([0, *(len(part.values) for part in parts)])
    return Shared(
        np.concatenate([part.item + begin for part, begin in zip(parts, before, strict=False)]),
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.values for part in parts]),
    )


def shared_between(pieces: Pieces, account: I32, low: int, high: int) -> Shared:
    """The pieces in a range of values that two accounts or more hold."""
    values, places = pieces.between(low, high)
    ordered = np.sort(values)
    # most values come once: a table of those that do not leaves few to sort with their places
    near = among(ordered[1:][ordered[1:] == ordered[:-1]], values)
    rows, values = pieces.rows(places[near]), values[near]
    order = argsort(values)
    rows, values = rows[order], values[order]
    first = fresh(values)
    starts = np.flatnonzero(first)
    if not len(starts):
        return Shared(np.empty(0, np.int64), rows, values)
    holder = account[rows]
    several = np.minimum.reduceat(holder, starts) != np.maximum.reduceat(holder, starts)
    keep = np.flatnonzero(np.repeat(several, np.diff(np.append(starts, len(values)))))
    return Shared(np.cumsum(first[keep]) - 1, rows[keep], values[starts[several]])


def among(wanted: U64, values: U64) -> I64:
    """Places of `values` that may be among `wanted`: all that are, and a few in a hundred that are not."""
    bits = np.uint64(min(max(len(wanted).bit_length() + 4, 12), 24))
    mask = (np.uint64(1) << bits) - np.uint64(1)
    table = np.zeros(1 << int(bits), dtype=np.bool_)
    table[(wanted >> np.uint64(2)) & mask] = True
    return np.flatnonzero(table[(values >> np.uint64(2)) & mask])


def fresh(values: NDArray[np.generic]) -> Flags:
    """Where a sorted array's value differs from the one before."""
    flags = np.ones(len(values), dtype=np.bool_)
    flags[1:] = values[1:] != values[:-1]
    return flags


def distinct(values: I64) -> I64:
    """The distinct values of a sorted array (numpy's own `unique` sorts, or hashes, once more)."""
    return values[fresh(values)]
