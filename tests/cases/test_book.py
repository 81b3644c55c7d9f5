"""What is done to a case, over both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from linkage.cases import CaseBook, Proposal, Status, Verdict
from linkage.errors import Conflict, NotFound, UsageError
from linkage.store import Snapshot
from tests.cases.factory import ADA, BOB, FIRST, ROOT, Clock, book, publish


def actions(cases: CaseBook) -> list[tuple[str, str | None]]:
    """What the audit log holds, oldest first."""
    return [(entry.action, entry.subject) for entry in reversed(cases.gate.log.entries())]


def test_a_cluster_is_new_until_something_is_done_to_it(cases: CaseBook, snapshot: Snapshot) -> None:
    assert cases.find("A") is None and cases.cases() == []
    case = cases.note(ADA, snapshot, "A", "looks like a reseller\nsee ticket 7")
    assert (case.cluster_id, case.status, case.opened_by, case.decision) == ("A", Status.new, "ada", None)
    [note] = cases.file(case.id).notes
    assert (note.text, note.author) == ("looks like a reseller\nsee ticket 7", "ada")
    assert cases.by_cluster().keys() == {"A"}


@pytest.mark.parametrize("status", list(Status))
def test_every_status_can_be_set(cases: CaseBook, snapshot: Snapshot, status: Status) -> None:
    outcome = cases.set_status(ADA, snapshot, "A", status, "because")
    assert outcome.approval is None
    found = cases.find("A")
    assert found is not None and found.status == status
    if status in (Status.new, Status.in_review):
        assert found.decision is None and cases.changed(found, snapshot) is None
    else:
        assert found.decision is not None
        assert (found.decision.verdict, found.decision.reason, found.decision.accounts) == (status, "because", 6)
        assert (found.decision.snapshot, found.decision.decided_by) == (snapshot.id, "ada")
        changed = cases.changed(found, snapshot)
        assert changed is not None and changed.sentence == ""


def test_each_deed_leaves_exactly_one_record(cases: CaseBook, snapshot: Snapshot) -> None:
    cases.set_status(ADA, snapshot, "A", Status.confirmed, "x")
    cases.decide_accounts(ADA, snapshot, "A", ["a1", "a2"], Verdict.spared, "students")
    cases.note(ADA, snapshot, "A", "n")
    cases.assign(ADA, snapshot, ["A", "B"], "bob")
    cases.tag(ADA, snapshot, "A", "t")
    cases.link(ADA, snapshot, "A", "B")
    cases.merge(ADA, snapshot, "A", ["B"], "x")
    cases.split(ADA, snapshot, "C", ["c0"], "x")
    cases.lease(ADA, snapshot, "C")
    cases.release(ADA, snapshot, "C")
    cases.undo(ADA, snapshot, "A")
    cases.hold(ROOT, snapshot, "A", "matter")
    cases.hold_account(ROOT, snapshot, "b1", "matter")
    assert actions(cases) == [
        ("decide", "cluster:A"), ("decide", "cluster:A"), ("note", "cluster:A"), ("assign", "cluster:A"), ("assign", "cluster:B"),
        ("tag", "cluster:A"), ("link", "cluster:A"), ("merge", "cluster:A"), ("split", "cluster:C"), ("lease", "cluster:C"),
        ("lease", "cluster:C"), ("undo", "cluster:A"), ("hold", "cluster:A"), ("hold", "account:b1"),
    ]  # fmt: skip
    assert cases.gate.log.verify().holds


def test_some_accounts_are_spared(cases: CaseBook, snapshot: Snapshot) -> None:
    cases.set_status(ADA, snapshot, "A", Status.confirmed, "x")
    case = cases.decide_accounts(ADA, snapshot, "A", ["a1", "a2", "a1"], Verdict.spared, "students")
    assert case.spared == 2 and case.status == Status.confirmed
    case = cases.decide_accounts(BOB, snapshot, "A", ["a2"], Verdict.confirmed, "no student at all")
    assert case.spared == 1
    assert {account: one.verdict for account, one in cases.verdicts("A").items()} == {"a1": "spared", "a2": "confirmed"}
    assert [one.decided_by for one in cases.decided("a2")] == ["bob", "ada"]
    with pytest.raises(NotFound, match="'b1'"):
        cases.decide_accounts(ADA, snapshot, "A", ["a3", "b1"], Verdict.spared)
    assert cases.verdicts("A").keys() == {"a1", "a2"}


def test_a_change_by_somebody_else_is_refused_not_overwritten(cases: CaseBook, snapshot: Snapshot) -> None:
    seen = cases.note(ADA, snapshot, "A", "n").revision
    cases.set_status(BOB, snapshot, "A", Status.dismissed, "an office")
    with pytest.raises(Conflict, match="changed by somebody else"):
        cases.set_status(ADA, snapshot, "A", Status.confirmed, "x", expected=seen)
    with pytest.raises(Conflict):
        cases.set_status(ADA, snapshot, "A", Status.confirmed, "x", expected=0)
    found = cases.find("A")
    assert found is not None and found.status == Status.dismissed
    assert cases.set_status(ADA, snapshot, "A", Status.confirmed, "x", expected=found.revision).case.status == Status.confirmed
    assert cases.set_status(ADA, snapshot, "B", Status.confirmed, "x", expected=0).case.status == Status.confirmed


def test_many_decisions_are_all_taken_or_none(cases: CaseBook, snapshot: Snapshot) -> None:
    with pytest.raises(NotFound):
        cases.decide_many(ADA, snapshot, [Proposal("A", Status.confirmed, "x"), Proposal("nosuch", Status.confirmed, "y")])
    assert cases.cases() == [] and actions(cases) == []
    with pytest.raises(UsageError, match="reason"):
        cases.decide_many(ADA, snapshot, [Proposal("A", Status.confirmed, "x"), Proposal("B", Status.confirmed, " ")])
    made = cases.decide_many(ADA, snapshot, [Proposal("A", Status.confirmed, "x"), Proposal("B", Status.dismissed, "y")])
    assert [(one.case.cluster_id, one.case.status) for one in made] == [("A", "confirmed"), ("B", "dismissed")]
    assert [one.reason for one in cases.decisions()] == ["y", "x"]
    assert actions(cases) == [("decide", "cluster:A"), ("decide", "cluster:B")]


def test_cases_are_found_by_status_assignee_and_tag(cases: CaseBook, snapshot: Snapshot) -> None:
    cases.assign(ADA, snapshot, ["A", "B"], "bob")
    cases.tag(ADA, snapshot, "B", "proxy")
    cases.set_status(ADA, snapshot, "C", Status.dismissed, "x")
    assert [one.cluster_id for one in cases.cases(assignee="bob")] == ["A", "B"]
    assert [one.cluster_id for one in cases.cases(tag="proxy")] == ["B"]
    assert [one.cluster_id for one in cases.cases(statuses=[Status.dismissed, Status.confirmed])] == ["C"]
    assert [one.cluster_id for one in cases.cases(limit=2)] == ["A", "B"]


def test_tags_and_links_go_on_once_and_come_off(cases: CaseBook, snapshot: Snapshot) -> None:
    assert cases.tag(ADA, snapshot, "A", " proxy ").tags == ("proxy",)
    with pytest.raises(Conflict):
        cases.tag(ADA, snapshot, "A", "proxy")
    assert cases.tag(ADA, snapshot, "A", "proxy", on=False).tags == ()
    with pytest.raises(Conflict):
        cases.tag(ADA, snapshot, "A", "proxy", on=False)
    case = cases.link(ADA, snapshot, "A", "B")
    [there] = cases.file(case.id).links
    [back] = cases.file(there.other_id).links
    assert (there.other_cluster_id, there.kind, back.other_cluster_id) == ("B", "related", "A")
    with pytest.raises(Conflict):
        cases.link(ADA, snapshot, "A", "B")
    cases.link(ADA, snapshot, "B", "A", on=False)
    assert cases.file(case.id).links == ()
    with pytest.raises(UsageError):
        cases.link(ADA, snapshot, "A", "A")


def test_what_is_no_text_is_refused(cases: CaseBook, snapshot: Snapshot) -> None:
    for text in ("", "  \n", "a\0b", "a\x1b[2J", "\ud800", "x" * 20_001):
        with pytest.raises(UsageError):
            cases.note(ADA, snapshot, "A", text)
    for tag in ("a\nb", "x" * 61):
        with pytest.raises(UsageError):
            cases.tag(ADA, snapshot, "A", tag)
    assert cases.cases() == [] and actions(cases) == []


def test_a_cluster_that_never_was_has_no_case(cases: CaseBook, snapshot: Snapshot) -> None:
    for name in ("nosuch", "'; DROP TABLE cases; --", "../../etc/passwd", ""):
        with pytest.raises(NotFound):
            cases.note(ADA, snapshot, name, "n")
    with pytest.raises(NotFound):
        cases.get(7)


def test_accounts_of_any_name_can_be_decided_on(tmp_path: Path, url: str | None) -> None:
    names = ["a\0b", "a\\0b", "a\\\\0b", "\\", "' OR 1=1 --", "\u202egnp.exe", "💣", "a\nb", "%", "_", "x" * 5000]
    publish(tmp_path / "s", {"A": names})
    from linkage.store import open_snapshot

    with book(tmp_path / "s", url) as cases, open_snapshot(tmp_path / "s") as snapshot:
        found = cases.set_status(ADA, snapshot, "A", Status.confirmed, "x").case
        changed = cases.changed(found, snapshot)
        assert changed is not None and not changed.joined and not changed.left
        cases.decide_accounts(ADA, snapshot, "A", names[:5], Verdict.spared, "x")
        assert cases.verdicts("A").keys() == set(names[:5])
        assert [len(cases.decided(name)) for name in names] == [1] * 5 + [0] * 6


def test_a_leased_case_is_one_persons(cases: CaseBook, snapshot: Snapshot, clock: Clock) -> None:
    cases.lease(ADA, snapshot, "A", minutes=30)
    with pytest.raises(Conflict, match="ada is reviewing"):
        cases.set_status(BOB, snapshot, "A", Status.dismissed, "x")
    with pytest.raises(Conflict, match="ada is reviewing"):
        cases.lease(BOB, snapshot, "A")
    with pytest.raises(Conflict):
        cases.release(BOB, snapshot, "A")
    cases.note(BOB, snapshot, "A", "I have seen this one before")
    clock.forward(minutes=31)
    assert cases.set_status(BOB, snapshot, "A", Status.dismissed, "x").case.status == Status.dismissed


def test_start_reviewing_hands_out_the_riskiest_that_waits(cases: CaseBook, snapshot: Snapshot, clock: Clock) -> None:
    first, second = cases.lease_next(ADA, snapshot), cases.lease_next(BOB, snapshot)
    assert first is not None and second is not None
    assert [first.cluster_id, second.cluster_id] == ["A", "B"]
    assert first.status == Status.in_review and first.lease is not None and first.lease.holder == "ada"
    again = cases.lease_next(ADA, snapshot)
    assert again is not None and again.cluster_id == "A"
    skipped = cases.lease_next(ADA, snapshot, skip=["A"])
    assert skipped is not None and skipped.cluster_id == "C"
    cases.release(ADA, snapshot, "C")
    cases.set_status(ADA, snapshot, "A", Status.confirmed, "x")
    after = cases.find("A")
    assert after is not None and after.lease is None
    third = cases.lease_next(ADA, snapshot)
    assert third is not None and third.cluster_id == "C"
    assert cases.lease_next(EVE_TOO, snapshot) is None
    clock.forward(minutes=31)
    taken = cases.lease_next(EVE_TOO, snapshot)
    assert taken is not None and taken.cluster_id == "B"


EVE_TOO = BOB.__class__("eve", BOB.role)


def test_what_is_assigned_to_somebody_else_is_not_handed_out(cases: CaseBook, snapshot: Snapshot) -> None:
    cases.assign(ROOT, snapshot, ["A"], "bob")
    first, second = cases.lease_next(ADA, snapshot), cases.lease_next(BOB, snapshot)
    assert first is not None and second is not None
    assert (first.cluster_id, second.cluster_id) == ("B", "A")


def test_the_database_of_a_store_is_its_owners_only(store: Path, snapshot: Snapshot) -> None:
    with book(store) as cases:
        cases.note(ADA, snapshot, "A", "n")
        for name in ("cases.sqlite", "cases.sqlite-wal", "cases.sqlite-shm", "audit/audit.key", "audit/checkpoint.json"):
            assert (store / name).stat().st_mode & 0o777 == 0o600, name
    assert len(FIRST) == 3
