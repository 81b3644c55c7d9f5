"""Corroboration of every link, over flat arrays: which witnesses come again on the identifier they are asked about.

Links are worked through by ranges of identifiers: all that is known of an identifier is in one range, so ranges go in
parallel, each in bounded memory. An engine's hash tables took eight times as long over the same rows, and spilled.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from linkage.config import Graph

I64 = NDArray[np.int64]
Flags = NDArray[np.bool_]

#: witnesses of links in one range: working them through takes some 200 MB
_IN_RANGE: Final = 1 << 21
#: identifiers in one range, at most, so that a pair of identifiers and a place fit into 64 bits
_IDENTIFIERS: Final = 1 << 14
_MILLION: Final = 1_000_000
#: a credit of so much makes a family one of those that corroborate
_COUNTS: Final = 100_000
#: no family is certain by itself
_MOST: Final = 980_000


@dataclass(frozen=True)
class Ranked:
    """Incidences that may link, by account, family and kind: parallel arrays.

    `rarest` and `usual` are an incidence's places among its account's of the kind, from 1; `named` ones were not seen
    on the account; `odd` ones only a single time, and not what it had before; `holders` is the number of accounts on the identifier.
    """

    aid: I64
    iid: I64
    kind: I64
    family: I64
    holders: I64
    named: Flags
    odd: Flags
    rarest: I64
    usual: I64


@dataclass(frozen=True)
class Corroborated:
    """Links by identifier and account: corroboration in millionths, and how many other families give it.

    `steady` is the corroboration without the account's odd incidences; `odd` links are such themselves.
    """

    aid: I64
    iid: I64
    odd: Flags
    corroboration: I64
    steady: I64
    families: I64


@dataclass(frozen=True)
class _Asked:
    """Links and witnesses as places in a `Ranked`; an account's witnesses are `first[aid]` to `first[aid + 1]`."""

    ranked: Ranked
    links: I64
    witnesses: I64
    first: I64
    weights: NDArray[np.float64]
    population: int
    graph: Graph


def corroborate(ranked: Ranked, *, weights: NDArray[np.float64], population: int, graph: Graph) -> Corroborated:
    """Corroboration of each account's links; `weights` are the kinds', `population` the number of accounts."""
    links = np.flatnonzero((ranked.rarest <= graph.links_per_kind) | (ranked.usual <= graph.links_per_kind))
    links = links[np.lexsort((ranked.aid[links], ranked.iid[links]))]
    witnesses = np.flatnonzero((ranked.rarest <= graph.witnesses_per_kind) & ~ranked.named)
    first = np.searchsorted(ranked.aid[witnesses], np.arange(int(ranked.aid[-1]) + 2 if len(ranked.aid) else 1))
    asked = _Asked(ranked, links, witnesses, first, weights, population, graph)
    with ThreadPoolExecutor(min(os.cpu_count() or 2, 4)) as pool:
        parts = list(pool.map(lambda ends: _range(asked, *ends), pairwise(_ranges(asked))))
    empty = np.empty(0, np.int64)
    return Corroborated(
        ranked.aid[links],
        ranked.iid[links],
        ranked.odd[links],
        np.concatenate([empty, *(part[0] for part in parts)]),
        np.concatenate([empty, *(part[1] for part in parts)]),
        np.where(ranked.named[links], -1, np.concatenate([empty, *(part[2] for part in parts)])),
    )


def _ranges(asked: _Asked) -> Iterator[int]:
    """Places among the links at which a range begins, and their number: an identifier's links stay together."""
    if not len(asked.links):
        return
    iid = asked.ranked.iid[asked.links]
    begins = np.flatnonzero(np.concatenate([[True], iid[1:] != iid[:-1]]))
    work = np.concatenate([[0], np.cumsum(np.diff(asked.first)[asked.ranked.aid[asked.links]])])
    at = 0
    while at < len(begins):
        yield int(begins[at])
        full = int(np.searchsorted(work[begins], work[begins[at]] + _IN_RANGE, side="right")) - 1
        at = min(max(full, at + 1), at + _IDENTIFIERS)
    yield len(iid)


def _range(asked: _Asked, low: int, high: int) -> tuple[I64, I64, I64]:
    """Corroboration, its steady part and families of the links from place `low` up to `high`."""
    ranked, links = asked.ranked, asked.links[low:high]
    aid = ranked.aid[links]
    counts = asked.first[aid + 1] - asked.first[aid]
    ends = np.cumsum(counts)
    link = np.repeat(np.arange(len(links)), counts)
    witness = asked.witnesses[np.arange(int(ends[-1])) + np.repeat(asked.first[aid] - (ends - counts), counts)]
    tells = ranked.family[witness] != ranked.family[links][link]
    tells &= ranked.holders[witness] <= asked.graph.witness_reach * ranked.holders[links][link]
    link, witness = link[tells], witness[tells]
    iid = ranked.iid[links]
    which = np.cumsum(np.concatenate([[0], iid[1:] != iid[:-1]]))
    others = _again(which[link], ranked.iid[witness])
    return _credit(asked, links, link, witness, others)


