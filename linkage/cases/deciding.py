"""Decisions: about a cluster, about some of its accounts, with a second person where it is large."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from linkage.access.settings import Approval as Rules
from linkage.cases import reading
from linkage.cases.act import Act, insist
from linkage.cases.records import DECIDED, Status, Verdict
from linkage.cases.sentences import approval_words
from linkage.cases.tables import APPROVALS, CASES, DECISIONS, LEASES
from linkage.database import inserted
from linkage.errors import Conflict, NotFound, UsageError


def set_status(
    act: Act, cluster: str, status: Status, reason: str | None, rules: Rules, expected: int | None
) -> tuple[int, int | None]:
    """Set a case's status, or ask for a second person; the case's number, and the request's."""
    row = act.case(cluster, expected)
    act.free(row)
    accounts = act.members(cluster)
    _withdraw(act, row.id, "status")
    if status in rules.statuses and len(accounts) > rules.accounts:
        request = ask(act, row.id, "status", {"status": status}, accounts, reason, rules)
        act.record("request", f"cluster:{cluster}", reason, {"status": status, "accounts": len(accounts), "request": request})
        return row.id, request
    decision = _apply(act, row, status, reason, accounts, decided_by=act.who.name)
    act.record("decide", f"cluster:{cluster}", reason, {"status": status, "accounts": len(accounts), "decision": decision})
    return row.id, None


def _apply(
    act: Act,
    row: Row[Any],
    status: Status,
    reason: str | None,
    accounts: list[str],
    *,
    decided_by: str,
    approved_by: str | None = None,
    snapshot: str | None = None,
) -> int | None:
    """Change the status; a status that is a decision keeps whom it was taken on."""
    decision: int | None = None
    if status in DECIDED:
        decision = _insert(
            act, row.id, row.cluster_id, None, status, reason, len(accounts), decided_by=decided_by, approved_by=approved_by,
            snapshot=snapshot,
        )  # fmt: skip
        reading.keep_list(act.con, "decision", decision, accounts)
        act.con.execute(LEASES.delete().where(LEASES.c.case_id == row.id))
    act.change(row.id, status=status, decision_id=decision)
    act.event(
        row.id, "status", before=row.status, after=status, before_decision=row.decision_id, decision=decision, reason=reason,
        approved=approved_by,
    )  # fmt: skip
    return decision


def _insert(
    act: Act,
    case_id: int,
    cluster: str,
    account: str | None,
    verdict: str,
    reason: str | None,
    accounts: int,
    *,
    decided_by: str,
    approved_by: str | None = None,
    snapshot: str | None = None,
) -> int:
    at = snapshot or ("" if act.snapshot is None else act.snapshot.id)
    return inserted(
        act.con,
        DECISIONS.insert().values(
            case_id=case_id, cluster_id=cluster, account_id=account, verdict=verdict, reason=reason, snapshot=at,
            accounts=accounts, decided_by=decided_by, decided_at=act.now, approved_by=approved_by,
        )
    )  # fmt: skip


def decide_accounts(
    act: Act, cluster: str, given: Sequence[str], verdict: Verdict, reason: str | None, expected: int | None
) -> int:
    """Decide about some accounts of a cluster; the case's number."""
    row = act.case(cluster, expected)
    act.free(row)
    chosen = sorted(set(given))
    if not chosen:
        raise UsageError("no account was named; name those that the decision is about")
    accounts = act.members(cluster)
    insist(cluster, accounts, chosen)
    made = [
        _insert(act, row.id, cluster, account, verdict, reason, len(accounts), decided_by=act.who.name) for account in chosen
    ]
    act.change(row.id)
    act.event(row.id, "accounts", verdict=verdict, accounts=len(chosen), decisions=made, reason=reason)
    # names are in the decisions, which an erasure can reach; here their number is enough
    act.record("decide", f"cluster:{cluster}", reason, {"verdict": verdict, "accounts": len(chosen), "decisions": made[:50]})
    return int(row.id)


def ask(
    act: Act, case_id: int, kind: str, payload: dict[str, Any], accounts: list[str], reason: str | None, rules: Rules
) -> int:
    """File a request for a second person; its number."""
    if not reason:
        raise UsageError(f"{len(accounts):,} accounts need a second person's approval; say why, with a reason")
    request = inserted(
        act.con,
        APPROVALS.insert().values(
            case_id=case_id, kind=kind, payload=json.dumps(payload, sort_keys=True), accounts=len(accounts),
            snapshot="" if act.snapshot is None else act.snapshot.id, reason=reason, requested_by=act.who.name,
            requested_at=act.now, lapses_at=act.now + timedelta(days=rules.days), state="pending",
        )
    )  # fmt: skip
    reading.keep_list(act.con, "approval", request, accounts)
    act.change(case_id)
    act.event(case_id, "request", what=approval_words(kind, payload), request=request, reason=reason)
    return request


def _withdraw(act: Act, case_id: int, kind: str) -> None:
    """A newer decision takes the place of a request that waits."""
    waiting = sa.and_(APPROVALS.c.case_id == case_id, APPROVALS.c.kind == kind, APPROVALS.c.state == "pending")
    for row in act.con.execute(sa.select(APPROVALS).where(waiting)).all():
        _answer(act, row, "withdrawn", None)


def _answer(act: Act, row: Row[Any], state: str, reason: str | None) -> None:
    act.con.execute(
        APPROVALS.update().where(APPROVALS.c.id == row.id).values(state=state, answered_by=act.who.name, answered_at=act.now)
    )
    words = approval_words(row.kind, json.loads(row.payload))
    act.event(row.case_id, state, what=words, request=row.id, reason=reason)


def answer(act: Act, request: int, reason: str | None, *, approve: bool) -> int:
    """Approve or refuse what somebody else asked for; the case's number."""
    row = act.con.execute(sa.select(APPROVALS).where(APPROVALS.c.id == request)).one_or_none()
    if row is None:
        raise NotFound(f"there is no request {request}; 'linkage cases --pending' lists those that wait")
    state = reading.approvals(act.con, APPROVALS.c.id == request, now=act.now)[0].state
    if state != "pending":
        raise Conflict(f"request {request} is {state}; file a new one if it is still wanted")
    if row.requested_by == act.who.name:
        raise Conflict(f"request {request} is your own; a second person approves or refuses it")
    _answer(act, row, "approved" if approve else "refused", reason)
    act.change(row.case_id)
    case = act.con.execute(sa.select(CASES).where(CASES.c.id == row.case_id)).one()
    payload = json.loads(row.payload)
    if approve and row.kind == "status":
        accounts = reading.member_list(act.con, "approval", request)
        _apply(
            act, case, Status(payload["status"]), row.reason, accounts, decided_by=row.requested_by,
            approved_by=act.who.name, snapshot=row.snapshot,
        )  # fmt: skip
    detail = {"request": request, "approved": approve, "accounts": row.accounts, "by": row.requested_by}
    act.record("approve", f"cluster:{case.cluster_id}", reason or row.reason, detail)
    return int(row.case_id)


def lapsed(now: datetime) -> sa.ColumnElement[bool]:
    """Requests that nobody answered in time."""
    return sa.and_(APPROVALS.c.state == "pending", APPROVALS.c.lapses_at <= now)
