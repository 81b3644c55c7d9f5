"""Proposed actions: a list for an enforcement system, of the accounts that were looked at and decided on.

Nothing here acts. A plan is looked at first (`Proposer.plan`: who, why not the others, how many innocents); what is
written is that plan and no other, and above the configured size only once a second person approved it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from linkage.access import Action, Identity
from linkage.cases import deciding, reading
from linkage.cases.act import Act, members
from linkage.cases.innocents import Innocents, estimate
from linkage.cases.records import Approval, Case, Status, Verdict
from linkage.cases.tables import APPROVALS, DECISIONS
from linkage.errors import Conflict, NotFound
from linkage.investigate.printable import counted, spreadsheet

if TYPE_CHECKING:
    from linkage.cases.book import CaseBook
    from linkage.store import Snapshot


class Enforcement(StrEnum):
    """What is proposed for an account, from the hardest to the softest."""

    suspend = "suspend"
    step_up = "step-up-verify"
    rate_limit = "rate-limit"
    watch = "watch"


#: Decisions that actions may follow from.
_ENOUGH: Final = (Status.confirmed, Status.escalated, Status.actioned)


@dataclass(frozen=True)
class Pace:
    """The traffic of the list as one: requests a day in all, and how many times one account's limit that is."""

    requests_a_day: float
    account_limit: int | None
    times_over: float | None
    limit_each: int | None


@dataclass(frozen=True)
class ProposedAction:
    """A line of the file. `limit_a_day` is for rate-limit only; `expires_at` is when the proposal lapses."""

    account_id: str
    action: str
    limit_a_day: int | None
    requests_a_day: float
    cluster_requests_a_day: float
    account_limit_a_day: int | None
    reason: str
    cluster_id: str
    case_id: int
    decision: str
    decided_by: str
    approved_by: str | None
    snapshot: str
    expires_at: str


@dataclass(frozen=True)
class Plan:
    """What would be written. `digest` names it; `left_out` counts accounts of the cluster that are not on it, by reason.

    `obstacle` says why it cannot be written as things are; empty where it can.
    """

    digest: str
    action: Enforcement
    actions: tuple[ProposedAction, ...]
    left_out: dict[str, int]
    pace: Pace
    innocents: Innocents
    needs_approval: bool
    obstacle: str


def make_plan(
    book: CaseBook,
    snapshot: Snapshot,
    cluster_id: str,
    action: Enforcement,
    *,
    days: int,
    account_limit: int | None = None,
    associates: bool = False,
    reason: str | None = None,
) -> Plan:
    """The plan for a cluster: its core accounts (and associates where asked for) that the standing decision is about.

    Spared accounts and those that joined since the decision are left out. `days` from the snapshot's time on it
    expires. Raises NotFound: no such cluster.
    """
    accounts = members(snapshot, cluster_id)
    if not accounts:
        raise NotFound(f"snapshot {snapshot.id} has no cluster {cluster_id!r}; 'linkage clusters' lists them")
    case = book.find(cluster_id)
    chosen, left_out = _choose(book, snapshot, case, cluster_id, accounts, associates=associates)
    each, pace = _pace(snapshot, chosen, account_limit)
    expires = snapshot.manifest.as_of.replace(tzinfo=None) + timedelta(days=days)
    decision = None if case is None else case.decision
    why = reason or (decision.reason if decision is not None and decision.reason else "") or f"cluster {cluster_id}"
    actions = tuple(
        ProposedAction(
            account_id=account,
            action=action,
            limit_a_day=pace.limit_each if action is Enforcement.rate_limit else None,
            requests_a_day=round(each.get(account, 0.0), 1),
            cluster_requests_a_day=round(pace.requests_a_day, 1),
            account_limit_a_day=account_limit,
            reason=why,
            cluster_id=cluster_id,
            case_id=0 if case is None else case.id,
            decision="" if decision is None else decision.verdict,
            decided_by="" if decision is None else decision.decided_by,
            approved_by=None if decision is None else decision.approved_by,
            snapshot=snapshot.id,
            expires_at=expires.isoformat() + "Z",
        )
        for account in chosen
    )
    digest = hashlib.sha256(json.dumps([asdict(one) for one in actions], sort_keys=True).encode()).hexdigest()[:16]
    return Plan(
        digest=digest,
        action=action,
        actions=actions,
        left_out=left_out,
        pace=pace,
        innocents=estimate(snapshot, cluster_id, chosen),
        needs_approval=len(actions) > book.gate.access.approval.accounts,
        obstacle=_obstacle(case, cluster_id, actions),
    )


def _obstacle(case: Case | None, cluster_id: str, actions: tuple[ProposedAction, ...]) -> str:
    if case is None or case.decision is None or case.status not in _ENOUGH:
        status = Status.new if case is None else case.status
        return f"the case is {status}: decide first (linkage case {cluster_id} --set confirmed)"
    return "" if actions else "no account is left on it"


