"""A case follows its cluster through every event of lineage."""

from __future__ import annotations

from pathlib import Path

import pytest

from linkage.cases import CaseBook, Status, Verdict
from linkage.store import open_snapshot
from linkage.store.files import remove
from tests.cases.factory import ADA, FIRST, ROOT, publish, unchanged


def decide(cases: CaseBook, store: Path, cluster: str, status: Status, reason: str = "x") -> int:
    with open_snapshot(store) as snapshot:
        return cases.set_status(ADA, snapshot, cluster, status, reason).case.id


def changed(cases: CaseBook, store: Path, case_id: int) -> str:
    with open_snapshot(store) as snapshot:
        told = cases.changed(cases.get(case_id), snapshot)
    assert told is not None
    return told.sentence


def test_a_cluster_that_grows_keeps_its_case(cases: CaseBook, store: Path) -> None:
    case = decide(cases, store, "A", Status.confirmed)
    publish(store, {**FIRST, "A": [*FIRST["A"][2:], *(f"n{n}" for n in range(31))]}, day=2, lineage=[("A", "A", "grown", 4)])
    assert cases.get(case).cluster_id == "A" and cases.get(case).status == Status.confirmed
    assert changed(cases, store, case) == "changed since your decision: +31 accounts, -2"


def test_a_renamed_cluster_takes_its_case_along(cases: CaseBook, store: Path) -> None:
    case = decide(cases, store, "A", Status.confirmed)
    publish(store, {"Z": FIRST["A"], "B": FIRST["B"]}, day=2, lineage=[("Z", "A", "unchanged", 6)])
    found = cases.find("Z")
    assert found is not None and found.id == case and cases.find("A") is None
    assert changed(cases, store, case) == ""


def test_two_cases_in_one_cluster_become_one_and_say_so(cases: CaseBook, store: Path) -> None:
    mine, other = decide(cases, store, "A", Status.confirmed), decide(cases, store, "B", Status.dismissed)
    with open_snapshot(store) as snapshot:
        cases.hold(ROOT, snapshot, "B", "matter 7")
    publish(
        store,
        {"A": FIRST["A"] + FIRST["B"], "C": FIRST["C"]},
        day=2,
        lineage=[("A", "A", "merged", 6), ("A", "B", "merged", 5)],
    )
    assert [case.id for case in cases.cases()] == [mine]
    absorbed = cases.get(other)
    assert (absorbed.absorbed_by, absorbed.status) == (mine, Status.dismissed)
    assert changed(cases, store, mine) == "changed since your decision: +5 accounts, -0"
    assert changed(cases, store, other) == "changed since your decision: +6 accounts, -0"
    file = cases.file(mine)
    assert [(link.other_id, link.kind) for link in file.links] == [(other, "merged")]
    assert file.case.status == Status.confirmed and file.case.hold == "matter 7"
    assert "its status was dismissed" in file.history[0].sentence


def test_of_two_cases_the_one_with_more_accounts_goes_on_in_a_new_cluster(cases: CaseBook, store: Path) -> None:
    mine, other = decide(cases, store, "A", Status.confirmed), decide(cases, store, "B", Status.escalated)
    publish(store, {"Z": FIRST["A"] + FIRST["B"]}, day=2, lineage=[("Z", "A", "merged", 6), ("Z", "B", "merged", 5)])
    found = cases.find("Z")
    assert found is not None and found.id == mine and cases.get(other).absorbed_by == mine


def test_parts_that_come_apart_again_have_their_own_cases_again(cases: CaseBook, store: Path) -> None:
    mine, other = decide(cases, store, "A", Status.confirmed), decide(cases, store, "B", Status.dismissed)
    publish(store, {"A": FIRST["A"] + FIRST["B"]}, day=2, lineage=[("A", "A", "merged", 6), ("A", "B", "merged", 5)])
    cases.follow()
    publish(store, {"A": FIRST["A"], "Q": FIRST["B"]}, day=3, lineage=[("A", "A", "split", 6), ("Q", "A", "split", 5)])
    found = cases.find("Q")
    assert found is not None and (found.id, found.status, found.absorbed_by) == (other, Status.dismissed, None)
    assert cases.get(mine).cluster_id == "A"
    assert changed(cases, store, mine) == changed(cases, store, other) == ""


def test_a_part_that_breaks_off_inherits_what_was_decided_on_it(cases: CaseBook, store: Path) -> None:
    case = decide(cases, store, "A", Status.confirmed, "one card")
    with open_snapshot(store) as snapshot:
        cases.decide_accounts(ADA, snapshot, "A", ["a5"], Verdict.spared, "a student")
        cases.tag(ADA, snapshot, "A", "proxy")
        cases.hold(ROOT, snapshot, "A", "matter 7")
    publish(
        store,
        {"A": ["a0", "a1", "a2"], "P": ["a3", "a4", "a5"]},
        day=2,
        lineage=[("A", "A", "split", 3), ("P", "A", "split", 3)],
    )
    part = cases.find("P")
    assert part is not None and part.id != case and part.decision is not None
    assert (part.status, part.tags, part.hold, part.spared) == (Status.confirmed, ("proxy",), "matter 7", 1)
    assert (part.decision.cluster_id, part.decision.reason) == ("A", "one card")
    assert changed(cases, store, part.id) == "changed since your decision: +0 accounts, -3"
    assert [(link.other_id, link.kind) for link in cases.file(part.id).links] == [(case, "split")]


