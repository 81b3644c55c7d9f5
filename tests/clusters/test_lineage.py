"""Cluster ids last: they follow the accounts, through growth, churn, mergers and splits."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.clusters import assign_ids
from linkage.tables import create
from tests.clusters.factory import engine, members, rows


def assign(now: Mapping[str, int], before: Mapping[str, str] | None = None) -> tuple[dict[str, str], list[dict[str, Any]]]:
    """The cluster id of each account, by labels now and cluster ids before; and the lineage."""
    con = engine()
    con.register(
        "made", pa.table({"account_id": pa.array(list(now), pa.string()), "label": pa.array(list(now.values()), pa.int64())})
    )
    con.execute("CREATE OR REPLACE TABLE cluster_members AS SELECT * FROM made")
    con.unregister("made")
    con.execute(create("lineage"))
    assign_ids(con, previous=None if before is None else members(before))
    ids = {row["label"]: row["cluster_id"] for row in rows("cluster_ids")}
    return {account: ids[label] for account, label in now.items()}, rows("lineage")


def group(first: int, last: int, label: int) -> dict[str, int]:
    """Accounts of these numbers with one label."""
    return {f"a{number:04d}": label for number in range(first, last)}


def events(lineage: list[dict[str, Any]]) -> list[tuple[str, int, int, int]]:
    return [(row["event"], row["shared"], row["joined"], row["left"]) for row in lineage]


def test_what_was_not_there_is_born() -> None:
    ids, lineage = assign(group(0, 5, 1) | group(5, 9, 2))
    assert len(set(ids.values())) == 2
    assert sorted(events(lineage)) == [("born", 0, 4, 0), ("born", 0, 5, 0)]
    assert {row["previous_id"] for row in lineage} == {None}


def test_the_same_accounts_have_the_same_id_in_any_store_whatever_their_label() -> None:
    assert assign(group(0, 5, 1))[0] == assign(dict(reversed(group(0, 5, 77).items())))[0]
    assert set(assign(group(0, 5, 1))[0].values()) != set(assign(group(0, 6, 1))[0].values())


def test_nothing_changed_is_unchanged() -> None:
    first, _ = assign(group(0, 5, 1) | group(5, 9, 2))
    again, lineage = assign(group(0, 5, 8) | group(5, 9, 3), first)
    assert again == first
    assert sorted(events(lineage)) == [("unchanged", 4, 0, 0), ("unchanged", 5, 0, 0)]


def test_growth_and_shrinking_keep_the_id() -> None:
    first, _ = assign(group(0, 10, 1))
    grown, lineage = assign(group(0, 25, 1), first)
    assert set(grown.values()) == set(first.values()) and events(lineage) == [("grown", 10, 15, 0)]
    shrunk, lineage = assign(group(4, 10, 1), first)
    assert set(shrunk.values()) == set(first.values()) and events(lineage) == [("shrunk", 6, 0, 4)]


def test_churn_shatters_nothing() -> None:
    """1.5 % of 2,000 accounts replaced, twelve times over: everybody keeps the id."""
    now = {f"a{number}": number % 40 for number in range(2000)}
    ids, _ = assign(now)
    started, order, fresh = Counter(ids.values()), random.Random(1), 2000
    for _ in range(12):
        for account in order.sample(sorted(now), 30):
            now[f"a{fresh}"] = now.pop(account)
            fresh += 1
        ids, lineage = assign(now, ids)
        assert {row["event"] for row in lineage} <= {"unchanged", "grown", "shrunk"}
    assert set(ids.values()) == set(started)


def test_a_merger_keeps_the_id_of_the_larger_and_names_both() -> None:
    first, _ = assign(group(0, 10, 1) | group(10, 16, 2))
    large, small = first["a0000"], first["a0010"]
    merged, lineage = assign(group(0, 16, 1), first)
    assert set(merged.values()) == {large}
    assert [(row["previous_id"], row["event"], row["shared"]) for row in sorted(lineage, key=lambda r: -r["shared"])] == [
        (large, "merged", 10),
        (small, "merged", 6),
    ]


def test_a_split_keeps_the_id_with_the_larger_part() -> None:
    first, _ = assign(group(0, 10, 1))
    (old,) = set(first.values())
    parts, lineage = assign(group(0, 6, 1) | group(6, 10, 2), first)
    assert parts["a0000"] == old != parts["a0006"]
    assert {(row["cluster_id"], row["previous_id"], row["event"], row["shared"]) for row in lineage} == {
        (old, old, "split", 6),
        (parts["a0006"], old, "split", 4),
    }


def test_halves_of_one_size_part_as_they_were_whatever_their_labels() -> None:
    """Two of one size are merged by hand and come apart again: the id goes back to the accounts it was made from."""
    for labels in ((1, 2), (2, 1)):
        first, _ = assign(group(0, 8, labels[0]) | group(8, 16, labels[1]))
        merged, _ = assign(group(0, 16, 3), first)
        (kept,) = set(merged.values())
        apart, lineage = assign(group(0, 8, labels[1]) | group(8, 16, labels[0]), merged)
        assert [account for account, name in apart.items() if name == kept] == [a for a, name in first.items() if name == kept]
        assert apart == first and {row["event"] for row in lineage} == {"split"}


def test_what_is_no_more_is_gone() -> None:
    first, _ = assign(group(0, 5, 1) | group(5, 9, 2))
    left, lineage = assign(group(0, 5, 1), first)
    (gone,) = (row for row in lineage if row["event"] == "gone")
    assert gone == {
        "cluster_id": first["a0005"],
        "previous_id": first["a0005"],
        "event": "gone",
        "shared": 0,
        "joined": 0,
        "left": 4,
    }
    assert set(left.values()) == {first["a0000"]}
    assert sorted(events(assign({}, first)[1])) == [("gone", 0, 0, 4), ("gone", 0, 0, 5)]


def test_a_few_accounts_in_common_do_not_make_two_clusters_the_same() -> None:
    first, _ = assign(group(0, 20, 1))
    now, lineage = assign(group(18, 38, 1), first)
    assert set(now.values()).isdisjoint(first.values())
    assert sorted(row["event"] for row in lineage) == ["born", "gone"]


def test_an_id_that_is_gone_is_not_given_again_to_others() -> None:
    """Ids are digests of accounts: the accounts that named a cluster may form another while it lives on elsewhere."""
    first, _ = assign(group(0, 4, 1))
    (old,) = set(first.values())
    grown, _ = assign(group(0, 16, 1), first)
    assert set(grown.values()) == {old}
    apart, _ = assign(group(0, 4, 1) | group(4, 16, 2), grown)
    assert apart["a0004"] == old != apart["a0000"], "the larger part carries the id on; the other needs another"


_PARTITIONS = st.dictionaries(st.sampled_from([f"a{number:02d}" for number in range(24)]), st.integers(0, 5))


@given(_PARTITIONS, _PARTITIONS, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_lineage_adds_up_and_does_not_depend_on_order(then: dict[str, int], now: dict[str, int], order: random.Random) -> None:
    before, _ = assign(then)
    ids, lineage = assign(now, before)
    sizes, old_sizes = Counter(ids.values()), Counter(before.values())
    assert len(set(ids.values())) == len(set(now.values())), "each cluster has an id of its own"
    for row in lineage:
        if row["event"] != "gone":
            assert row["shared"] + row["joined"] == sizes[row["cluster_id"]]
        if row["previous_id"] is not None:
            assert row["shared"] + row["left"] == old_sizes[row["previous_id"]]
            assert row["shared"] == sum(
                before.get(account) == row["previous_id"] and ids.get(account) == row["cluster_id"] for account in now
            )
    told = {row["cluster_id"] for row in lineage if row["event"] != "gone"}
    assert told == set(ids.values()), "every cluster has its event"
    assert {row["previous_id"] for row in lineage} - {None} == set(before.values()), "and so has every former one"
    mixed = list(now.items())
    order.shuffle(mixed)
    assert assign(dict(mixed), dict(reversed(before.items()))) == (ids, lineage)
