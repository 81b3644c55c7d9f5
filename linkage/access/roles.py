"""Who may do what: the one table of roles and actions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What a person is to the store; each role may do what the one before it may."""

    viewer = "viewer"
    investigator = "investigator"
    approver = "approver"
    admin = "admin"


class Action(StrEnum):
    """Everything that is asked of a role before it is done."""

    view = "view"
    search = "search"
    verify_audit = "verify audit"
    decide = "decide"
    note = "note"
    assign = "assign"
    tag = "tag"
    link = "link"
    merge_clusters = "merge"
    split_cluster = "split"
    undo = "undo"
    lease = "lease"
    trace = "trace"
    export = "export"
    propose = "propose"
    request = "request"
    approve = "approve"
    disclose = "disclose"
    read_audit = "read audit"
    hold = "hold"
    erase = "erase"


#: What each action means, for people who give roles.
MEANING: Final[dict[Action, str]] = {
    Action.view: "look at a cluster, an account, an identifier or a case",
    Action.search: "search",
    Action.verify_audit: "verify the audit log",
    Action.decide: "decide on a cluster or on its accounts",
    Action.note: "write a note",
    Action.assign: "assign a case",
    Action.tag: "tag a case",
    Action.link: "link two cases",
    Action.merge_clusters: "merge clusters by hand",
    Action.split_cluster: "split a cluster by hand",
    Action.undo: "take back what was done to a case",
    Action.lease: "start reviewing: hold the next case",
    Action.trace: "trace canaries in a file",
    Action.export: "write members or an internal evidence bundle to a file, or push a snapshot to a server",
    Action.propose: "write proposed actions to a file",
    Action.request: "ask a second person to approve",
    Action.approve: "approve or refuse what somebody else asked for",
    Action.disclose: "export a bundle for a partner or the public",
    Action.read_audit: "read the audit log",
    Action.hold: "put a cluster or an account under legal hold, or release it",
    Action.erase: "erase an account",
}

_FROM: Final[dict[Role, frozenset[Action]]] = {
    Role.viewer: frozenset({Action.view, Action.search, Action.verify_audit}),
    Role.investigator: frozenset(
        {
            Action.decide, Action.note, Action.assign, Action.tag, Action.link, Action.merge_clusters, Action.split_cluster, Action.undo,
            Action.lease, Action.trace, Action.export, Action.propose, Action.request,
        }
    ),
    Role.approver: frozenset({Action.approve, Action.disclose, Action.read_audit}),
    Role.admin: frozenset({Action.hold, Action.erase}),
}  # fmt: skip


def allows(role: Role | None, action: Action) -> bool:
    """Whether a role may do it; no role may do nothing."""
    if role is None:
        return False
    ranks = list(Role)
    return any(action in _FROM[lower] for lower in ranks[: ranks.index(role) + 1])


@dataclass(frozen=True)
class Identity:
    """Who asks. `role` is None for somebody to whom no role was given."""

    name: str
    role: Role | None
