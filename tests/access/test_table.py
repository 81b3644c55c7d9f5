"""The whole table of roles and actions, enforced: what is allowed is done and recorded once, what is not is only recorded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from linkage.access import MEANING, Action, Gate, Identity, Role, allows
from linkage.audit import AuditLog
from linkage.cases import CaseBook, Status, Verdict
from linkage.cases.actions import Enforcement, make_plan, propose
from linkage.errors import Denied
from linkage.forget.forgetting import forget
from linkage.store import Snapshot, open_snapshot
from tests.cases.factory import ADA, ROOT, book

#: The rights, written out: action -> the roles that have it.
TABLE: dict[Action, str] = {
    Action.view: "viewer investigator approver admin",
    Action.search: "viewer investigator approver admin",
    Action.verify_audit: "viewer investigator approver admin",
    Action.decide: "investigator approver admin",
    Action.note: "investigator approver admin",
    Action.assign: "investigator approver admin",
    Action.tag: "investigator approver admin",
    Action.link: "investigator approver admin",
    Action.merge_clusters: "investigator approver admin",
    Action.split_cluster: "investigator approver admin",
    Action.undo: "investigator approver admin",
    Action.lease: "investigator approver admin",
    Action.trace: "investigator approver admin",
    Action.export: "investigator approver admin",
    Action.propose: "investigator approver admin",
    Action.request: "investigator approver admin",
    Action.approve: "approver admin",
    Action.disclose: "approver admin",
    Action.read_audit: "approver admin",
    Action.hold: "admin",
    Action.erase: "admin",
}
ROLES = [*Role, None]
Deed = Callable[[CaseBook, Identity, Snapshot], object]


def request(cases: CaseBook, snapshot: Snapshot) -> int:
    """What somebody else asked a second person for."""
    outcome = cases.set_status(Identity("zoe", Role.investigator), snapshot, "A", Status.actioned, "x")
    assert outcome.approval is not None
    return outcome.approval.id


def write_actions(cases: CaseBook, who: Identity, snapshot: Snapshot) -> None:
    plan = make_plan(cases, snapshot, "B", Enforcement.watch, days=1)
    assert propose(cases, who, snapshot, plan, "B", seen=plan.digest) is None


#: A real deed for every action that changes something, and the gate for those that show something.
DEEDS: dict[Action, Deed] = {
    Action.decide: lambda cases, who, snapshot: cases.set_status(who, snapshot, "B", Status.dismissed, "x"),
    Action.note: lambda cases, who, snapshot: cases.note(who, snapshot, "B", "x"),
    Action.assign: lambda cases, who, snapshot: cases.assign(who, snapshot, ["B"], "x"),
    Action.tag: lambda cases, who, snapshot: cases.tag(who, snapshot, "B", "x"),
    Action.link: lambda cases, who, snapshot: cases.link(who, snapshot, "B", "A"),
    Action.merge_clusters: lambda cases, who, snapshot: cases.merge(who, snapshot, "B", ["A"], "x"),
    Action.split_cluster: lambda cases, who, snapshot: cases.split(who, snapshot, "B", ["b0"], "x"),
    Action.undo: lambda cases, who, snapshot: cases.undo(who, snapshot, "B"),
    Action.lease: lambda cases, who, snapshot: cases.lease_next(who, snapshot),
    Action.propose: write_actions,
    Action.request: lambda cases, who, snapshot: cases.set_status(who, snapshot, "A", Status.actioned, "x"),
    Action.approve: lambda cases, who, snapshot: cases.answer(who, snapshot, cases.approvals()[0].id, approve=True),
    Action.hold: lambda cases, who, snapshot: cases.hold(who, snapshot, "B", "x"),
    Action.erase: lambda cases, who, snapshot: forget(cases.store, who, "b4", "x", book=cases),
}


def gate_only(action: Action) -> Deed:
    return lambda cases, who, snapshot: cases.gate.enter(who, action, "cluster:B", snapshot.id)


def state(cases: CaseBook) -> object:
    """All that people decided, to see that nothing moved."""
    return [cases.file(case.id) for case in cases.cases(absorbed=True)]


def test_the_table_is_whole_and_says_what_it_means() -> None:
    assert set(TABLE) == set(Action) == set(MEANING)
    assert {action: {role for role in Role if allows(role, action)} for action in Action} == {
        action: {Role(name) for name in names.split()} for action, names in TABLE.items()
    }
    assert not any(allows(None, action) for action in Action)


@pytest.mark.parametrize("role", ROLES, ids=str)
@pytest.mark.parametrize("action", Action)
def test_the_table_is_enforced(store: Path, action: Action, role: Role | None) -> None:
    who = Identity("mia", role)
    with book(store, approval={"accounts": 5}) as cases, open_snapshot(store) as snapshot:
        cases.set_status(ADA, snapshot, "B", Status.confirmed, "before")
        if action is Action.approve:
            request(cases, snapshot)
        before, records = state(cases), len(cases.gate.log.entries())
        deed = DEEDS.get(action, gate_only(action))
        if role is not None and role.value in TABLE[action].split():
            deed(cases, who, snapshot)
            # a request is filed by one who decides: it is recorded as what it is
            named = {Action.split_cluster: "split", Action.merge_clusters: "merge"}.get(action, str(action))
            outcome = "done"
        else:
            with pytest.raises(Denied) as denied:
                deed(cases, who, snapshot)
            assert "mia" in str(denied.value) and "admin" in str(denied.value)
            named, outcome = ("decide" if action is Action.request else str(action)), "denied"
            assert state(cases) == before
        entries = cases.gate.log.entries()
        assert len(entries) == records + 1
        assert (entries[0].actor, entries[0].role, entries[0].action, entries[0].outcome) == (
            "mia", str(role) if role else "none", named, outcome,
        )  # fmt: skip
        assert cases.gate.log.verify().holds


def test_every_way_to_change_a_case_passes_the_gate(store: Path) -> None:
    """A method of the book that nobody denied would be a hole: each public one that takes `who` denies a viewer."""
    import inspect

    arguments = {
        "cluster_id": "B", "cluster_ids": ["B"], "status": Status.confirmed, "accounts": ["b0"], "verdict": Verdict.spared,
        "text": "x", "assignee": "x", "tag": "x", "other": "A", "others": ["A"], "reason": "x", "request": 1, "approve": True,
        "matter": "x", "account_id": "b0", "proposals": [], "event": None,
    }  # fmt: skip
    viewer = Identity("vic", Role.viewer)
    tried = 0
    with book(store) as cases, open_snapshot(store) as snapshot:
        for name, method in inspect.getmembers(cases, inspect.ismethod):
            parameters = inspect.signature(method).parameters
            if name.startswith("_") or "who" not in parameters or name == "acting":
                continue
            given = {
                key: arguments[key]
                for key, parameter in parameters.items()
                if key in arguments and (parameter.default is parameter.empty or key in ("reason",))
            }
            with pytest.raises(Denied):
                method(viewer, snapshot, **given)
            tried += 1
        assert tried >= 16
        assert {entry.outcome for entry in cases.gate.log.entries()} == {"denied"}
        assert len(cases.gate.log.entries()) == tried


def test_a_gate_leaves_one_record_for_what_passes(store: Path) -> None:
    with Gate(store) as gate:
        gate.enter(ROOT, Action.view, "cluster:A", "S", None, detail={"n": 1})
        gate.check(ROOT, Action.view, "cluster:A", "S")
        with pytest.raises(Denied, match="no role here"):
            gate.enter(Identity("mallory", None), Action.view, "account:a1", "S")
    with AuditLog(store) as log:
        assert [(one.actor, one.action, one.outcome, one.subject) for one in log.entries()] == [
            ("mallory", "view", "denied", "account:a1"), ("root", "view", "done", "cluster:A"),
        ]  # fmt: skip
