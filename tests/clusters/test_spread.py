"""Labels spread over links: a slow reference agrees, and no verdict confirms itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.clusters.spread import spread_labels
from linkage.config import Spread
from tests.clusters.factory import crowd, found, ring

Link = tuple[int, int, int]
FRAUD, BENIGN = "confirmed_fraud", "confirmed_benign"


def spread(
    links: Sequence[Link],
    accounts: int,
    labels: Mapping[int, str],
    *,
    clusters: Mapping[int, int] | None = None,
    here: Mapping[int, str] | None = None,
) -> dict[int, dict[str, Any]]:
    """Rows of `label_spread` by account; a link is account, identifier, weight; `here` was decided on the account's cluster."""
    con = duckdb.connect(config={"threads": 1})
    con.execute("CREATE TABLE graph_accounts AS SELECT range AS aid, 'u' || range AS account_id FROM range(?)", [accounts])
    con.execute("CREATE TABLE accounts (account_id VARCHAR, label VARCHAR)")
    con.executemany("INSERT INTO accounts VALUES (?, ?)", [(f"u{a}", labels.get(a)) for a in range(accounts)])
    con.execute("CREATE TABLE graph_links (aid BIGINT, iid BIGINT, weight BIGINT)")
    con.execute("CREATE TABLE cluster_members (label BIGINT, aid BIGINT, account_id VARCHAR)")
    con.execute("CREATE TEMP TABLE decisions_here (account_id VARCHAR, label VARCHAR)")
    if links:
        con.executemany("INSERT INTO graph_links VALUES (?, ?, ?)", links)
    if clusters:
        con.executemany("INSERT INTO cluster_members VALUES (?, ?, ?)", [(c, a, f"u{a}") for a, c in clusters.items()])
    if here:
        con.executemany("INSERT INTO decisions_here VALUES (?, ?)", [(f"u{a}", label) for a, label in here.items()])
    spread_labels(con, spread=Spread())
    rows = con.sql("SELECT * FROM label_spread ORDER BY aid").to_arrow_table().to_pylist()
    con.close()
    return {row["aid"]: row for row in rows}


def test_without_labels_nobody_is_reached() -> None:
    assert spread([(0, 0, 5), (1, 0, 5)], 2, {}) == {}


def test_a_label_raises_its_neighbours_and_a_benign_one_lowers_them() -> None:
    links = [(0, 0, 5), (1, 0, 5), (2, 1, 5), (3, 1, 5), (4, 2, 5), (5, 2, 5)]
    told = spread(links, 6, {0: FRAUD, 2: BENIGN})
    assert set(told) == {1, 3}, "whoever was decided about has no score, nor has whoever no walk reaches"
    assert told[1]["share"] > 0 > told[3]["share"]
    assert told[1]["sentence"] == "1 of its 1 strongest identifier is also held by an account confirmed as fraud"
    assert told[3]["sentence"] == "1 of its 1 strongest identifier is also held by an account confirmed as benign"


def test_nearer_and_rarer_says_more() -> None:
    crowd = [(account, 9, 5) for account in range(10, 60)]
    told = spread([(0, 0, 5), (1, 0, 5), (1, 1, 5), (2, 1, 5), (0, 9, 5), *crowd], 60, {0: FRAUD})
    assert told[1]["score"] > told[2]["score"] > told[10]["score"] > 0
    assert "through others" in told[2]["sentence"]


def test_what_was_decided_on_a_cluster_says_nothing_of_it_and_something_of_others() -> None:
    # 0, 1, 2 are one cluster, 3 outside; 1 and 3 share an identifier with 0
    links = [(0, 0, 5), (1, 0, 5), (2, 0, 5), (0, 1, 5), (3, 1, 5)]
    told = spread(links, 4, {}, clusters={0: 7, 1: 7, 2: 7}, here={0: FRAUD})
    assert set(told) == {3} and told[3]["share"] > 0


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_slow_reference_agrees(data: st.DataObject) -> None:
    accounts = data.draw(st.integers(2, 9))
    pairs = data.draw(st.sets(st.tuples(st.integers(0, accounts - 1), st.integers(0, 5)), min_size=1, max_size=25))
    links = [(a, i, data.draw(st.integers(1, 9))) for a, i in sorted(pairs)]
    labels = data.draw(st.dictionaries(st.integers(0, accounts - 1), st.sampled_from([FRAUD, BENIGN]), min_size=1))
    told = spread(links, accounts, labels)
    weights = np.zeros((accounts, 6))
    for account, identifier, weight in links:
        weights[account, identifier] = weight
    leaving, passing = weights.sum(1), weights.sum(0)
    # walk[b, a]: the chance to go from a to b over one identifier
    walk = np.zeros((accounts, accounts))
    for a in range(accounts):
        for b in range(accounts):
            for i in range(6):
                if weights[a, i] and weights[b, i]:
                    walk[b, a] += weights[a, i] / leaving[a] * weights[b, i] / passing[i]
    start = np.array([{FRAUD: 1, BENIGN: -1}.get(labels.get(a, ""), 0) for a in range(accounts)], float)
    settings_of = Spread()
    expected = (1 - settings_of.damping) * sum(
        settings_of.damping**step * (np.linalg.matrix_power(walk, step) @ start) for step in range(settings_of.steps + 1)
    )
    for account in range(accounts):
        if account in labels:
            assert account not in told
        elif account in told:
            assert told[account]["score"] == pytest.approx(expected[account], abs=1e-8)
            assert abs(told[account]["share"]) <= settings_of.most
        else:
            assert abs(expected[account]) <= settings_of.low * 1.01


def test_labels_reach_the_own_risk_of_accounts_and_the_reasons_of_clusters() -> None:
    seen = [*ring(6, "a"), ("out", "payment", "a-payment"), *ring(6, "b")]
    rest = [{"account_id": name} for name in ("a000", "b000")]
    without = found(seen, accounts=[*rest, *crowd(60)])
    told = found([*seen, ("known", "phone", "x"), ("a001", "phone", "x")], accounts=[
        *rest, {"account_id": "known", "label": FRAUD}, *crowd(60)])  # fmt: skip
    assert told.members["a001"]["risk"] > told.members["b001"]["risk"]
    assert told.members["b001"]["risk"] == pytest.approx(without.members["b001"]["risk"])
    codes = {row["code"] for row in told.reasons[told.members["a002"]["cluster_id"]]}
    assert "linked_fraud" in codes
    assert "linked_fraud" not in {row["code"] for row in told.reasons[told.members["b002"]["cluster_id"]]}
