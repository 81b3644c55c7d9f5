"""Proposed actions: who is on the list, who is not, the estimate, the dry run that comes first, the second person."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from linkage.cases import CaseBook, Status, Verdict
from linkage.cases.actions import Enforcement, Plan, content, make_plan, propose
from linkage.cases.innocents import estimate
from linkage.errors import Conflict, NotFound
from linkage.store import Snapshot, open_snapshot
from tests.cases.factory import ADA, EVE, FIRST, book, publish
from tests.investigate.factory import World


def plan(cases: CaseBook, snapshot: Snapshot, cluster: str = "A", action: str = "suspend", **settings: Any) -> Plan:
    return make_plan(cases, snapshot, cluster, Enforcement(action), **{"days": 30, **settings})


def listed(made: Plan) -> list[str]:
    return [one.account_id for one in made.actions]


def test_the_decided_are_on_it_the_spared_and_the_new_are_not(cases: CaseBook, snapshot: Snapshot, store: Path) -> None:
    cases.set_status(ADA, snapshot, "A", Status.confirmed, "one card")
    cases.decide_accounts(ADA, snapshot, "A", ["a1", "a2"], Verdict.spared, "students")

    def grow(world: World) -> None:
        # an associate that was there, two newcomers
        for row in world.tables["members"]:
            if row["account_id"] == "a5":
                row["role"] = "associate"

    publish(store, {**FIRST, "A": [*FIRST["A"], "a6", "a7"]}, day=2, lineage=[("A", "A", "grown", 6)], grow=grow)
    with open_snapshot(store) as later:
        made = plan(cases, later)
        assert listed(made) == ["a0", "a3", "a4"]
        assert made.left_out == {"spared": 2, "not core": 1, "joined since the decision": 2}
        assert listed(plan(cases, later, associates=True)) == ["a0", "a3", "a4", "a5"]
        cases.decide_accounts(ADA, later, "A", ["a7"], Verdict.confirmed, "the same card")
        assert listed(plan(cases, later)) == ["a0", "a3", "a4", "a7"]
        one = made.actions[0]
    assert (one.reason, one.decided_by, one.decision, one.expires_at) == (
        "one card",
        "ada",
        "confirmed",
        "2026-04-01T00:00:00Z",
    )


def test_nothing_is_written_before_it_was_decided_and_looked_at(cases: CaseBook, snapshot: Snapshot) -> None:
    made = plan(cases, snapshot)
    assert "decide first" in made.obstacle and len(made.actions) == 6
    with pytest.raises(Conflict, match="decide first"):
        propose(cases, ADA, snapshot, made, "A", seen=made.digest)
    cases.set_status(ADA, snapshot, "A", Status.dismissed, "an office")
    assert "the case is dismissed" in plan(cases, snapshot).obstacle
    cases.set_status(ADA, snapshot, "A", Status.confirmed, "x")
    made = plan(cases, snapshot)
    with pytest.raises(Conflict, match="look at it again"):
        propose(cases, ADA, snapshot, made, "A", seen="0" * 16)
    assert propose(cases, ADA, snapshot, made, "A", seen=made.digest) is None
    [entry] = cases.gate.log.entries(action="propose")
    assert entry.detail == {"action": "suspend", "accounts": 6, "plan": made.digest}
    cases.decide_accounts(ADA, snapshot, "A", ["a1"], Verdict.spared, "x")
    with pytest.raises(Conflict, match="something changed"):
        propose(cases, ADA, snapshot, plan(cases, snapshot), "A", seen=made.digest)
    with pytest.raises(NotFound):
        plan(cases, snapshot, "nosuch")


def test_above_the_size_a_second_person_approves_this_very_plan(store: Path, url: str | None, snapshot: Snapshot) -> None:
    with book(store, url, approval={"accounts": 4}) as cases:
        cases.set_status(ADA, snapshot, "A", Status.confirmed, "x")
        made = plan(cases, snapshot)
        assert made.needs_approval
        asked = propose(cases, ADA, snapshot, made, "A", seen=made.digest, reason="a harvest")
        assert asked is not None and (asked.state, asked.accounts, asked.kind) == ("pending", 6, "actions")
        again = propose(cases, ADA, snapshot, made, "A", seen=made.digest, reason="a harvest")
        assert again is not None and again.id == asked.id
        cases.answer(EVE, snapshot, asked.id, approve=True)
        assert propose(cases, ADA, snapshot, made, "A", seen=made.digest) is None
        other = plan(cases, snapshot, action="watch")
        assert propose(cases, ADA, snapshot, other, "A", seen=other.digest, reason="x") is not None
        assert not plan(cases, snapshot, "C").needs_approval
        assert [entry.action for entry in cases.gate.log.entries()] == ["request", "propose", "approve", "request", "decide"]


def test_a_rate_limit_holds_all_of_them_to_what_one_may_have(cases: CaseBook, snapshot: Snapshot) -> None:
    made = plan(cases, snapshot, action="rate-limit", account_limit=120)
    # 70 requests each on the two days of activity that the factory gives
    assert made.pace.requests_a_day == 6 * 35 and made.pace.times_over == pytest.approx(6 * 35 / 120)
    assert made.pace.limit_each == 20 and {one.limit_a_day for one in made.actions} == {20}
    assert plan(cases, snapshot, action="rate-limit", account_limit=2).pace.limit_each == 1
    assert {one.limit_a_day for one in plan(cases, snapshot, account_limit=120).actions} == {None}


def test_the_files_hold_the_same_and_no_cell_is_a_formula(tmp_path: Path) -> None:
    names = ["=cmd|'/c calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "\0x", "＝1", "plain", 'a"b,c', "ü💣"]
    publish(tmp_path / "s", {"A": names})
    with book(tmp_path / "s") as cases, open_snapshot(tmp_path / "s") as snapshot:
        cases.set_status(ADA, snapshot, "A", Status.confirmed, "=1+1")
        made = plan(cases, snapshot)
    rows = [json.loads(line) for line in content(made, jsonl=True).decode("ascii").splitlines()]
    assert [row["account_id"] for row in rows] == sorted(names) and rows[0]["reason"] == "=1+1"
    table = list(csv.DictReader(io.StringIO(content(made, jsonl=False).decode(), newline="")))
    assert list(table[0]) == list(rows[0])
    for cells, row in zip(table, rows, strict=True):
        assert cells["account_id"] in (row["account_id"], "'" + row["account_id"])
        for cell in cells.values():
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝"))
    assert content(made, jsonl=False) == content(made, jsonl=False)


@pytest.mark.parametrize(("benign", "fraud"), [(0, 30), (3, 27), (30, 0)])
def test_the_estimate_rests_on_labels_where_there_are_enough(tmp_path: Path, benign: int, fraud: int) -> None:
    def label(world: World) -> None:
        for number, row in enumerate(world.tables["accounts"][: benign + fraud]):
            row["label"] = "confirmed_benign" if number < benign else "confirmed_fraud"

    accounts = [f"a{n:02}" for n in range(40)]
    publish(tmp_path / "s", {"A": accounts}, grow=label)
    with open_snapshot(tmp_path / "s") as snapshot:
        found = estimate(snapshot, "A", accounts)
    assert (found.benign, found.labelled, found.expected) == (benign, 30, pytest.approx(40 * benign / 30))
    # Clopper and Pearson at 95 %: 0 of 30 is below 11.57 %, 3 of 30 between 2.11 % and 26.53 %
    low, high = {0: (0.0, 0.1157), 3: (0.0211, 0.2653), 30: (0.8843, 1.0)}[benign]
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))
    assert found.least <= found.expected <= found.most <= 40
    assert f"of 30 flagged accounts with a label here, {benign} were confirmed benign" in found.sentence
    assert ("benign_label" in str(found) or found.speaking >= benign) and found.accounts == 40


def test_with_few_labels_it_says_what_was_measured_elsewhere(cases: CaseBook, snapshot: Snapshot) -> None:
    found = plan(cases, snapshot).innocents
    assert "no flagged account has a label here" in found.sentence and "simulated world" in found.sentence