def test_a_part_of_a_case_that_is_new_gets_none(cases: CaseBook, store: Path) -> None:
    with open_snapshot(store) as snapshot:
        cases.note(ADA, snapshot, "A", "n")
    publish(
        store,
        {"A": ["a0", "a1", "a2"], "P": ["a3", "a4", "a5"]},
        day=2,
        lineage=[("A", "A", "split", 3), ("P", "A", "split", 3)],
    )
    assert cases.find("P") is None


def test_a_cluster_that_goes_leaves_its_case_and_may_come_back(cases: CaseBook, store: Path) -> None:
    case = decide(cases, store, "A", Status.confirmed)
    publish(store, {"B": FIRST["B"]}, day=2, lineage=[("A", "A", "gone", 0), ("B", "B", "unchanged", 5)])
    found = cases.find("A")
    assert found is not None and found.id == case and found.gone and found.status == Status.confirmed
    assert changed(cases, store, case) == "changed since your decision: +0 accounts, -6"
    publish(store, FIRST, day=3, lineage=[("A", None, "born", 0), *unchanged({"B": FIRST["B"]})])
    assert not cases.get(case).gone
    assert [event.kind for event in cases.file(case).history][:2] == ["back", "gone"]


def test_several_rebuilds_at_once_are_followed_one_by_one(cases: CaseBook, store: Path) -> None:
    case = decide(cases, store, "A", Status.confirmed)
    for day, (old, new) in enumerate([("A", "P"), ("P", "Q"), ("Q", "R")], start=2):
        publish(store, {new: FIRST["A"]}, day=day, lineage=[(new, old, "unchanged", 6)])
    found = cases.find("R")
    assert found is not None and found.id == case
    sentences = [event.sentence for event in cases.file(case).history if event.kind == "followed"]
    assert [text.split()[-1] for text in reversed(sentences)] == ["P", "Q", "R"]


@pytest.mark.parametrize("how", ["removed", "damaged"])
def test_where_snapshots_in_between_are_gone_the_accounts_tell(cases: CaseBook, store: Path, how: str) -> None:
    case, lost = decide(cases, store, "A", Status.confirmed), decide(cases, store, "C", Status.confirmed)
    middle = publish(store, {"P": FIRST["A"]}, day=2, lineage=[("P", "A", "unchanged", 6)])
    publish(store, {"Q": ["a0", "a1", "a2", "x1"], "B": FIRST["B"]}, day=3, lineage=[("Q", "P", "shrunk", 3)])
    folder = store / "snapshots" / middle
    if how == "removed":
        remove(folder)
    else:
        (folder / "lineage.parquet").write_bytes(b"no parquet")
    found = cases.find("Q")
    assert found is not None and found.id == case
    assert cases.get(lost).gone


def test_a_merge_by_hand_is_seen_and_undone_at_the_cluster_that_kept_the_name(cases: CaseBook, store: Path) -> None:
    with open_snapshot(store) as snapshot:
        cases.merge(ADA, snapshot, "B", ["A"], "one hand")
    publish(store, {"A": FIRST["A"] + FIRST["B"]}, day=2, lineage=[("A", "A", "merged", 6), ("A", "B", "merged", 5)])
    assert cases.formerly("B") == "A" and cases.formerly("C") is None
    found = cases.find("A")
    assert found is not None
    file = cases.file(found.id)
    assert [(edit.kind, edit.state) for edit in file.edits] == [("merge", "applied")]
    [told] = [one for one in file.history if one.kind == "merge"]
    assert told.sentence.endswith(f"(case {told.case_id}, for which this one goes on)") and told.case_id != found.id
    with open_snapshot(store) as snapshot:
        cases.undo(ADA, snapshot, "A")
    assert cases.edits() == [] and cases.file(found.id).edits[0].state == "undone"


def test_a_split_by_hand_tells_how_many_went_once_the_part_is_a_cluster(cases: CaseBook, store: Path) -> None:
    with open_snapshot(store) as snapshot:
        cases.split(ADA, snapshot, "A", ["a0", "a1"], "a class")
    publish(
        store,
        {"A": FIRST["A"][2:], "Q": ["a0", "a1"], "B": FIRST["B"]},
        day=2,
        lineage=[("A", "A", "split", 4), ("Q", "A", "split", 2)],
    )
    [edit] = cases.edits()
    assert (edit.state, edit.accounts, edit.clusters) == ("applied", 2, ("A", "Q"))
