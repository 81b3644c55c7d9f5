"""Parting at seams: groups that only one family of evidence joins come apart, and nothing else does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.communities import WeightedGraph, part_seams, renumber

CONTENT, NETWORK, PAYMENT = 0, 1, 2

#: account, identifier, family, weight
Link = tuple[int, str, int, int]


def parted(links: Sequence[Link], accounts: int) -> dict[str | int, int]:
    """The community of each account and identifier, when all were one before."""
    names = sorted({identifier for _, identifier, _, _ in links})
    rows = sorted(
        (account, accounts + names.index(identifier), family, weight) for account, identifier, family, weight in links
    )
    source, target, family, weight = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    graph = WeightedGraph(accounts + len(names), source, target, weight)
    labels = part_seams(graph, np.zeros(graph.nodes, np.int64), family=family, accounts=accounts)
    assert np.array_equal(labels, renumber(labels))
    return {**dict(enumerate(labels[:accounts].tolist())), **dict(zip(names, labels[accounts:].tolist(), strict=True))}


def group(name: str, accounts: Sequence[int]) -> list[Link]:
    """Accounts on two addresses, and in fours on a card."""
    addresses = [(one, f"{name}-ip{n}", NETWORK, 500) for one in accounts for n in range(2)]
    return addresses + [(one, f"{name}-card{place // 4}", PAYMENT, 600) for place, one in enumerate(accounts)]


def template(accounts: Sequence[int], weight: int = 900) -> list[Link]:
    return [(one, "template", CONTENT, weight) for one in accounts]


COURSE, CAMPAIGN = range(20), range(20, 50)
BOTH = [*group("campus", COURSE), *group("exits", CAMPAIGN)]


def test_a_copied_prompt_makes_no_two_groups_one() -> None:
    found = parted([*BOTH, *template(COURSE), *template(CAMPAIGN)], 50)
    assert {found[one] for one in COURSE} == {found["campus-ip0"]} and {found[one] for one in CAMPAIGN} == {
        found["exits-card0"]
    }
    assert found[0] != found[20]
    assert found["template"] == found[20], "where most of its weight is"


def test_who_has_the_template_alone_goes_with_it() -> None:
    found = parted([*BOTH, *template(range(52))], 52)
    assert found[50] == found[51] == found["template"] == found[20] != found[0]


@pytest.mark.parametrize(
    ("links", "accounts"),
    [
        ([*template(range(40)), *((one, f"card{one // 2}", PAYMENT, 600) for one in range(40))], 40),
        ([*group("one", range(7)), *group("other", range(7, 40)), *template(range(40))], 40),
        ([*BOTH, *template(range(50)), *((one, "range", PAYMENT, 200) for one in range(15, 25))], 50),
        ([*BOTH, *template(range(50)), (0, "exits-ip0", NETWORK, 200), (1, "exits-ip1", NETWORK, 200)], 50),
        ([*BOTH, *template(range(60))], 60),
        (BOTH[: 20 * 3], 20),
    ],
    ids=["own cards", "too few", "two families", "two ways across", "many by text alone", "one group"],
)
def test_what_stays_whole(links: list[Link], accounts: int) -> None:
    assert set(parted(links, accounts).values()) == {0}


def test_one_sighting_across_is_no_second_family() -> None:
    found = parted([*BOTH, *template(range(50)), (0, "exits-ip0", NETWORK, 200)], 50)
    assert found[0] == found[19] != found[20]


def test_the_others_are_left_alone() -> None:
    """A second community beside the one that is parted, and an account without links."""
    links = [*BOTH, *template(range(50)), *group("office", range(50, 90))]
    names = sorted({identifier for _, identifier, _, _ in links})
    rows = sorted((account, 91 + names.index(identifier), family, weight) for account, identifier, family, weight in links)
    source, target, family, weight = (np.array(column, np.int64) for column in zip(*rows, strict=True))
    graph = WeightedGraph(91 + len(names), source, target, weight)
    before = graph.components()
    after = part_seams(graph, before, family=family, accounts=91)
    assert len(np.unique(before)) == 3 and len(np.unique(after)) == 4
    for label in (before[50], before[90]):
        assert len(np.unique(after[before == label])) == 1


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_communities_are_only_ever_parted_and_parts_are_large(data: st.DataObject) -> None:
    accounts = data.draw(st.integers(1, 60))
    ties = st.tuples(st.integers(0, accounts - 1), st.integers(0, 8))
    pairs = sorted(data.draw(st.sets(ties, min_size=1, max_size=150)))
    source, place = (np.array(column, np.int64) for column in zip(*pairs, strict=True))
    graph = WeightedGraph(accounts + 9, source, accounts + place, np.full(len(pairs), 10, np.int64))
    before = renumber(np.array(data.draw(st.lists(st.integers(0, 2), min_size=graph.nodes, max_size=graph.nodes)), np.int64))
    after = part_seams(graph, before, family=place % 3, accounts=accounts)
    for label in np.unique(before):
        inside = before == label
        parts = np.unique(after[inside])
        assert not np.isin(after[~inside], parts).any()
        if len(parts) > 1:
            sizes = [int((after[:accounts] == part).sum()) for part in parts]
            assert sum(size >= 8 for size in sizes) >= 2
