"""A cluster that was born on the identifiers of one that is gone names it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest

from linkage.clusters import GONE, TIES, tie_returned
from linkage.clusters.lineage import PART
from linkage.tables import create
from tests.clusters.factory import engine, rows

#: cluster, kind, value, weight in millionths
Link = tuple[str, str, str, int]
Held = tuple[str, int, str, str]


def tie(
    links: Sequence[Link],
    *,
    events: dict[str, str],
    gone: Sequence[Held] = (),
    ties: Sequence[tuple[str, str, int]] = (),
) -> list[dict[str, Any]]:
    """The rows that say `returned`: clusters of three accounts each with these links and events."""
    con = engine()
    names = list(events)
    con.execute(create("lineage"))
    con.execute("CREATE OR REPLACE TABLE cluster_ids (label BIGINT, cluster_id VARCHAR)")
    con.execute("CREATE OR REPLACE TABLE cluster_members (label BIGINT, account_id VARCHAR)")
    con.execute("CREATE OR REPLACE TABLE cluster_links (label BIGINT, iid INTEGER, weight BIGINT)")
    con.execute("CREATE OR REPLACE TABLE graph_identifiers (iid INTEGER, kind VARCHAR, value VARCHAR)")
    for label, name in enumerate(names):
        con.execute("INSERT INTO cluster_ids VALUES (?, ?)", [label, name])
        con.execute("INSERT INTO lineage VALUES (?, NULL, ?, 0, 3, 0)", [name, events[name]])
        for number in range(3):
            con.execute("INSERT INTO cluster_members VALUES (?, ?)", [label, f"{name}-{number}"])
    keys = sorted({(kind, value) for _, kind, value, _ in links})
    for iid, key in enumerate(keys):
        con.execute("INSERT INTO graph_identifiers VALUES (?, ?, ?)", [iid, *key])
    for name, kind, value, weight in links:
        con.execute("INSERT INTO cluster_links VALUES (?, ?, ?)", [names.index(name), keys.index((kind, value)), weight])

    def table(given: Sequence[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
        return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in given], schema=schema)

    tie_returned(con, gone=table(gone, GONE), ties=table(ties, TIES))
    return [row for row in rows("lineage") if row["event"] == "returned"]


OLD: list[Held] = [("old", 40, "payment", "card"), ("old", 40, "ip", "there")]


def test_new_accounts_on_the_old_identifiers_name_their_predecessor() -> None:
    links = [("new", "payment", "card", 900_000), ("new", "ip", "elsewhere", 100_000)]
    assert tie(links, events={"new": "born"}, gone=OLD) == [
        {"cluster_id": "new", "previous_id": "old", "event": "returned", "shared": 0, "joined": 3, "left": 40}
    ]


@pytest.mark.parametrize(("old", "returned"), [(PART, True), (PART - 0.01, False)])
def test_it_takes_a_part_of_what_holds_it(old: float, returned: bool) -> None:
    on_old = round(1_000_000 * old)
    links = [("new", "payment", "card", on_old), ("new", "device", "own", 1_000_000 - on_old)]
    assert bool(tie(links, events={"new": "born"}, gone=OLD)) is returned


def test_the_same_value_of_another_kind_is_another_identifier() -> None:
    assert tie([("new", "device", "card", 900_000)], events={"new": "born"}, gone=OLD) == []


@pytest.mark.parametrize("event", ["grown", "shrunk", "merged", "split", "unchanged"])
def test_what_was_there_has_not_returned(event: str) -> None:
    assert tie([("new", "payment", "card", 900_000)], events={"new": event}, gone=OLD) == []


def test_of_several_the_one_that_held_most_and_of_equals_the_first() -> None:
    gone = [*OLD, ("a", 5, "payment", "card"), ("b", 7, "payment", "card"), ("b", 7, "device", "d")]
    links = [("new", "payment", "card", 500_000), ("new", "device", "d", 300_000), ("new", "ip", "there", 100_000)]
    assert [row["previous_id"] for row in tie(links, events={"new": "born"}, gone=gone)] == ["b"]
    assert [row["previous_id"] for row in tie(links[:1], events={"new": "born"}, gone=gone)] == ["a"]


def test_a_tie_lasts_as_long_as_the_cluster() -> None:
    links = [("new", "payment", "card", 900_000)]
    told = tie(links, events={"new": "grown"}, ties=[("new", "old", 40), ("ended", "older", 9)])
    assert [(row["cluster_id"], row["previous_id"], row["left"]) for row in told] == [("new", "old", 40)]


def test_a_tie_that_is_known_is_told_once() -> None:
    links = [("new", "payment", "card", 900_000)]
    assert len(tie(links, events={"new": "born"}, gone=OLD, ties=[("new", "old", 40)])) == 1
