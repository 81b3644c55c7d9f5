from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.investigate import Change, Move, diff
from linkage.investigate.changes import compare
from linkage.store import open_snapshot
from tests.investigate.factory import World

Partition = dict[str, list[str]]


def table(partition: Partition) -> pa.Table:
    rows = [(account, name) for name, inside in partition.items() for account in inside]
    accounts, names = [row[0] for row in rows], [row[1] for row in rows]
    return pa.table({"account_id": pa.array(accounts, pa.string()), "cluster_id": pa.array(names, pa.string())})


def changes(old: Partition, new: Partition) -> dict[str, Change]:
    return {change.cluster_id: change for change in compare(table(old), table(new))}


def accounts(first: int, last: int) -> list[str]:
    return [f"a{number:02}" for number in range(first, last)]


def test_born_grown_shrunk_gone_and_unchanged() -> None:
    told = changes(
        {"same": accounts(0, 4), "grows": accounts(10, 14), "shrinks": accounts(20, 26), "goes": accounts(30, 33)},
        {"same": accounts(0, 4), "grows": accounts(10, 17), "shrinks": accounts(20, 24), "new": accounts(40, 43)},
    )
    assert {name: change.event for name, change in told.items()} == {
        "same": "unchanged",
        "grows": "grown",
        "shrinks": "shrunk",
        "goes": "gone",
        "new": "born",
    }
    grown = told["grows"]
    assert (grown.previous_size, grown.size, grown.shared, grown.joined, grown.left) == (4, 7, 4, 3, 0)
    assert grown.moves == tuple(Move(name, None, "grows") for name in accounts(14, 17))
    assert told["shrinks"].moves == tuple(Move(name, "shrinks", None) for name in accounts(24, 26))
    assert told["same"].moves == ()


def test_two_clusters_become_one() -> None:
    told = changes({"one": accounts(0, 5), "two": accounts(10, 14)}, {"one": accounts(0, 5) + accounts(10, 14)})
    assert (told["one"].event, told["one"].others) == ("merged", ("two",))
    assert (told["two"].event, told["two"].others, told["two"].size) == ("merged", ("one",), 0)
    assert told["two"].moves == tuple(Move(name, "two", "one") for name in accounts(10, 14))


def test_one_cluster_becomes_two() -> None:
    told = changes({"one": accounts(0, 10)}, {"one": accounts(0, 6), "two": accounts(6, 10)})
    assert (told["one"].event, told["one"].others) == ("split", ("two",))
    assert (told["two"].event, told["two"].others) == ("split", ("one",))


def test_a_few_that_change_sides_are_no_merge() -> None:
    told = changes({"one": accounts(0, 10), "two": accounts(10, 20)}, {"one": accounts(0, 11), "two": accounts(11, 20)})
    assert (told["one"].event, told["two"].event) == ("grown", "shrunk")
    assert told["one"].moves == told["two"].moves == (Move("a10", "two", "one"),)


def test_events_in_the_order_of_their_weight() -> None:
    partition = {"b": accounts(0, 3), "z": accounts(3, 9)}
    assert list(changes(partition, partition)) == ["z", "b"]


def test_two_snapshots_of_a_store(tmp_path: Path) -> None:
    old, new = World(), World()
    old.cluster("calm", 0.1, accounts(0, 3), flagged=False)
    new.cluster("calm", 0.9, accounts(0, 3))
    old.cluster("gone", 0.9, accounts(5, 8))
    first, second = old.publish(tmp_path, day=1), new.publish(tmp_path, day=2)
    with open_snapshot(tmp_path, first) as before, open_snapshot(tmp_path, second) as after:
        told = diff(before, after)
    assert [(c.cluster_id, c.event, c.was_flagged, c.flagged) for c in told] == [
        ("gone", "gone", True, False),
        ("calm", "unchanged", False, True),
    ]


_labels = st.lists(st.sampled_from(["", "A", "B", "C", "D"]), min_size=12, max_size=12)


def partition(labels: list[str]) -> Partition:
    made: Partition = {}
    for number, label in enumerate(labels):
        if label:
            made.setdefault(label, []).append(f"a{number:02}")
    return made


@settings(max_examples=25, deadline=None)
@given(_labels, _labels)
def test_the_books_balance(before: list[str], after: list[str]) -> None:
    """Each cluster is told once, sizes add up, and applying the moves to the old partition gives the new one."""
    old, new = partition(before), partition(after)
    told = changes(old, new)
    assert told.keys() == old.keys() | new.keys()
    where = {account: name for name, inside in old.items() for account in inside}
    for name, change in told.items():
        assert change.size == change.shared + change.joined == len(new.get(name, []))
        assert change.previous_size == change.shared + change.left == len(old.get(name, []))
        assert (change.event == "unchanged") <= (old.get(name) == new.get(name))
        for move in change.moves:
            assert where.get(move.account_id) in (move.old, move.new)
            where[move.account_id] = move.new or ""
    assert partition([where.get(f"a{number:02}", "") for number in range(12)]) == new


@settings(max_examples=25, deadline=None)
@given(_labels, _labels)
def test_a_rebuild_and_a_diff_tell_the_same(before: list[str], after: list[str]) -> None:
    """The event, and the accounts that joined and left, of every cluster of a rebuild are those of `diff`."""
    from linkage.clusters import assign_ids
    from linkage.tables import create

    old = table(partition(before))
    new = {f"a{number:02}": "ABCD".index(label) for number, label in enumerate(after) if label}
    with duckdb.connect() as con:
        con.register(
            "made",
            pa.table({"account_id": pa.array(list(new), pa.string()), "label": pa.array(list(new.values()), pa.int64())}),
        )
        con.execute("CREATE TABLE cluster_members AS SELECT * FROM made")
        con.execute(create("lineage"))
        assign_ids(con, previous=old)
        now = con.sql("SELECT account_id, cluster_id FROM cluster_members JOIN cluster_ids USING (label)").to_arrow_table()
        events = dict(con.execute("SELECT cluster_id, event FROM lineage WHERE event <> 'gone'").fetchall())
        own = con.execute('SELECT cluster_id, joined, "left" FROM lineage WHERE cluster_id = previous_id').fetchall()
    told = {change.cluster_id: change for change in compare(old, now)}
    assert events == {name: change.event for name, change in told.items() if change.size}
    assert all((told[name].joined, told[name].left) == (joined, left) for name, joined, left in own)
