"""The same text on several accounts, and texts that differ in few words."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from linkage.fingerprints.corpus import Corpus
from linkage.fingerprints.hashing import I64
from linkage.fingerprints.pieces import Belongs, shared
from linkage.fingerprints.sketch import BAND, TEXT


def same_texts(corpus: Corpus) -> Belongs:
    """Texts that several accounts sent, equal after normalisation."""
    found = shared(corpus.pieces.pop(TEXT), corpus.account)
    return Belongs(found.rows.astype(np.int64), found.values[found.item])


def of_several_texts(family: Belongs, same: Belongs, texts: int) -> Belongs:
    """The families whose texts are not all one text, by what `same_texts` found among `texts` texts."""
    text = np.arange(1, texts + 1, dtype=np.uint64)  # a text of its own, below any hash that matters
    text[same.rows] = same.values
    values, code = np.unique(family.values, return_inverse=True)
    low, high = np.full(len(values), np.iinfo(np.uint64).max), np.zeros(len(values), np.uint64)
    np.minimum.at(low, code, text[family.rows])
    np.maximum.at(high, code, text[family.rows])
    several = values[low < high]
    keep, (least, shingles) = np.isin(family.values, several), family.parts
    rests = np.isin(least, several)
    return Belongs(family.rows[keep], family.values[keep], (least[rests], shingles[rests]))


def near_duplicates(corpus: Corpus) -> Belongs:
    """Texts joined by MinHash bands that other accounts' texts have too; a family has the least of its bands as value."""
    found = shared(corpus.pieces.pop(BAND), corpus.account)
    order = np.argsort(found.rows, kind="stable")
    rows, items = found.rows[order].astype(np.int64), found.item[order]
    twice = rows[1:] == rows[:-1]
    label = components(items[:-1][twice], items[1:][twice], len(found.values))
    # values are sorted, and labels number components in the order of their first items
    least = found.values[np.unique(label, return_index=True)[1]]
    keep = np.ones(len(rows), dtype=np.bool_)
    keep[1:] = ~twice
    return Belongs(rows[keep], least[label[items[keep]]])


def components(left: I64, right: I64, items: int) -> I64:
    """Connected components of pairs of items, numbered in the order of their first items."""
    graph = coo_array((np.ones(len(left), np.int8), (left, right)), shape=(items, items))
    _, label = connected_components(graph, directed=False)
    _, first, inverse = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]
