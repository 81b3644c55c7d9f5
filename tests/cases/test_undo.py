"""Whatever is done can be taken back, and what was before is there again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from linkage.cases import CaseBook, CaseFile, Status, Verdict
from linkage.errors import Conflict, NotFound
from linkage.store import Snapshot
from tests.cases.factory import ADA, BOB

DEEDS: dict[str, Callable[[CaseBook, Snapshot], object]] = {
    "status": lambda book, snapshot: book.set_status(ADA, snapshot, "A", Status.dismissed, "x"),
    "accounts": lambda book, snapshot: book.decide_accounts(ADA, snapshot, "A", ["a1", "a2"], Verdict.spared, "x"),
    "assign": lambda book, snapshot: book.assign(ADA, snapshot, ["A"], "bob"),
    "tag": lambda book, snapshot: book.tag(ADA, snapshot, "A", "late"),
    "untag": lambda book, snapshot: book.tag(ADA, snapshot, "A", "early", on=False),
    "link": lambda book, snapshot: book.link(ADA, snapshot, "A", "C"),
    "unlink": lambda book, snapshot: book.link(ADA, snapshot, "A", "B", on=False),
    "note": lambda book, snapshot: book.note(ADA, snapshot, "A", "second"),
    "merge": lambda book, snapshot: book.merge(ADA, snapshot, "A", ["C"], "x"),
    "split": lambda book, snapshot: book.split(ADA, snapshot, "A", ["a0"], "x"),
}


def standing(file: CaseFile) -> tuple[object, ...]:
    """What holds of a case: what was taken back counts as never done."""
    case = file.case
    return (
        case.status, case.assignee, case.tags, case.decision, case.spared,
        [note.text for note in file.notes if note.retracted_at is None],
        sorted((link.other_cluster_id, link.kind) for link in file.links),
        [edit.id for edit in file.edits if edit.state != "undone"],
        [one.id for one in file.decisions if one.undone_at is None],
    )  # fmt: skip


@pytest.fixture
def prepared(cases: CaseBook, snapshot: Snapshot) -> CaseBook:
    """A case with a bit of everything."""
    cases.set_status(ADA, snapshot, "A", Status.confirmed, "first")
    cases.decide_accounts(ADA, snapshot, "A", ["a1"], Verdict.confirmed, "first")
    cases.tag(ADA, snapshot, "A", "early")
    cases.link(ADA, snapshot, "A", "B")
    cases.note(ADA, snapshot, "A", "first")
    cases.assign(ADA, snapshot, ["A"], "ada")
    return cases


@pytest.mark.parametrize("deed", DEEDS)
def test_each_deed_is_taken_back_whole(prepared: CaseBook, snapshot: Snapshot, deed: str) -> None:
    found = prepared.find("A")
    assert found is not None
    before = standing(prepared.file(found.id))
    DEEDS[deed](prepared, snapshot)
    assert standing(prepared.file(found.id)) != before
    records = len(prepared.gate.log.entries())
    prepared.undo(BOB, snapshot, "A", reason="a slip")
    file = prepared.file(found.id)
    assert standing(file) == before
    assert file.history[0].kind == "undo" and file.history[1].undone_at is not None
    entries = prepared.gate.log.entries()
    assert len(entries) == records + 1
    assert (entries[0].action, entries[0].actor, entries[0].why) == ("undo", "bob", "a slip")


def test_all_of_it_can_be_taken_back_step_by_step(prepared: CaseBook, snapshot: Snapshot) -> None:
    for _ in range(6):
        prepared.undo(ADA, snapshot, "A")
    found = prepared.find("A")
    assert found is not None
    assert (found.status, found.assignee, found.tags, found.decision) == (Status.new, None, (), None)
    with pytest.raises(NotFound, match="nothing is left"):
        prepared.undo(ADA, snapshot, "A")


def test_an_older_status_waits_for_the_newer_to_be_taken_back(prepared: CaseBook, snapshot: Snapshot) -> None:
    found = prepared.find("A")
    assert found is not None
    first = next(event for event in prepared.file(found.id).history if event.kind == "status")
    prepared.set_status(ADA, snapshot, "A", Status.escalated, "second")
    with pytest.raises(Conflict, match="newer one"):
        prepared.undo(ADA, snapshot, "A", first.id)
    prepared.undo(ADA, snapshot, "A")
    prepared.undo(ADA, snapshot, "A", first.id)
    after = prepared.find("A")
    assert after is not None and after.status == Status.new


def test_an_event_of_another_case_is_not_taken_back(prepared: CaseBook, snapshot: Snapshot) -> None:
    other = prepared.note(ADA, snapshot, "B", "n")
    event = prepared.file(other.id).history[0].id
    with pytest.raises(NotFound):
        prepared.undo(ADA, snapshot, "A", event)
    with pytest.raises(NotFound, match="no case"):
        prepared.undo(ADA, snapshot, "C")
