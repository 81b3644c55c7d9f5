"""Shingles held by nearly the same accounts are one scaffold.

Each shingle's set of accounts is sketched by MinHash (Broder, 1997); sorting the sketches brings alike ones side by
side, and neighbours that are alike by their sketches are joined by union-find. No two accounts and no two prompts are
ever compared. A sentence that two templates share is held by the accounts of both: it is less like the shingles of
either than they are like each other, and joins neither.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from linkage.fingerprints.corpus import Corpus
from linkage.fingerprints.duplicates import components
from linkage.fingerprints.hashing import I64, U64, argsort, mix
from linkage.fingerprints.pieces import I32, WORKERS, Belongs, Flags, Pieces, among, distinct, fresh, shared_between
from linkage.fingerprints.sketch import SHINGLE

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
    """Which account holds which item: parallel arrays sorted by item, then account.

    `counts` texts of the account hold it, by which `texts` goes from holding to holding; `n` are the prompts of that text.
    Where `keep` is false it was said in passing. `values` are those of the items.
    """

    item: I32
    account: I32
    n: I32
    counts: I32
    texts: I32
    keep: Flags
    values: U64


def scaffolds(corpus: Corpus) -> Belongs:
    """Texts that hold two shingles or more of a scaffold, of accounts that hold enough of it."""
    accounts, texts = len(corpus.account_key), len(corpus.account)
    held = _holdings(corpus, corpus.pieces.pop(SHINGLE))
    # items that are left are numbered anew
    used = np.zeros(len(held.values), dtype=np.bool_)
    used[held.item[held.keep]] = True
    if not used.any():
        return Belongs(np.empty(0, np.int64), np.empty(0, np.uint64))
    number, values = np.cumsum(used, dtype=np.int32) - np.int32(1), held.values[used]
    item, account = number[held.item[held.keep]], held.account[held.keep]
    family = group(item, account, len(values), corpus.account_key)
    members = _members(family[item] * accounts + account, accounts, np.bincount(family))
    # values are sorted and families numbered by their first items: that value is the least
    least = values[np.unique(family, return_index=True)[1]]
    # a member's text holds what is left of its family, whether or not the account held it by that text
    label = np.where(used[held.item], family[number[held.item]], -1)
    key = label * accounts + held.account
    near = among(members.view(np.uint64), key.view(np.uint64))
    near = near[(label[near] >= 0) & (members[np.searchsorted(members[:-1], key[near])] == key[near])] if len(members) else near
    mine = np.zeros(len(label), dtype=np.bool_)
    mine[near] = True
    rows = held.texts[np.repeat(mine, held.counts)]
    pairs = np.repeat(label[mine], held.counts[mine]) * texts + rows
    del held, rows
    pairs.sort()
    twice = distinct(pairs[1:][pairs[1:] == pairs[:-1]])
    rests = np.isin(family, twice // texts)
    return Belongs(twice % texts, least[twice // texts], (least[family[rests]], values[rests]))


def _holdings(corpus: Corpus, pieces: Pieces) -> Holdings:
    """Accounts by shingle, without what is said in passing and what is then left on one account."""
    accounts = len(corpus.account_key)
    much = np.zeros(len(corpus.account), dtype=np.uint8)
    lock = Lock()

    def between(low: int, high: int) -> Holdings:
        found = shared_between(pieces, corpus.account, low, high)
        with lock:
            np.add.at(much, found.rows, 1)
        key = found.item * accounts + corpus.account[found.rows]
        order = argsort(key)
        key, rows = key[order], found.rows[order]
        starts = np.flatnonzero(fresh(key))
        counts = np.diff(np.append(starts, len(key))).astype(np.int32)
        n = np.add.reduceat(corpus.n[rows], starts) if len(starts) else corpus.n[:0]
        item, account = np.divmod(key[starts], accounts)
        return Holdings(item.astype(np.int32), account.astype(np.int32), n, counts, rows, starts > 0, found.values)

    parts = pieces.by_range(between)
    before = np.cumsum([0, *(len(part.values) for part in parts)])
    item = np.concatenate([part.item + np.int32(begin) for part, begin in zip(parts, before, strict=False)])
    account, n, counts, texts, _, values = (
        np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Holdings)[1:]
    )
    del parts
    prompts = np.bincount(corpus.account, weights=corpus.n, minlength=accounts)
    begin = np.cumsum(counts, dtype=np.int64) - counts
    keep = (n >= 2) | (prompts < _MANY_PROMPTS)[account] | (much >= _MUCH_SHARED)[texts[begin]]
    keep &= (np.bincount(item[keep], minlength=len(values)) >= 2)[item]
    return Holdings(item, account, n, counts, texts, keep, values)


def _members(pairs: I64, accounts: int, shingles: I64) -> I64:
    """The (family * accounts + account) of members, sorted, from those of every holding."""
    pair, count = np.unique(pairs, return_counts=True)
    family = pair // accounts
    several = count >= 2
    holders = np.bincount(family[several], minlength=len(shingles))
    mean = np.bincount(family[several], weights=count[several], minlength=len(shingles)) / np.maximum(holders, 1)
    member = several & (count >= np.maximum(np.minimum(3, shingles), np.ceil(mean * _SHARE))[family])
    holders = np.bincount(family[member], minlength=len(shingles))
    needed = np.full(len(shingles), np.iinfo(np.int64).max)
    for least, few in _NEEDED.items():
        needed[holders >= least] = few
    members: I64 = pair[member & (shingles >= needed)[family]]
    return members


def group(item: I32, account: I32, items: int, account_key: U64) -> I64:
    """A family for each item, numbered in the order of their first items, from who holds which (sorted by item).

    `account_key` stands for each account, so the answer does not depend on the numbering of accounts.
    """
    sketch = _sketches(item, account, items, account_key)
    left, right, likeness = _neighbours(sketch)
    best = np.zeros(items)
    np.maximum.at(best, left, likeness)
    np.maximum.at(best, right, likeness)
    joined = likeness >= np.maximum(_ALIKE, _OF_BEST * np.maximum(best[left], best[right]))
    return components(left[joined], right[joined], items)


def _sketches(item: I32, account: I32, items: int, account_key: U64) -> NDArray[np.uint32]:
    """MinHash of each item's accounts: items by _SKETCH."""
    starts = np.searchsorted(item, np.arange(items, dtype=np.int32))
    out = np.empty((_SKETCH, items), dtype=np.uint32)

    def fill(column: int) -> None:
        salt = np.uint64((column + 1) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF)
        value = (mix(account_key + salt) >> np.uint64(32)).astype(np.uint32)
        np.minimum.reduceat(value[account], starts, out=out[column])

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(fill, range(_SKETCH)))
    return np.ascontiguousarray(out.T)