def _choose(
    book: CaseBook, snapshot: Snapshot, case: Case | None, cluster_id: str, accounts: list[str], *, associates: bool
) -> tuple[list[str], dict[str, int]]:
    found = snapshot.query("SELECT account_id FROM members WHERE cluster_id = ? AND role = 'core'", [cluster_id])
    core = set(found["account_id"].to_pylist())
    decided, single = set(accounts), {}
    if case is not None and case.decision is not None:
        with book.database.read() as con:
            decided = set(reading.member_list(con, "decision", case.decision.id))
            single = reading.verdicts(con, DECISIONS.c.case_id == case.id)
    chosen: list[str] = []
    left_out: dict[str, int] = {}
    for account in accounts:
        verdict = single[account].verdict if account in single else None
        why = (
            "spared" if verdict == Verdict.spared
            else None if verdict == Verdict.confirmed
            else "joined since the decision" if account not in decided
            else "not core" if account not in core and not associates
            else None
        )  # fmt: skip
        if why is None:
            chosen.append(account)
        else:
            left_out[why] = left_out.get(why, 0) + 1
    return chosen, left_out


def _pace(snapshot: Snapshot, accounts: list[str], limit: int | None) -> tuple[dict[str, float], Pace]:
    """Requests a day of each, over the days on which any of them was active; and of all as one account's worth."""
    found = snapshot.query(
        """
        WITH mine AS (SELECT a.* FROM activity AS a JOIN (SELECT unnest($accounts) AS account_id) USING (account_id))
        SELECT account_id, sum(requests)::BIGINT / (SELECT count(DISTINCT hour::DATE) FROM mine) AS pace
        FROM mine GROUP BY account_id ORDER BY account_id
        """,
        {"accounts": accounts},
    ).to_pylist()
    each = {row["account_id"]: float(row["pace"]) for row in found}
    total = sum(each.values())
    if limit is None:
        return each, Pace(total, None, None, None)
    # all of them together get what one account may have; nobody gets less than one request
    share = max(1, limit // max(1, len(each)))
    return each, Pace(total, limit, total / limit, share)


def propose(
    book: CaseBook, who: Identity, snapshot: Snapshot, plan: Plan, cluster_id: str, *, seen: str, reason: str | None = None
) -> Approval | None:
    """Let a plan be written: None where it may be, else the second person's approval that it waits for.

    `seen` is the digest of the plan that was looked at. Raises Conflict: another plan than that one, or an obstacle;
    UsageError: an approval is needed and no reason was given; Denied.
    """
    with book.acting(who, Action.propose, f"cluster:{cluster_id}", snapshot) as act:
        if plan.obstacle:
            raise Conflict(f"cluster {cluster_id}: {plan.obstacle}")
        if seen != plan.digest:
            raise Conflict(
                f"the plan is now {plan.digest}, not {seen}: something changed; look at it again, then write that one"
            )
        if plan.needs_approval:
            waiting = _approval(act.con, plan, act.now)
            if waiting is None or waiting.state != "approved":
                return waiting or _ask(book, act, plan, cluster_id, reason or plan.actions[0].reason)
        act.record(
            "propose", f"cluster:{cluster_id}", reason,
            {"action": plan.action, "accounts": len(plan.actions), "plan": plan.digest},
        )  # fmt: skip
    return None


def _approval(con: Connection, plan: Plan, now: datetime) -> Approval | None:
    """The newest request about this very plan that waits or was approved."""
    about = sa.and_(APPROVALS.c.kind == "actions", APPROVALS.c.payload.like(f'%"{plan.digest}"%'))
    found = reading.approvals(con, about, now=now)
    return next((one for one in found if one.state in ("pending", "approved")), None)


def _ask(book: CaseBook, act: Act, plan: Plan, cluster_id: str, reason: str | None) -> Approval:
    row = act.case(cluster_id)
    accounts = [one.account_id for one in plan.actions]
    payload = {"plan": plan.digest, "words": f"{plan.action} {counted(len(accounts), 'account')}"}
    request = deciding.ask(act, row.id, "actions", payload, accounts, reason, book.gate.access.approval)
    act.record("request", f"cluster:{cluster_id}", reason, {"plan": plan.digest, "accounts": len(accounts), "request": request})
    return reading.approvals(act.con, APPROVALS.c.id == request, now=act.now)[0]


def content(plan: Plan, *, jsonl: bool) -> bytes:
    """The file: a JSON object a line, or CSV in which no cell is a formula (an apostrophe goes before what could be one)."""
    rows: list[dict[str, Any]] = [asdict(one) for one in plan.actions]
    if jsonl:
        return "".join(json.dumps(row, sort_keys=False) + "\n" for row in rows).encode("ascii")
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([field.name for field in fields(ProposedAction)])
    for row in rows:
        writer.writerow(
            [spreadsheet(value) if isinstance(value, str) else "" if value is None else value for value in row.values()]
        )
    return text.getvalue().encode()
