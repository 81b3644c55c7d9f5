"""Two people for what is large."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from linkage.access import Identity, Role
from linkage.cases import CaseBook, Status
from linkage.errors import Conflict, Denied, NotFound, UsageError
from linkage.store import Snapshot
from tests.cases.factory import ADA, EVE, FIRST, Clock, book, publish

RULES = {"approval": {"accounts": 4, "statuses": ["confirmed", "actioned"], "days": 7}}
OTHER = Identity("otto", Role.approver)


@pytest.fixture
def strict(store: Path, url: str | None, clock: Clock) -> Iterator[CaseBook]:
    with book(store, url, **RULES) as opened:
        opened._clock = clock
        yield opened


def test_above_the_size_a_second_person_is_asked(strict: CaseBook, snapshot: Snapshot) -> None:
    outcome = strict.set_status(ADA, snapshot, "A", Status.confirmed, "one hand")
    assert outcome.case.status == Status.new and outcome.approval is not None
    assert outcome.case.pending == outcome.approval
    assert (outcome.approval.accounts, outcome.approval.action) == (6, "set the status to confirmed")
    with pytest.raises(Denied):
        strict.answer(ADA, snapshot, outcome.approval.id, approve=True)
    case = strict.answer(EVE, snapshot, outcome.approval.id, approve=True, reason="seen it too")
    assert case.status == Status.confirmed and case.decision is not None and case.pending is None
    assert (case.decision.decided_by, case.decision.approved_by, case.decision.reason) == ("ada", "eve", "one hand")
    changed = strict.changed(case, snapshot)
    assert changed is not None and changed.sentence == ""
    assert [entry.action for entry in strict.gate.log.entries()] == ["approve", "approve", "request"]
    assert [entry.outcome for entry in strict.gate.log.entries()] == ["done", "denied", "done"]


def test_at_or_below_the_size_and_for_other_statuses_one_decides(strict: CaseBook, snapshot: Snapshot) -> None:
    assert strict.set_status(ADA, snapshot, "C", Status.actioned, "four accounts").approval is None
    assert strict.set_status(ADA, snapshot, "A", Status.dismissed, "an office").approval is None


def test_nobody_approves_what_they_asked_for(strict: CaseBook, snapshot: Snapshot) -> None:
    outcome = strict.set_status(EVE, snapshot, "A", Status.actioned, "x")
    assert outcome.approval is not None
    with pytest.raises(Conflict, match="your own"):
        strict.answer(EVE, snapshot, outcome.approval.id, approve=True)
    assert strict.answer(OTHER, snapshot, outcome.approval.id, approve=True).status == Status.actioned


def test_a_refusal_leaves_the_case_as_it_was(strict: CaseBook, snapshot: Snapshot) -> None:
    outcome = strict.set_status(ADA, snapshot, "A", Status.confirmed, "x")
    assert outcome.approval is not None
    case = strict.answer(EVE, snapshot, outcome.approval.id, approve=False, reason="not enough")
    assert case.status == Status.new and case.pending is None and strict.approvals() == []
    with pytest.raises(Conflict, match="refused"):
        strict.answer(EVE, snapshot, outcome.approval.id, approve=True)
    with pytest.raises(NotFound):
        strict.answer(EVE, snapshot, 999, approve=True)


def test_a_request_lapses(strict: CaseBook, snapshot: Snapshot, clock: Clock) -> None:
    outcome = strict.set_status(ADA, snapshot, "A", Status.confirmed, "x")
    assert outcome.approval is not None
    clock.forward(days=7, seconds=1)
    assert strict.approvals() == [] and strict.get(outcome.case.id).pending is None
    assert [one.state for one in strict.approvals(pending=False)] == ["lapsed"]
    with pytest.raises(Conflict, match="lapsed"):
        strict.answer(EVE, snapshot, outcome.approval.id, approve=True)


def test_a_newer_decision_withdraws_the_request(strict: CaseBook, snapshot: Snapshot) -> None:
    first = strict.set_status(ADA, snapshot, "A", Status.confirmed, "x")
    assert first.approval is not None
    strict.set_status(ADA, snapshot, "A", Status.dismissed, "I was wrong")
    with pytest.raises(Conflict, match="withdrawn"):
        strict.answer(EVE, snapshot, first.approval.id, approve=True)
    found = strict.find("A")
    assert found is not None and found.status == Status.dismissed


def test_what_is_approved_is_what_was_asked_for(strict: CaseBook, snapshot: Snapshot, store: Path) -> None:
    outcome = strict.set_status(ADA, snapshot, "A", Status.confirmed, "x")
    assert outcome.approval is not None
    publish(store, {**FIRST, "A": [*FIRST["A"], "a6", "a7"]}, day=2, lineage=[("A", "A", "grown", 6)])
    from linkage.store import open_snapshot

    with open_snapshot(store) as later:
        case = strict.answer(EVE, later, outcome.approval.id, approve=True)
        changed = strict.changed(case, later)
    assert case.decision is not None and case.decision.snapshot == snapshot.id and case.decision.accounts == 6
    assert changed is not None and changed.sentence == "changed since your decision: +2 accounts, -0"


def test_a_request_says_why(strict: CaseBook, snapshot: Snapshot) -> None:
    with pytest.raises(UsageError, match="reason"):
        strict.set_status(ADA, snapshot, "A", Status.confirmed)
    assert strict.find("A") is None


def test_taking_back_what_was_approved_takes_one_who_may_approve(strict: CaseBook, snapshot: Snapshot) -> None:
    outcome = strict.set_status(ADA, snapshot, "A", Status.confirmed, "x")
    assert outcome.approval is not None
    strict.answer(EVE, snapshot, outcome.approval.id, approve=True)
    with pytest.raises(Denied, match="eve approved"):
        strict.undo(ADA, snapshot, "A")
    case, _ = strict.undo(EVE, snapshot, "A")
    assert case.status == Status.new
