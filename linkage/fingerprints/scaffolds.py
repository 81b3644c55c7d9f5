"""Shingles held by nearly the same accounts are one scaffold.

Each shingle's set of accounts is sketched by MinHash (Broder, 1997); sorting the sketches brings alike ones side by
side, and neighbours that are alike by their sketches are joined by union-find. No two accounts and no two prompts are
ever compared. A sentence that two templates share is held by the accounts of both: it is less like the shingles of
either than they are like each other, and joins neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from linkage.fingerprints.corpus import Belongs, Corpus, Shared, shared
from linkage.fingerprints.duplicates import components
from linkage.fingerprints.hashing import I64, U64, mix

#: An account of this many prompts holds a shingle only when two of its prompts do, or one in which so many shingles are
#: shared: what a template leaves constant comes again or is much of a prompt, what is said in passing is neither.
#: Without the second, accounts that send each of a hundred templates once were missed.
_MANY_PROMPTS: Final = 24
_MUCH_SHARED: Final = 6
#: Values of a sketch of accounts; an estimate of 0.5 has a standard error of 0.09.
_SKETCH: Final = 32
#: The least likeness of two shingles' accounts, and its least share of the best that either has.
_ALIKE, _OF_BEST = 0.45, 0.8
#: Sampled shingles that a scaffold must rest on, by the number of its accounts: two people say "how much money did he
#: make in total" by chance, forty do not say the same thirty words.
_NEEDED: Final = {2: 6, 3: 5, 4: 4, 10: 3, 40: 2}
#: An account must hold this share of what the scaffold's accounts hold of it on average, and two shingles at least.
_SHARE: Final = 0.4


@dataclass(frozen=True)
class Holdings:
    """Which account holds which item in how many prompts: parallel arrays sorted by item, then account."""

    item: I64
    account: I64
    n: I64
    items: int

    def where(self, keep: NDArray[np.bool_]) -> tuple[Holdings, I64]:
        """The holdings that are kept, with items numbered anew, and the former number of each item."""
        kept, item = np.unique(self.item[keep], return_inverse=True)
        return Holdings(item, self.account[keep], self.n[keep], len(kept)), kept


def scaffolds(corpus: Corpus) -> Belongs:
    """Texts that hold two shingles or more of a scaffold, of accounts that hold enough of it."""
    found = shared(corpus.shingles, corpus.account)
    every, order, holding, text = _holdings(corpus, found)
    accounts, texts = len(corpus.account_key), len(corpus.account)
    prompts = np.bincount(corpus.account, weights=corpus.n, minlength=accounts)
    keep = (every.n >= 2) | (prompts[every.account] < _MANY_PROMPTS)
    keep |= np.bincount(found.rows, minlength=texts)[text] >= _MUCH_SHARED
    keep &= np.bincount(every.item[keep], minlength=every.items)[every.item] >= 2
    held, kept = every.where(keep)
    if not held.items:
        return Belongs(np.empty(0, np.int64), np.empty(0, np.uint64))
    family = group(held, corpus.account_key)
    member = _members(family[held.item], held.account, family)
    label = np.full(len(keep), -1, dtype=np.int64)
    label[np.flatnonzero(keep)[member]] = family[held.item[member]]
    # texts: those of members that hold two shingles of the family
    its = label[holding]
    inside = np.flatnonzero(its >= 0)
    pair, count = np.unique(its[inside] * texts + found.rows[order[inside]], return_counts=True)
    pair = pair[count >= 2]
    first = np.unique(family, return_index=True)[1]
    # values are sorted and families numbered by their first items: that is the least
    least = found.values[kept[first]]
    rests = np.isin(family, pair // texts)
    return Belongs(pair % texts, least[pair // texts], (least[family[rests]], found.values[kept[rests]]))


def _holdings(corpus: Corpus, found: Shared) -> tuple[Holdings, I64, I64, I64]:
    """Accounts by shingle; the order that sorts what was found by both, the holding of each in it, a text of each holding."""
    accounts = len(corpus.account_key)
    key = found.item * accounts + corpus.account[found.rows]
    order = np.argsort(key)
    key = key[order]
    fresh = np.ones(len(key), dtype=np.bool_)
    fresh[1:] = key[1:] != key[:-1]
    starts = np.flatnonzero(fresh)
    n = np.add.reduceat(corpus.n[found.rows[order]].astype(np.int64), starts) if len(starts) else starts
    held = Holdings(key[starts] // accounts, key[starts] % accounts, n, len(found.values))
    return held, order, np.cumsum(fresh) - 1, found.rows[order[starts]]


def _members(label: I64, account: I64, family: I64) -> NDArray[np.bool_]:
    """Which holdings (family and account of each) are of members; `family` is that of every shingle."""
    shingles = np.bincount(family)
    accounts = int(account.max()) + 1
    pair, place, count = np.unique(label * accounts + account, return_inverse=True, return_counts=True)
    its = pair // accounts
    several = count >= 2
    holders = np.bincount(its[several], minlength=len(shingles))
    mean = np.bincount(its[several], weights=count[several], minlength=len(shingles)) / np.maximum(holders, 1)
    member = several & (count >= np.maximum(np.minimum(3, shingles), np.ceil(mean * _SHARE))[its])
    holders = np.bincount(its[member], minlength=len(shingles))
    needed = np.full(len(shingles), np.iinfo(np.int64).max)
    for least, few in _NEEDED.items():
        needed[holders >= least] = few
    member &= (shingles >= needed)[its]
    flags: NDArray[np.bool_] = member[place]
    return flags


def group(held: Holdings, account_key: U64) -> I64:
    """A family for each item, numbered in the order of their first items.

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


def _sketches(held: Holdings, account_key: U64) -> NDArray[np.uint32]:
    """MinHash of each item's accounts: items by _SKETCH."""
    starts = np.searchsorted(held.item, np.arange(held.items))
    out = np.empty((_SKETCH, held.items), dtype=np.uint32)
    for column in range(_SKETCH):
        salt = np.uint64((column + 1) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF)
        value = (mix(account_key + salt) >> np.uint64(32)).astype(np.uint32)
        np.minimum.reduceat(value[held.account], starts, out=out[column])
    return np.ascontiguousarray(out.T)


def _neighbours(sketch: NDArray[np.uint32]) -> tuple[I64, I64, NDArray[np.float64]]:
    """Pairs of items side by side when sorted by the sketch from any even column on, that agree in two columns there."""
    wide = sketch.view("<u8")
    columns = wide.shape[1]
    pairs: list[I64] = []
    for column in range(columns):
        key = wide[:, column]
        order = np.argsort(key)
        same = key[order[1:]] == key[order[:-1]]
        some = np.sort(order[np.append(same, False) | np.concatenate([[False], same])])
        keys = [wide[some, (column + step) % columns] for step in (2, 1, 0)]
        some = some[np.lexsort([some, *keys])]
        a, b = some[:-1], some[1:]
        near = key[a] == key[b]
        pairs.append(np.minimum(a, b)[near] * len(sketch) + np.maximum(a, b)[near])
    pair = np.unique(np.concatenate(pairs))
    left, right = pair // len(sketch), pair % len(sketch)
    likeness = np.empty(len(pair))
    for begin in range(0, len(pair), 1 << 18):
        part = slice(begin, begin + (1 << 18))
        likeness[part] = (sketch[left[part]] == sketch[right[part]]).mean(axis=1)
    return left, right, likeness
