"""Edits by hand on communities: laws on small graphs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.clusters.hand import DECIDED, EDITS, apply_edits, decisions_told


def engine(links: Sequence[tuple[int, int, int]], accounts: int) -> duckdb.DuckDBPyConnection:
    """`links` are account, identifier, weight; account 3 is called u3."""
    con = duckdb.connect(config={"threads": 1})
    con.execute("CREATE TABLE graph_accounts AS SELECT range AS aid, 'u' || range AS account_id FROM range(?)", [accounts])
    con.execute("CREATE TABLE graph_edges (aid BIGINT, iid BIGINT, weight BIGINT)")
    if links:
        con.executemany("INSERT INTO graph_edges VALUES (?, ?, ?)", links)
    return con


def edits(*rows: tuple[int, str, int, Sequence[int]]) -> pa.Table:
    told = [
        {"edit": edit, "kind": kind, "part": part, "account_id": f"u{account}"}
        for edit, kind, part, accounts in rows
        for account in accounts
    ]
    return pa.Table.from_pylist(told, EDITS)


def put(
    con: duckdb.DuckDBPyConnection, table: pa.Table, labels: Sequence[int], identifiers: dict[int, int]
) -> tuple[list[int], set]:
    account, iid, label = apply_edits(
        con,
        table,
        account_label=np.array(labels, np.int64),
        identifier_iid=np.array(list(identifiers), np.int64),
        identifier_label=np.array(list(identifiers.values()), np.int64),
    )
    assert len(iid) == len(label) == len(set(zip(iid.tolist(), label.tolist(), strict=True)))
    return account.tolist(), set(zip(iid.tolist(), label.tolist(), strict=True))


def test_without_edits_nothing_changes() -> None:
    labels, pairs = put(engine([], 4), EDITS.empty_table(), [0, 0, 1, 1], {7: 0, 8: 1})
    assert labels == [0, 0, 1, 1] and pairs == {(7, 0), (8, 1)}


def test_a_merge_ties_whatever_goes_on_for_its_parts() -> None:
    # part 1 has lost u3 to a third community, and u9 has joined it since
    labels = [0, 0, 0, 2, 1, 1, 2, 2, 2, 1, 1]
    found, pairs = put(
        engine([], 11), edits((1, "merge", 0, [0, 1, 2]), (1, "merge", 1, [3, 4, 5, 10])), labels, {7: 0, 8: 1, 9: 2}
    )
    assert found == [0, 0, 0, 2, 0, 0, 2, 2, 2, 0, 0]
    assert pairs == {(7, 0), (8, 0), (9, 2)}


def test_a_split_keeps_two_sides_apart_and_lists_what_they_share_twice() -> None:
    links = [(0, 7, 5), (1, 7, 5), (2, 7, 5), (3, 7, 5), (2, 8, 5), (3, 8, 5), (0, 9, 5), (1, 9, 5)]
    found, pairs = put(engine(links, 4), edits((1, "split", 0, [0, 1]), (1, "split", 1, [2, 3])), [0] * 4, {7: 0, 8: 0, 9: 0})
    assert found[0] == found[1] != found[2] == found[3]
    assert pairs == {(7, found[0]), (7, found[2]), (8, found[2]), (9, found[0])}


def test_newcomers_go_where_more_of_their_links_lead() -> None:
    links = [(0, 7, 5), (1, 7, 5), (2, 8, 5), (3, 8, 5), (4, 8, 5), (4, 7, 3), (5, 7, 5), (6, 9, 5)]
    found, _ = put(engine(links, 7), edits((1, "split", 0, [0, 1]), (1, "split", 1, [2, 3])), [0] * 7, {7: 0, 8: 0, 9: 0})
    assert found[4] == found[2] and found[5] == found[0] and found[6] == found[0]


def test_the_later_edit_wins() -> None:
    apart = [(1, "split", 0, [0, 1]), (1, "split", 1, [2, 3])]
    together = [(2, "merge", 0, [0, 1]), (2, "merge", 1, [2, 3])]
    con = engine([(0, 7, 5), (3, 7, 5)], 4)
    found, pairs = put(con, edits(*apart, *together), [0] * 4, {7: 0})
    assert found == [0] * 4 and pairs == {(7, 0)}
    later = [(edit + 2, kind, part, accounts) for edit, kind, part, accounts in apart]
    found, _ = put(con, edits(*together, *later), [0] * 4, {7: 0})
    assert found[0] == found[1] != found[2] == found[3]


def test_accounts_that_are_gone_are_passed_over() -> None:
    found, _ = put(engine([], 3), edits((1, "merge", 0, [50, 51]), (1, "merge", 1, [52])), [0, 1, 2], {})
    assert found == [0, 1, 2]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_laws_of_any_graph(data: st.DataObject) -> None:
    """A split leaves nobody of one side with the other; who was apart stays apart; the answer is always the same."""
    accounts = data.draw(st.integers(2, 12))
    labels = data.draw(st.lists(st.integers(0, 3), min_size=accounts, max_size=accounts))
    links = data.draw(st.sets(st.tuples(st.integers(0, accounts - 1), st.integers(20, 25)), max_size=25))
    sides = data.draw(st.lists(st.sampled_from([None, 0, 1]), min_size=accounts, max_size=accounts))
    table = edits(*((1, "split", side, [a for a in range(accounts) if sides[a] == side]) for side in (0, 1)))
    identifiers = {iid: labels[next(a for a, i in sorted(links) if i == iid)] for _, iid in sorted(links)}
    con = engine([(a, i, 1 + a) for a, i in sorted(links)], accounts)
    found, pairs = put(con, table, labels, identifiers)
    for one in range(accounts):
        for other in range(accounts):
            if {sides[one], sides[other]} == {0, 1}:
                assert found[one] != found[other]
            if labels[one] != labels[other]:
                fresh = max(labels) < min(found[one], found[other])
                assert found[one] != found[other] or fresh
    for a, i in links:
        if identifiers[i] == labels[a]:
            assert (i, found[a]) in pairs, "no link inside a community is lost"
    assert put(con, table, labels, identifiers) == (found, pairs)


@pytest.fixture
def clustered() -> Iterator[duckdb.DuckDBPyConnection]:
    """u0 to u2 in K, u3 to u5 in L; the input says of u2 that it is benign."""
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute("CREATE TABLE cluster_members AS SELECT range // 3 AS label, 'u' || range AS account_id FROM range(6)")
        con.execute("CREATE TABLE cluster_ids AS SELECT * FROM (VALUES (0, 'K'), (1, 'L')) AS t(label, cluster_id)")
        con.execute(
            "CREATE TABLE accounts AS SELECT 'u' || range AS account_id,"
            " CASE WHEN range = 2 THEN 'confirmed_benign' END AS label FROM range(7)"
        )
        yield con


def labels(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return dict(con.execute("SELECT account_id, label FROM accounts WHERE label IS NOT NULL ORDER BY ALL").fetchall())


def test_a_decision_tells_of_other_clusters_never_of_its_own(clustered: duckdb.DuckDBPyConnection) -> None:
    rows = [("u0", "K"), ("u1", "X"), ("u2", "X"), ("u3", "K"), ("u4", "K"), ("u4", "L"), ("u6", "K")]
    told = pa.table(
        {"account_id": [row[0] for row in rows], "label": ["confirmed_fraud"] * 7, "cluster_id": [row[1] for row in rows]},
        DECIDED,
    )
    with decisions_told(clustered, told):
        # u0 was decided on where it still is; u2 has the input's label; u4 was decided on in both; u6 is in no cluster
        assert labels(clustered) == {"u1": "confirmed_fraud", "u2": "confirmed_benign", "u3": "confirmed_fraud"}
    assert labels(clustered) == {"u2": "confirmed_benign"}


def test_labels_go_even_when_the_assessment_fails(clustered: duckdb.DuckDBPyConnection) -> None:
    told = pa.table({"account_id": ["u1"], "label": ["confirmed_fraud"], "cluster_id": ["X"]}, DECIDED)
    with pytest.raises(ZeroDivisionError), decisions_told(clustered, told):
        raise ZeroDivisionError
    assert labels(clustered) == {"u2": "confirmed_benign"}
