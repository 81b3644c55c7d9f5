"""The book of cases: everything that the pages and the command line ask of people's state, and do to it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from linkage.access import Access, Action, Gate, Identity
from linkage.cases import deciding, following, handwork, leasing, noting, reading, undoing
from linkage.cases.act import Act, members
from linkage.cases.records import (
    Approval,
    Case,
    CaseFile,
    Changed,
    Decision,
    HandEdit,
    Outcome,
    Proposal,
    Status,
    Verdict,
)  # fmt: skip
from linkage.cases.tables import APPROVALS, CASES, DECISIONS, EDITS, FOLLOWED, TAGS
from linkage.database import Database, clean, utc_now
from linkage.errors import NotFound

if TYPE_CHECKING:
    from linkage.store import Snapshot

_REASON: Final = 2_000
_NOTE: Final = 20_000
_NAME: Final = 200
#: Who acts where a case follows its cluster.
_ITSELF: Final = Identity("linkage", None)


class CaseBook:
    """The cases of one store. Safe to share between threads; close it, or use it as a context manager.

        with CaseBook(store) as book, open_snapshot(store) as snapshot:
            ada = book.gate.identity("ada")
            book.set_status(ada, snapshot, "C01ef8af916", Status.confirmed, "one card, one template")

    Whatever is done names who does it and the snapshot that was looked at. Raises Denied: the role does not allow it;
    Conflict: what is there now does not; NotFound: no such cluster, account or case; StoreError, ServerError: the
    database cannot be used. A deed is done whole, with its audit record, or not at all.
    """

    def __init__(
        self,
        store: Path,
        database_url: str | None = None,
        *,
        access: Access | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """`access` are the settings of roles and approval; the store's own by default. Raises ConfigError."""
        self.store: Final = Path(store)
        self.database: Final = Database(self.store, database_url)
        self.gate: Final = Gate(self.store, access=access, database=self.database)
        self._clock = clock

    # What there is

    def find(self, cluster_id: str) -> Case | None:
        """The case of a cluster; None while nobody opened one (its status is new)."""
        with self._reading() as con:
            found = reading.cases(
                con, sa.and_(CASES.c.cluster_id == cluster_id, CASES.c.absorbed_by.is_(None)), now=self._clock()
            )
        return found[0] if found else None

    def get(self, case_id: int) -> Case:
        """A case by its number. Raises NotFound."""
        with self._reading() as con:
            found = reading.cases(con, CASES.c.id == case_id, now=self._clock())
        if not found:
            raise NotFound(f"there is no case {case_id}; 'linkage case --list' shows them")
        return found[0]

    def file(self, case_id: int) -> CaseFile:
        """A case with all that belongs to it. Raises NotFound."""
        case = self.get(case_id)
        with self._reading() as con:
            return reading.case_file(con, case, now=self._clock())

    def cases(
        self,
        *,
        statuses: Collection[Status] | None = None,
        assignee: str | None = None,
        tag: str | None = None,
        absorbed: bool = False,
        limit: int | None = None,
    ) -> list[Case]:
        """Cases by number: of these statuses, of this assignee, with this tag; absorbed ones only where asked for."""
        conditions: list[sa.ColumnElement[bool]] = [] if absorbed else [CASES.c.absorbed_by.is_(None)]
        if statuses is not None:
            conditions.append(CASES.c.status.in_([str(status) for status in statuses]))
        if assignee is not None:
            conditions.append(CASES.c.assignee == assignee)
        if tag is not None:
            conditions.append(CASES.c.id.in_(sa.select(TAGS.c.case_id).where(TAGS.c.tag == tag)))
        with self._reading() as con:
            return reading.cases(con, sa.and_(sa.true(), *conditions), now=self._clock(), limit=limit)

    def by_cluster(self) -> dict[str, Case]:
        """Every open case under the current id of its cluster: for a queue."""
        return {case.cluster_id: case for case in self.cases()}

    def verdicts(self, cluster_id: str) -> dict[str, Decision]:
        """What was decided about single accounts of a cluster's case, by account."""
        case = self.find(cluster_id)
        if case is None:
            return {}
        with self._reading() as con:
            return reading.verdicts(con, DECISIONS.c.case_id == case.id)

    def decided(self, account_id: str) -> list[Decision]:
        """Standing decisions about one account by itself, newest first."""
        with self._reading() as con:
            return reading.decisions(con, sa.and_(DECISIONS.c.account_id == account_id, DECISIONS.c.undone_at.is_(None)))

    def decisions(self, *, by: str | None = None, limit: int | None = 100) -> list[Decision]:
        """Who decided what, newest first, undone ones too."""
        condition = sa.true() if by is None else DECISIONS.c.decided_by == by
        with self._reading() as con:
            return reading.decisions(con, condition, limit=limit)

    def approvals(self, *, pending: bool = True) -> list[Approval]:
        """What waits for a second person (or everything that ever did), newest first."""
        with self._reading() as con:
            found = reading.approvals(con, sa.true(), now=self._clock())
        return [one for one in found if one.state == "pending"] if pending else found

    def edits(self) -> list[HandEdit]:
        """Merges and splits by hand that hold, newest first."""
        with self._reading() as con:
            return reading.edits(con, EDITS.c.undone_at.is_(None))

    def changed(self, case: Case, snapshot: Snapshot) -> Changed | None:
        """Who joined and left the cluster since the standing decision on it; None where there is none."""
        decision = case.decision
        if decision is None:
            return None
        with self._reading() as con:
            before = set(reading.member_list(con, "decision", decision.id))
        while case.absorbed_by is not None:
            case = self.get(case.absorbed_by)
        after = set(members(snapshot, case.cluster_id))
        return Changed(decision.snapshot, tuple(sorted(after - before)), tuple(sorted(before - after)))

    # What is done

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
        with self._act(who, Action.decide, f"cluster:{cluster_id}", snapshot) as act:
            rules = self.gate.access.approval
            case_id, request = deciding.set_status(act, cluster_id, Status(status), why, rules, expected)
            return self._outcome(act, case_id, request)

    def decide_many(self, who: Identity, snapshot: Snapshot, proposals: Sequence[Proposal]) -> list[Outcome]:
        """Several decisions, each with its own reason: all of them, or none where one cannot be taken."""
        wanted = [
            (one.cluster_id, Status(one.status), clean(one.reason, "reason", limit=_REASON, lines=True)) for one in proposals
        ]
        with self._act(who, Action.decide, "store", snapshot) as act:
            made = [
                deciding.set_status(act, cluster, status, reason, self.gate.access.approval, None)
                for cluster, status, reason in wanted
            ]
            return [self._outcome(act, *one) for one in made]

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
        with self._act(who, Action.decide, f"cluster:{cluster_id}", snapshot) as act:
            return act.read(deciding.decide_accounts(act, cluster_id, accounts, Verdict(verdict), why, expected))

    def note(self, who: Identity, snapshot: Snapshot, cluster_id: str, text: str) -> Case:
        """Write a note."""
        given = clean(text, "note", limit=_NOTE, lines=True)
        with self._act(who, Action.note, f"cluster:{cluster_id}", snapshot) as act:
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
        with self._act(who, Action.assign, _subject(clusters), snapshot) as act:
            return [act.read(noting.assign(act, cluster, name, expected)) for cluster in clusters]

    def tag(self, who: Identity, snapshot: Snapshot, cluster_id: str, tag: str, *, on: bool = True) -> Case:
        """Put a tag on a case, or take it off."""
        name = clean(tag, "tag", limit=60)
        with self._act(who, Action.tag, f"cluster:{cluster_id}", snapshot) as act:
            return act.read(noting.tag(act, cluster_id, name, on=on))

    def link(self, who: Identity, snapshot: Snapshot, cluster_id: str, other: str, *, on: bool = True) -> Case:
        """Link the cases of two clusters as related, or take that off."""
        with self._act(who, Action.link, f"cluster:{cluster_id}", snapshot) as act:
            return act.read(noting.link(act, cluster_id, other, on=on))

    def merge(self, who: Identity, snapshot: Snapshot, cluster_id: str, others: Sequence[str], reason: str) -> Case:
        """Tie clusters together by hand; every later rebuild keeps them one, until it is undone."""
        why = clean(reason, "reason", limit=_REASON, lines=True)
        with self._act(who, Action.merge_clusters, f"cluster:{cluster_id}", snapshot) as act:
            return act.read(handwork.merge(act, cluster_id, noting.names(others, "other cluster"), why))

    def split(self, who: Identity, snapshot: Snapshot, cluster_id: str, accounts: Sequence[str], reason: str) -> Case:
        """Split accounts off a cluster by hand; every later rebuild keeps the two apart, until it is undone."""
        why = clean(reason, "reason", limit=_REASON, lines=True)
        with self._act(who, Action.split_cluster, f"cluster:{cluster_id}", snapshot) as act:
            return act.read(handwork.split(act, cluster_id, accounts, why))

    def undo(
        self, who: Identity, snapshot: Snapshot, cluster_id: str, event: int | None = None, reason: str | None = None
    ) -> tuple[Case, str]:
        """Take back the last thing done to a case, or the `event` of its history; the case, and what it was in words."""
        why = _reason(reason)
        with self._act(who, Action.undo, f"cluster:{cluster_id}", snapshot) as act:
            case_id, words = undoing.undo(act, cluster_id, event, why)
            return act.read(case_id), words

    def answer(self, who: Identity, snapshot: Snapshot, request: int, *, approve: bool, reason: str | None = None) -> Case:
        """Approve or refuse, as the second person, what somebody else asked for."""
        why = _reason(reason)
        with self._act(who, Action.approve, f"request:{request}", snapshot) as act:
            return act.read(deciding.answer(act, request, why, approve=approve))

    def hold(self, who: Identity, snapshot: Snapshot, cluster_id: str, matter: str | None) -> Case:
        """Put a cluster and its accounts under legal hold, or release it (None)."""
        given = None if matter is None else clean(matter, "matter", limit=_NAME)
        with self._act(who, Action.hold, f"cluster:{cluster_id}", snapshot) as act:
            return act.read(noting.hold(act, cluster_id, given))

    def hold_account(self, who: Identity, snapshot: Snapshot, account_id: str, matter: str | None) -> None:
        """Put one account under legal hold, or release it (None)."""
        given = None if matter is None else clean(matter, "matter", limit=_NAME)
        with self._act(who, Action.hold, f"account:{account_id}", snapshot) as act:
            noting.hold_account(act, account_id, given)

    # Handing out

    def lease_next(
        self, who: Identity, snapshot: Snapshot, *, flagged: bool = True, skip: Collection[str] = (), minutes: int | None = None
    ) -> Case | None:
        """Start reviewing: lease the riskiest cluster that waits; None where nothing does. `skip` are clusters to pass over."""
        with self._act(who, Action.lease, "store", snapshot) as act:
            case_id = leasing.lease_next(act, self._minutes(minutes), flagged=flagged, skip=skip)
            return None if case_id is None else act.read(case_id)

    def lease(self, who: Identity, snapshot: Snapshot, cluster_id: str, *, minutes: int | None = None) -> Case:
        """Lease a certain case, or renew one's own lease. Raises Conflict: somebody else holds it."""
        with self._act(who, Action.lease, f"cluster:{cluster_id}", snapshot) as act:
            return act.read(leasing.lease(act, cluster_id, self._minutes(minutes)))

    def release(self, who: Identity, snapshot: Snapshot, cluster_id: str) -> Case:
        """Give a case back before its lease expires."""
        with self._act(who, Action.lease, f"cluster:{cluster_id}", snapshot) as act:
            return act.read(leasing.release(act, cluster_id))

    # Following

    def follow(self) -> None:
        """Let every case follow its cluster into the current snapshot; nothing to do is fine."""
        from linkage.store import current

        self.gate.log.check_ours()
        now = current(self.store)
        with self.database.read() as con:
            last = con.execute(sa.select(FOLLOWED.c.snapshot)).scalar()
        if last is not None and last != now:
            self._follow(now)

    def close(self) -> None:
        """Let the database go."""
        self.database.close()

    def __enter__(self) -> CaseBook:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _minutes(self, given: int | None) -> int:
        return given or self.gate.access.review.lease_minutes

    def _outcome(self, act: Act, case_id: int, request: int | None) -> Outcome:
        if request is None:
            return Outcome(act.read(case_id), None)
        return Outcome(act.read(case_id), reading.approvals(act.con, APPROVALS.c.id == request, now=act.now)[0])

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        self.follow()
        with self.database.read() as con:
            yield con

    @contextmanager
    def _act(self, who: Identity, action: Action, subject: str, snapshot: Snapshot) -> Iterator[Act]:
        from linkage.store import current

        self.follow()
        with self.gate.acting(who, action, subject, snapshot.id) as writer:
            if writer.con.execute(sa.select(FOLLOWED.c.snapshot)).scalar() is None:
                writer.con.execute(FOLLOWED.insert().values(snapshot=current(self.store)))
            yield Act(writer, who, self._clock(), snapshot)

    def _follow(self, now: str) -> None:
        from linkage.store import list_snapshots, open_snapshot

        chain = [entry.id for entry in list_snapshots(self.store)]
        with self.gate.log.writing() as writer:
            last = writer.con.execute(sa.select(FOLLOWED.c.snapshot)).scalar()
            places = {name: place for place, name in enumerate(chain)}
            if last == now or now not in places:
                return
            # a step that was removed or is damaged breaks the chain: then ids and decided accounts have to tell
            steps = chain[places[str(last)] + 1 : places[now] + 1] if places.get(str(last), len(chain)) < places[now] else [now]
            for name in steps:
                with ExitStack() as opened:
                    snapshot = opened.enter_context(open_snapshot(self.store, name))
                    told = last is not None and last in places and snapshot.manifest.previous == last
                    before = opened.enter_context(open_snapshot(self.store, last)) if told else None
                    following.step(Act(writer, _ITSELF, self._clock(), snapshot), snapshot, before)
                last = name


def _reason(reason: str | None) -> str | None:
    return None if reason is None else clean(reason, "reason", limit=_REASON, lines=True)


def _subject(clusters: list[str]) -> str:
    return f"cluster:{clusters[0]}" if len(clusters) == 1 else "store"


def role_actions() -> dict[str, Any]:
    """For documentation and tests: which action each public method asks for."""
    return {
        "set_status": Action.decide, "decide_many": Action.decide, "decide_accounts": Action.decide, "note": Action.note,
        "assign": Action.assign, "tag": Action.tag, "link": Action.link, "merge": Action.merge_clusters, "split": Action.split_cluster,
        "undo": Action.undo, "answer": Action.approve, "hold": Action.hold, "hold_account": Action.hold,
        "lease_next": Action.lease, "lease": Action.lease, "release": Action.lease,
    }  # fmt: skip
