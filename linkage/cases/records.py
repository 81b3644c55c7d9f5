"""What people's state reads like: frozen records.

Times are UTC without zone. Texts that people or logs wrote are as they were given: whoever shows them escapes them
(`linkage.investigate.printable`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """Where a case stands. A cluster that nobody opened a case for is new."""

    new = "new"
    in_review = "in review"
    confirmed = "confirmed"
    dismissed = "dismissed"
    escalated = "escalated"
    actioned = "actioned"


class Verdict(StrEnum):
    """What was decided about one account of a cluster."""

    confirmed = "confirmed"
    spared = "spared"


#: Statuses that are decisions about the cluster, taken on a snapshot.
DECIDED = (Status.confirmed, Status.dismissed, Status.escalated, Status.actioned)


@dataclass(frozen=True)
class Decision:
    """A decision about a cluster (`account_id` None) or about one account of it.

    `verdict` is a status, or confirmed or spared for an account. `accounts` is how many the cluster had in `snapshot`,
    the one that was looked at. `approved_by` is the second person, where one was needed. `undone_at` is None while the
    decision stands.
    """

    id: int
    case_id: int
    cluster_id: str
    account_id: str | None
    verdict: str
    reason: str | None
    snapshot: str
    accounts: int
    decided_by: str
    decided_at: datetime
    approved_by: str | None
    undone_by: str | None
    undone_at: datetime | None


@dataclass(frozen=True)
class Lease:
    """Somebody is reviewing a case: nobody else is handed it before `expires_at`."""

    case_id: int
    cluster_id: str
    holder: str
    taken_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Approval:
    """A second person's word that was asked for. `state` is pending, approved, refused, withdrawn or lapsed.

    `action` says in words what is asked for; `kind` is status or actions.
    """

    id: int
    case_id: int
    cluster_id: str
    kind: str
    action: str
    accounts: int
    snapshot: str
    reason: str | None
    requested_by: str
    requested_at: datetime
    lapses_at: datetime
    state: str
    answered_by: str | None
    answered_at: datetime | None


@dataclass(frozen=True)
class Case:
    """The case of a cluster. It follows the cluster: `cluster_id` is what the cluster is called in the current snapshot.

    `revision` grows with each change: hand it back with what you change, and a change by somebody else in between is
    refused instead of overwritten. `gone` is true once the cluster is in no snapshot any more; `absorbed_by` is the case
    that goes on for this one since their clusters became one; `hold` is the matter of a legal hold.
    `decision` is the standing one about the cluster, `spared` counts accounts exempted from it.
    """

    id: int
    cluster_id: str
    status: Status
    assignee: str | None
    tags: tuple[str, ...]
    opened_by: str
    opened_at: datetime
    changed_at: datetime
    revision: int
    gone: bool
    absorbed_by: int | None
    hold: str | None
    decision: Decision | None
    spared: int
    lease: Lease | None
    pending: Approval | None


@dataclass(frozen=True)
class Note:
    """A note; `retracted_at` is None while it stands."""

    id: int
    case_id: int
    author: str
    at: datetime
    text: str
    retracted_at: datetime | None


@dataclass(frozen=True)
class CaseLink:
    """A link to another case: `kind` is related, merged by hand, split off, merged or split."""

    case_id: int
    other_id: int
    other_cluster_id: str
    kind: str
    linked_by: str
    linked_at: datetime


@dataclass(frozen=True)
class HandEdit:
    """A merge or a split by hand. `state` is waiting for the next rebuild, applied, or undone.

    `clusters` are what it ties or keeps apart, by their current ids; `accounts` counts those split off.
    """

    id: int
    case_id: int
    kind: str
    clusters: tuple[str, ...]
    accounts: int
    reason: str | None
    made_by: str
    made_at: datetime
    state: str


@dataclass(frozen=True)
class Event:
    """One thing that happened to a case, for its history; `undone_at` is None while it stands."""

    id: int
    case_id: int
    at: datetime
    actor: str
    kind: str
    sentence: str
    undone_at: datetime | None


@dataclass(frozen=True)
class Changed:
    """What became of a cluster since the decision on it. `sentence` is empty where nothing did."""

    snapshot: str
    joined: tuple[str, ...]
    left: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """changed since your decision: +31 accounts, -2"""
        if not self.joined and not self.left:
            return ""
        return f"changed since your decision: +{len(self.joined):,} accounts, -{len(self.left):,}"


@dataclass(frozen=True)
class CaseFile:
    """A case with all that belongs to it. Notes, decisions, approvals, edits and history are newest first."""

    case: Case
    notes: tuple[Note, ...]
    links: tuple[CaseLink, ...]
    decisions: tuple[Decision, ...]
    approvals: tuple[Approval, ...]
    edits: tuple[HandEdit, ...]
    history: tuple[Event, ...]


@dataclass(frozen=True)
class Outcome:
    """What came of a decision: it stands (`approval` None), or waits for a second person."""

    case: Case
    approval: Approval | None


@dataclass(frozen=True)
class Proposal:
    """One of several decisions taken together, each with a reason of its own."""

    cluster_id: str
    status: Status
    reason: str


Payload = dict[str, Any]
