"""Folds a cluster's accounts: those on the same hubs become one group, so that 24,000 accounts are a few hundred."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from linkage.views.incidence import Floats, Incidence, Ints
from linkage.views.nodes import identifier_node

#: Hubs and links an account that tell groups apart, from fine to coarse: the first that gives few enough groups counts.
_FINENESS: Final = ((120, 6), (120, 3), (80, 3), (80, 2), (50, 2), (30, 2), (30, 1), (15, 1))


#: Hubs that are looked at beside those that tell groups apart, how many of them a group is shown on, and from which share
#: of its accounts on.
_BESIDE: Final = 40
_SHOWN: Final = 5
_SHARE: Final = 0.1


@dataclass(frozen=True)
class Group:
    """Accounts on the same hubs: `hubs` are nodes of identifiers that all of them are on; the group of the rest has none.

    `shares` are the hubs to show it on, with the share (0..1) of its accounts on each, the largest first. `examples` are
    its first accounts.
    """

    number: int
    accounts: int
    core: int
    flagged: int
    hubs: tuple[str, ...]
    shares: tuple[tuple[str, float], ...]
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Groups:
    """Groups, the largest first; `hubs` are the identifiers among them, and `group` numbers each account's (-1: folded away).

    `left_out` counts accounts in groups too many to show.
    """

    groups: tuple[Group, ...]
    hubs: tuple[str, ...]
    group: Ints
    left_out: int


def groups(whole: Incidence, *, limit: int = 300, examples: int = 200) -> Groups:
    """At most `limit` groups of the accounts of `whole`.

    What tells accounts apart is made coarser until there are few enough groups: fewer hubs, fewer links an account.
    """
    if not whole.size:
        return Groups((), (), np.empty(0, np.int64), 0)
    hubs = 0
    label = np.zeros(whole.size, np.int64)
    sets: list[tuple[int, ...]] = [()]
    for hubs, each in _FINENESS:
        sets, label = _fold(whole, hubs, each)
        if len(sets) <= limit:
            break
    sizes = np.bincount(label, minlength=len(sets))
    order = np.lexsort((np.arange(len(sets)), -sizes))
    shown = order[:limit]
    place = np.full(len(sets), -1, np.int64)
    place[shown] = np.arange(len(shown))
    group = place[label]
    members = np.argsort(group, kind="stable")
    members = members[group[members] >= 0]
    bounds = np.searchsorted(group[members], np.arange(len(shown) + 1))
    on = _shares(whole, group, len(shown), max(hubs, _BESIDE))
    made = []
    for number, old in enumerate(shown.tolist()):
        inside = members[bounds[number] : bounds[number + 1]]
        made.append(
            Group(
                number=number,
                accounts=len(inside),
                core=int(whole.core[inside].sum()),
                flagged=int(whole.flagged[inside].sum()),
                hubs=tuple(identifier_node(whole.kinds[hub], whole.values[hub]) for hub in sets[old]),
                shares=tuple(
                    (identifier_node(whole.kinds[hub], whole.values[hub]), share) for hub, share in _most(on[number], sets[old])
                ),
                examples=tuple(whole.accounts[account] for account in inside[:examples].tolist()),
            )
        )
    named = tuple(dict.fromkeys(hub for each in made for hub, _ in each.shares))
    return Groups(tuple(made), named, group, int((group < 0).sum()))


def _shares(whole: Incidence, group: Ints, groups: int, hubs: int) -> Floats:
    """The share of each group's accounts on each of the weightiest `hubs` identifiers (groups x hubs)."""
    hubs = min(hubs, len(whole.values))
    kept = (whole.target < hubs) & (group[whole.source] >= 0)
    cell = group[whole.source[kept]] * hubs + whole.target[kept]
    held = np.bincount(cell, minlength=groups * hubs).reshape(groups, hubs)
    sizes = np.bincount(group[group >= 0], minlength=groups)
    return np.asarray(held / np.maximum(sizes, 1)[:, None], np.float64)


def _most(shares: Floats, own: tuple[int, ...]) -> list[tuple[int, float]]:
    """The hubs on which a group is shown: its own, and of the others those that most of it is on."""
    order = np.lexsort((np.arange(len(shares)), -shares))
    beside = [hub for hub in order[: _SHOWN + len(own)].tolist() if shares[hub] >= _SHARE and hub not in own]
    chosen = [*own, *beside][: max(len(own), _SHOWN)]
    return [(hub, float(shares[hub])) for hub in chosen]


def _fold(whole: Incidence, hubs: int, each: int) -> tuple[list[tuple[int, ...]], Ints]:
    """The sets of hubs that accounts are on, and which set each account has: its `each` weightiest among `hubs` hubs."""
    # identifiers come in the order of the weight they carry
    kept = whole.target < hubs
    part = Incidence(
        whole.accounts, whole.core, whole.flagged, whole.kinds, whole.values, whole.strength, whole.everywhere,
        whole.source[kept], whole.target[kept], whole.weight[kept],
    )  # fmt: skip
    strongest = part.strongest(each)
    source, target = part.source[strongest], part.target[strongest]
    order = np.lexsort((target, source))
    source, target = source[order], target[order]
    bounds = np.searchsorted(source, np.arange(whole.size + 1))
    numbers: dict[tuple[int, ...], int] = {}
    label = np.empty(whole.size, np.int64)
    listed = target.tolist()
    for account, (low, high) in enumerate(zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)):
        label[account] = numbers.setdefault(tuple(listed[low:high]), len(numbers))
    return list(numbers), label
