"""The book of cases: everything that the pages and the command line ask of people's state, and do to it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from linkage.access import Action, Identity
from linkage.cases import deciding, handwork, leasing, noting, reading, undoing
from linkage.cases.act import Act
from linkage.cases.reader import CaseReader
from linkage.cases.records import Case, Outcome, Proposal, Status, Verdict
from linkage.cases.tables import APPROVALS, FOLLOWED
from linkage.database import clean

if TYPE_CHECKING:
    from linkage.store import Snapshot

_REASON: Final = 2_000
_NOTE: Final = 20_000
_NAME: Final = 200


class CaseBook(CaseReader):
    """The cases of one store. Safe to share between threads; close it, or use it as a context manager.

        with CaseBook(store) as book, open_snapshot(store) as snapshot:
            ada = book.gate.identity("ada")
            book.set_status(ada, snapshot, "C01ef8af916", Status.confirmed, "one card, one template")

    Whatever is done names who does it and the snapshot that was looked at. Raises Denied: the role does not allow it;
    Conflict: what is there now does not; NotFound: no such cluster, account or case; StoreError, ServerError: the
    database cannot be used. A deed is done whole, with its audit record, or not at all.
    """

    def set_status(
        self,
        who: Identity,
        snapshot: Snapshot,
        cluster_id: str,
        status: Status,
        reason: str | None = None,
        *,
        expected: int | None = None,
    ) -> Outcome:
        """Set a case's status. Above the configured size it waits for a second person instead (`Outcome.approval`).

        `expected` is the revision that was looked at, 0 where there was no case. Raises Conflict: somebody changed the
        case meanwhile, or is reviewing it; UsageError: a second person is needed and no reason was given.
        """
        why = _reason(reason)
        with self.acting(who, Action.decide, f"cluster:{cluster_id}", snapshot) as act:
            rules = self.gate.access.approval
            case_id, request = deciding.set_status(act, cluster_id, Status(status), why, rules, expected)
            return self._outcome(act, case_id, request)

    def decide_many(self, who: Identity, snapshot: Snapshot, proposals: Sequence[Proposal]) -> list[Outcome]:
        """Several decisions, each with its own reason: all of them, or none where one cannot be taken."""
        wanted = [
            (one.cluster_id, Status(one.status), clean(one.reason, "reason", limit=_REASON, lines=True)) for one in proposals
        ]
        with self.acting(who, Action.decide, "store", snapshot) as act:
            act.know([cluster for cluster, _, _ in wanted])
            made = [
                deciding.set_status(act, cluster, status, reason, self.gate.access.approval, None)
                for cluster, status, reason in wanted
            ]
            asked = {one.id: one for one in reading.approvals(act.con, APPROVALS.c.state == "pending", now=act.now)}
            found = act.read_many([case_id for case_id, _ in made])
            return [Outcome(case, asked.get(request or 0)) for case, (_, request) in zip(found, made, strict=True)]

    def decide_accounts(
        self,
        who: Identity,
        snapshot: Snapshot,
        cluster_id: str,
        accounts: Sequence[str],
        verdict: Verdict,
        reason: str | None = None,
        *,
        expected: int | None = None,
    ) -> Case:
        """Confirm or spare single accounts of a cluster, whatever is decided on the whole."""
        why = _reason(reason)
        with self.acting(who, Action.decide, f"cluster:{cluster_id}", snapshot) as act:
            return act.read(deciding.decide_accounts(act, cluster_id, accounts, Verdict(verdict), why, expected))

    def note(self, who: Identity, snapshot: Snapshot, cluster_id: str, text: str) -> Case:
        """Write a note."""
        given = clean(text, "note", limit=_NOTE, lines=True)
        with self.acting(who, Action.note, f"cluster:{cluster_id}", snapshot) as act:
            return act.read(noting.note(act, cluster_id, given))

    def assign(
        self,
        who: Identity,
        snapshot: Snapshot,
        cluster_ids: Sequence[str],
        assignee: str | None,
        *,
        expected: int | None = None,
    ) -> list[Case]:
        """Give cases to somebody, or to nobody (None); all of them or none. `expected` is for a single one."""
        name = None if assignee is None else clean(assignee, "assignee", limit=_NAME)
        clusters = noting.names(cluster_ids, "cluster")
        with self.acting(who, Action.assign, _subject(clusters), snapshot) as act:
            act.know(clusters)
            return act.read_many([noting.assign(act, cluster, name, expected) for cluster in clusters])

    def tag(self, who: Identity, snapshot: Snapshot, cluster_id: str, tag: str, *, on: bool = True) -> Case:
        """Put a tag on a case, or take it off."""
        name = clean(tag, "tag", limit=60)
        with self.acting(who, Action.tag, f"cluster:{cluster_id}", snapshot) as act:
            return act.read(noting.tag(act, cluster_id, name, on=on))

    def link(self, who: Identity, snapshot: Snapshot, cluster_id: str, other: str, *, on: bool = True) -> Case:
        """Link the cases of two clusters as related, or take that off."""
        with self.acting(who, Action.link, f"cluster:{cluster_id}", snapshot) as act:
            return act.read(noting.link(act, cluster_id, other, on=on))

    def merge(self, who: Identity, snapshot: Snapshot, cluster_id: str, others: Sequence[str], reason: str) -> Case:
        """Tie clusters together by hand; every later rebuild keeps them one, until it is undone."""
        why = clean(reason, "reason", limit=_REASON, lines=True)
        with self.acting(who, Action.merge_clusters, f"cluster:{cluster_id}", snapshot) as act:
            return act.read(handwork.merge(act, cluster_id, noting.names(others, "other cluster"), why))

    def split(self, who: Identity, snapshot: Snapshot, cluster_id: str, accounts: Sequence[str], reason: str) -> Case:
        """Split accounts off a cluster by hand; every later rebuild keeps the two apart, until it is undone."""
        why = clean(reason, "reason", limit=_REASON, lines=True)
        with self.acting(who, Action.split_cluster, f"cluster:{cluster_id}", snapshot) as act:
            return act.read(handwork.split(act, cluster_id, accounts, why))

    def undo(
        self, who: Identity, snapshot: Snapshot, cluster_id: str, event: int | None = None, reason: str | None = None
    ) -> tuple[Case, str]:
        """Take back the last thing done to a case, or the `event` of its history; the case, and what it was in words."""
        why = _reason(reason)
        with self.acting(who, Action.undo, f"cluster:{cluster_id}", snapshot) as act:
            case_id, words = undoing.undo(act, cluster_id, event, why)
            return act.read(case_id), words

    def answer(self, who: Identity, snapshot: Snapshot, request: int, *, approve: bool, reason: str | None = None) -> Case:
        """Approve or refuse, as the second person, what somebody else asked for."""
        why = _reason(reason)
        with self.acting(who, Action.approve, f"request:{request}", snapshot) as act:
            return act.read(deciding.answer(act, request, why, approve=approve))

    def hold(self, who: Identity, snapshot: Snapshot, cluster_id: str, matter: str | None) -> Case:
        """Put a cluster and its accounts under legal hold, or release it (None)."""
        given = None if matter is None else clean(matter, "matter", limit=_NAME)
        with self.acting(who, Action.hold, f"cluster:{cluster_id}", snapshot) as act:
            return act.read(noting.hold(act, cluster_id, given))

    def hold_account(self, who: Identity, snapshot: Snapshot, account_id: str, matter: str | None) -> None:
        """Put one account under legal hold, or release it (None)."""
        given = None if matter is None else clean(matter, "matter", limit=_NAME)
        with self.acting(who, Action.hold, f"account:{account_id}", snapshot) as act:
            noting.hold_account(act, account_id, given)

    # Handing out

    def lease_next(
        self, who: Identity, snapshot: Snapshot, *, flagged: bool = True, skip: Collection[str] = (), minutes: int | None = None
    ) -> Case | None:
        """Start reviewing: lease the riskiest cluster that waits; None where nothing does. `skip` are clusters to pass over."""
        with self.acting(who, Action.lease, "store", snapshot) as act:
            case_id = leasing.lease_next(act, self._minutes(minutes), flagged=flagged, skip=skip)
            return None if case_id is None else act.read(case_id)

    def lease(self, who: Identity, snapshot: Snapshot, cluster_id: str, *, minutes: int | None = None) -> Case:
        """Lease a certain case, or renew one's own lease. Raises Conflict: somebody else holds it."""
        with self.acting(who, Action.lease, f"cluster:{cluster_id}", snapshot) as act:
            return act.read(leasing.lease(act, cluster_id, self._minutes(minutes)))

    def release(self, who: Identity, snapshot: Snapshot, cluster_id: str) -> Case:
        """Give a case back before its lease expires."""
        with self.acting(who, Action.lease, f"cluster:{cluster_id}", snapshot) as act:
            return act.read(leasing.release(act, cluster_id))

    @contextmanager
    def acting(self, who: Identity, action: Action, subject: str, snapshot: Snapshot) -> Iterator[Act]:
        """One deed: a transaction in which the caller changes cases and leaves its record. Raises Denied."""
        from linkage.store import current

        self.follow()
        with self.gate.acting(who, action, subject, snapshot.id) as writer:
            if writer.con.execute(sa.select(FOLLOWED.c.snapshot)).scalar() is None:
                writer.con.execute(FOLLOWED.insert().values(snapshot=current(self.store)))
            yield Act(writer, who, self._clock(), snapshot)

    def _minutes(self, given: int | None) -> int:
        return given or self.gate.access.review.lease_minutes

    def _outcome(self, act: Act, case_id: int, request: int | None) -> Outcome:
        if request is None:
            return Outcome(act.read(case_id), None)
        return Outcome(act.read(case_id), reading.approvals(act.con, APPROVALS.c.id == request, now=act.now)[0])


def _reason(reason: str | None) -> str | None:
    return None if reason is None else clean(reason, "reason", limit=_REASON, lines=True)


def _subject(clusters: list[str]) -> str:
    return f"cluster:{clusters[0]}" if len(clusters) == 1 else "store"