def _neighbours(sketch: NDArray[np.uint32]) -> tuple[I64, I64, NDArray[np.float64]]:
    """Pairs of items side by side when sorted by the sketch from any even column on, that agree in two columns there."""
    wide = sketch.view("<u8")
    columns = wide.shape[1]

    def alike(column: int) -> I64:
        key = wide[:, column]
        # mixed, for only what is equal matters, and columns have upper bits in common
        order = argsort(mix(key))
        same = key[order[1:]] == key[order[:-1]]
        some = np.sort(order[np.append(same, False) | np.concatenate([[False], same])])
        keys = [wide[some, (column + step) % columns] for step in (2, 1, 0)]
        some = some[np.lexsort([some, *keys])]
        a, b = some[:-1], some[1:]
        near = key[a] == key[b]
        pair: I64 = np.minimum(a, b)[near] * len(sketch) + np.maximum(a, b)[near]
        return pair

    with ThreadPoolExecutor(WORKERS) as pool:
        pairs = list(pool.map(alike, range(columns)))
    pair = distinct(np.sort(np.concatenate(pairs)))
    left, right = pair // len(sketch), pair % len(sketch)
    likeness = np.empty(len(pair))
    for begin in range(0, len(pair), 1 << 18):
        part = slice(begin, begin + (1 << 18))
        likeness[part] = (sketch[left[part]] == sketch[right[part]]).mean(axis=1)
    return left, right, likeness
