"""Rows to records: what the database holds of cases, within one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from linkage.cases.records import Approval, Case, CaseFile, CaseLink, Decision, Event, HandEdit, Lease, Note, Status, Verdict
from linkage.cases.sentences import approval_words, event_sentence
from linkage.cases.tables import (
    APPROVALS,
    CASES,
    DECISIONS,
    EDIT_CLUSTERS,
    EDITS,
    EVENTS,
    LEASES,
    LINKS,
    MEMBER_LISTS,
    NOTES,
    TAGS,
)
from linkage.database import AnyText

_TEXT = AnyText()
_UNNESTED = sa.text(
    "INSERT INTO member_lists (kind, owner_id, account_id) SELECT :kind, :owner, unnest(CAST(:accounts AS text[]))"
)
#: Values in one IN list at most: SQLite takes 32,766 parameters.
_SLICE = 10_000
#: Cases that are asked for by their numbers; more are read whole.
_FEW = 300


def slices(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """Parts of a list that fit into one statement."""
    return (values[start : start + _SLICE] for start in range(0, len(values), _SLICE))


def cases(con: Connection, condition: sa.ColumnElement[bool], *, now: datetime, limit: int | None = None) -> list[Case]:
    """Cases that meet a condition on CASES, by number."""
    rows = con.execute(sa.select(CASES).where(condition).order_by(CASES.c.id).limit(limit)).all()
    ids = [row.id for row in rows]
    # many cases are read whole: thousands of numbers in a statement take longer than the rows that they would leave out
    of = (lambda column: column.in_(ids)) if len(ids) <= _FEW else (lambda column: sa.true())
    tags: dict[int, list[str]] = {}
    for row in con.execute(sa.select(TAGS).where(of(TAGS.c.case_id)).order_by(TAGS.c.tag)):
        tags.setdefault(row.case_id, []).append(row.tag)
    standing = [row.decision_id for row in rows if row.decision_id is not None]
    wanted = DECISIONS.c.id.in_(standing) if len(standing) <= _FEW else DECISIONS.c.account_id.is_(None)
    decided = {row.id: _decision(row) for row in con.execute(sa.select(DECISIONS).where(wanted))}
    leases = {row.case_id: row for row in con.execute(sa.select(LEASES).where(of(LEASES.c.case_id), LEASES.c.expires_at > now))}
    pending = {
        row.case_id: row
        for row in con.execute(
            sa.select(APPROVALS)
            .where(of(APPROVALS.c.case_id), APPROVALS.c.state == "pending", APPROVALS.c.lapses_at > now)
            .order_by(APPROVALS.c.id)
        )
    }
    spared = spared_counts(con, of(DECISIONS.c.case_id))
    return [
        Case(
            id=row.id,
            cluster_id=row.cluster_id,
            status=Status(row.status),
            assignee=row.assignee,
            tags=tuple(tags.get(row.id, ())),
            opened_by=row.opened_by,
            opened_at=row.opened_at,
            changed_at=row.changed_at,
            revision=row.revision,
            gone=row.gone,
            absorbed_by=row.absorbed_by,
            hold=row.hold,
            decision=decided.get(row.decision_id) if row.decision_id is not None else None,
            spared=spared.get(row.id, 0),
            lease=_lease(leases[row.id], row.cluster_id) if row.id in leases else None,
            pending=_approval(pending[row.id], row.cluster_id, now) if row.id in pending else None,
        )
        for row in rows
    ]


def case_file(con: Connection, case: Case, *, now: datetime) -> CaseFile:
    """A case with all that belongs to it."""
    other = CASES.alias("other")
    links = con.execute(
        sa.select(LINKS, other.c.cluster_id)
        .join(other, other.c.id == LINKS.c.other_id)
        .where(LINKS.c.case_id == case.id)
        .order_by(LINKS.c.linked_at, LINKS.c.other_id)
    )

    def mine(table: sa.Table) -> sa.Select[Any]:
        return sa.select(table).where(table.c.case_id == case.id).order_by(table.c.id.desc())

    return CaseFile(
        case=case,
        notes=tuple(Note(**row._mapping) for row in con.execute(mine(NOTES))),
        links=tuple(
            CaseLink(row.case_id, row.other_id, row.cluster_id, row.kind, row.linked_by, row.linked_at) for row in links
        ),
        decisions=tuple(_decision(row) for row in con.execute(mine(DECISIONS))),
        approvals=tuple(_approval(row, case.cluster_id, now) for row in con.execute(mine(APPROVALS))),
        edits=tuple(edits(con, EDITS.c.case_id.in_([case.id, *absorbed(con, case.id)]))),
        history=tuple(
            Event(row.id, row.case_id, row.at, row.actor, row.kind, _sentence(row, case.id), row.undone_at)
            for row in con.execute(sa.select(EVENTS).where(events_of(con, case.id)).order_by(EVENTS.c.id.desc()))
        ),
    )


def absorbed(con: Connection, case_id: int) -> list[int]:
    """The cases that this one goes on for, by number."""
    above = sa.select(CASES.c.id).where(CASES.c.absorbed_by == case_id).cte("above", recursive=True)
    above = above.union(sa.select(CASES.c.id).where(CASES.c.absorbed_by == above.c.id))
    return sorted(con.execute(sa.select(above.c.id)).scalars())


def events_of(con: Connection, case_id: int) -> sa.ColumnElement[bool]:
    """The condition on EVENTS for what happened to a case: also the edits by hand of cases that it goes on for.

    Such an edit still ties or parts its clusters, so it has to be seen, and taken back, where the cluster is now.
    """
    by_hand = sa.and_(EVENTS.c.case_id.in_(absorbed(con, case_id)), EVENTS.c.kind.in_(("merge", "split")))
    return sa.or_(EVENTS.c.case_id == case_id, by_hand)


def _sentence(row: Row[Any], case_id: int) -> str:
    told = event_sentence(row.kind, json.loads(row.payload))
    return told if row.case_id == case_id else f"{told} (case {row.case_id}, for which this one goes on)"


def edits(con: Connection, condition: sa.ColumnElement[bool]) -> list[HandEdit]:
    """Merges and splits by hand that meet a condition on EDITS, newest first."""
    clusters: dict[int, list[str]] = {}
    for row in con.execute(sa.select(EDIT_CLUSTERS).order_by(EDIT_CLUSTERS.c.part, EDIT_CLUSTERS.c.cluster_id)):
        clusters.setdefault(row.edit_id, []).append(row.cluster_id)
    # the list of accounts goes once the part is a cluster of its own; the history keeps how many there were
    made = con.execute(sa.select(EVENTS.c.payload).where(EVENTS.c.kind == "split")).scalars()
    counts = {int(told["edit"]): int(told["accounts"]) for told in map(json.loads, made)}
    return [
        HandEdit(
            row.id, row.case_id, row.kind, tuple(clusters.get(row.id, ())), counts.get(row.id, 0), row.reason, row.made_by,
            row.made_at, "undone" if row.undone_at else "applied" if row.applied_in else "waiting for the next rebuild",
        )
        for row in con.execute(sa.select(EDITS).where(condition).order_by(EDITS.c.id.desc()))
    ]  # fmt: skip


def decisions(con: Connection, condition: sa.ColumnElement[bool], *, limit: int | None = None) -> list[Decision]:
    """Decisions that meet a condition on DECISIONS, newest first."""
    rows = con.execute(sa.select(DECISIONS).where(condition).order_by(DECISIONS.c.id.desc()).limit(limit))
    return [_decision(row) for row in rows]


def approvals(con: Connection, condition: sa.ColumnElement[bool], *, now: datetime) -> list[Approval]:
    """Requests that meet a condition on APPROVALS, newest first."""
    rows = con.execute(
        sa.select(APPROVALS, CASES.c.cluster_id)
        .join(CASES, CASES.c.id == APPROVALS.c.case_id)
        .where(condition)
        .order_by(APPROVALS.c.id.desc())
    )
    return [_approval(row, row.cluster_id, now) for row in rows]


def verdicts(con: Connection, condition: sa.ColumnElement[bool]) -> dict[str, Decision]:
    """The standing verdict of each account whose decisions meet a condition: the last that was not undone."""
    rows = con.execute(
        sa.select(DECISIONS)
        .where(DECISIONS.c.account_id.is_not(None), DECISIONS.c.undone_at.is_(None), condition)
        .order_by(DECISIONS.c.id)
    )
    return {row.account_id: _decision(row) for row in rows}


def spared_counts(con: Connection, condition: sa.ColumnElement[bool]) -> dict[int, int]:
    """How many accounts each case spares."""
    last = (
        sa.select(sa.func.max(DECISIONS.c.id))
        .where(DECISIONS.c.account_id.is_not(None), DECISIONS.c.undone_at.is_(None), condition)
        .group_by(DECISIONS.c.case_id, DECISIONS.c.account_id)
    )
    counts = con.execute(
        sa.select(DECISIONS.c.case_id, sa.func.count())
        .where(DECISIONS.c.id.in_(last), DECISIONS.c.verdict == Verdict.spared)
        .group_by(DECISIONS.c.case_id)
    )
    return {row[0]: row[1] for row in counts}


def member_list(con: Connection, kind: str, owner: int) -> list[str]:
    """The accounts of a list, sorted."""
    found = con.execute(
        sa.select(MEMBER_LISTS.c.account_id).where(MEMBER_LISTS.c.kind == kind, MEMBER_LISTS.c.owner_id == owner)
    )
    return sorted(found.scalars())


def keep_list(con: Connection, kind: str, owner: int, accounts: Iterable[str]) -> None:
    """Keep a list of accounts."""
    names = sorted(set(accounts))
    if not names:
        return
    if con.dialect.name == "postgresql":
        # one statement: the driver would send 25,000 rows one by one
        stored = [_TEXT.process_bind_param(name, con.dialect) for name in names]
        con.execute(_UNNESTED, {"kind": kind, "owner": owner, "accounts": stored})
    else:
        con.execute(MEMBER_LISTS.insert(), [{"kind": kind, "owner_id": owner, "account_id": name} for name in names])


def drop_list(con: Connection, kind: str, owner: int) -> None:
    """Forget a list of accounts."""
    con.execute(MEMBER_LISTS.delete().where(MEMBER_LISTS.c.kind == kind, MEMBER_LISTS.c.owner_id == owner))


def _decision(row: Row[Any]) -> Decision:
    return Decision(**row._mapping)


def _lease(row: Row[Any], cluster_id: str) -> Lease:
    return Lease(row.case_id, cluster_id, row.holder, row.taken_at, row.expires_at)


def _approval(row: Row[Any], cluster_id: str, now: datetime) -> Approval:
    state = "lapsed" if row.state == "pending" and row.lapses_at <= now else row.state
    return Approval(
        row.id, row.case_id, cluster_id, row.kind, approval_words(row.kind, json.loads(row.payload)), row.accounts, row.snapshot,
        row.reason, row.requested_by, row.requested_at, row.lapses_at, state, row.answered_by, row.answered_at,
    )  # fmt: skip