def _again(identifier: I64, witness: I64) -> I64:
    """For each pair, how many more of its kind there are: pairs are sorted with their places in one number."""
    if not len(witness):
        return witness
    places = len(witness).bit_length()
    names = int(witness.max()).bit_length()
    keys = (identifier.astype(np.uint64) << np.uint64(names)) | witness.astype(np.uint64)
    keys = (keys << np.uint64(places)) | np.arange(len(witness), dtype=np.uint64)
    keys.sort()
    pair = keys >> np.uint64(places)
    starts = np.flatnonzero(np.concatenate([[True], pair[1:] != pair[:-1]]))
    times = np.diff(np.append(starts, len(pair)))
    others = np.empty(len(witness), np.int64)
    others[(keys & np.uint64((1 << places) - 1)).astype(np.int64)] = np.repeat(times - 1, times)
    return others


def _credit(asked: _Asked, links: I64, link: I64, witness: I64, others: I64) -> tuple[I64, I64, I64]:
    """Corroboration by all witnesses and by those that are not odd, and how many families give it."""
    ranked, graph = asked.ranked, asked.graph
    starts = _starts(link, ranked.kind[witness])
    some = np.flatnonzero(np.add.reduceat(others, starts)) if len(starts) else starts
    if not len(some):
        nothing = np.zeros(len(links), np.int64)
        return nothing, nothing, nothing
    holders = ranked.holders[witness] - 1
    offered = np.minimum(holders, graph.witness_holders)
    seen = offered * others * _MILLION // holders
    at, first = link[starts[some]], witness[starts[some]]
    kind, family = ranked.kind[first], ranked.family[first]
    share = (ranked.holders[links[at]] - 1) / (asked.population - 1.0)
    seen_of, offered_of = np.add.reduceat(seen, starts), np.add.reduceat(offered, starts)
    credit = _credits(asked, kind, seen_of[some] / _MILLION, offered_of[some] * share)
    corroboration, families = _together(len(links), at, family, credit)
    odd = np.flatnonzero(ranked.odd[witness])
    if not len(odd):
        return corroboration, corroboration, families
    of = np.searchsorted(starts, odd, side="right") - 1
    np.subtract.at(seen_of, of, seen[odd])
    np.subtract.at(offered_of, of, offered[odd])
    less = np.flatnonzero(np.isin(some, of))
    left = credit.copy()
    left[less] = _credits(asked, kind[less], seen_of[some[less]] / _MILLION, offered_of[some[less]] * share[less])
    touched = np.isin(at, at[less])
    steady, _ = _together(len(links), at[touched], family[touched], left[touched])
    # few witnesses may say more than many: what an odd one takes away is not given
    fewer = np.zeros(len(links), np.bool_)
    fewer[at[less]] = True
    return corroboration, np.where(fewer, np.minimum(steady, corroboration), corroboration), families


def _credits(asked: _Asked, kind: I64, seen: NDArray[np.float64], expected: NDArray[np.float64]) -> I64:
    """What the witnesses of one kind say of a link, in millionths: by how surprising it is and how far from chance."""
    graph, credit = asked.graph, np.zeros(len(kind), np.int64)
    more = np.flatnonzero(seen > expected)
    seen, expected = seen[more], expected[more]
    surprise = (seen * np.log(seen / expected) - (seen - expected)) / np.log(10)
    credit[more] = _rounded(
        _MILLION
        * asked.weights[kind[more]]
        * np.clip((surprise - graph.least_surprise) / (graph.full_surprise - graph.least_surprise), 0, 1)
        * np.clip((seen / expected - graph.least_lift) / (graph.full_lift - graph.least_lift), 0, 1)
    )
    return credit


def _together(links: int, at: I64, family: I64, credit: I64) -> tuple[I64, I64]:
    """The best credit of a family's kinds, families together as independent ones, and how many of them count."""
    at, family, credit = at[credit > 0], family[credit > 0], credit[credit > 0]
    doubt, families = np.zeros(links, np.int64), np.zeros(links, np.int64)
    if len(at):
        starts = _starts(at, family)
        best, at = np.maximum.reduceat(credit, starts), at[starts]
        np.add.at(doubt, at, _rounded(-_MILLION * np.log(1 - np.minimum(best, _MOST) / _MILLION)))
        np.add.at(families, at[best >= _COUNTS], 1)
    return _rounded(_MILLION * (1 - np.exp(-doubt / _MILLION))), families


def _starts(first: I64, second: I64) -> I64:
    """Where a run of equal pairs begins."""
    if not len(first):
        return np.empty(0, np.int64)
    return np.flatnonzero(np.concatenate([[True], (first[1:] != first[:-1]) | (second[1:] != second[:-1])]))


def _rounded(values: Any) -> I64:
    """To the nearest whole number, halves up; for what is not negative."""
    whole: I64 = np.floor(values + 0.5).astype(np.int64)
    return whole
