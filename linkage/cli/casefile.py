"""How cases read in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from linkage.cli.output import Row, plain, table_cell, write, write_table
from linkage.investigate.printable import counted, printable

if TYPE_CHECKING:
    from linkage.cases import Approval, Case, CaseFile, Changed
    from linkage.cases.actions import Plan

CASES = (
    "case",
    "cluster_id",
    "status",
    "assignee",
    "tags",
    "accounts",
    "decided_by",
    "decided_at",
    "waiting",
    "reviewed_by",
    "hold",
)
APPROVALS = ("request", "cluster_id", "action", "accounts", "reason", "requested_by", "requested_at", "lapses_at", "state")
DECISIONS = ("at", "by", "account_id", "verdict", "reason", "snapshot", "accounts", "approved_by", "undone")


def case_row(case: Case) -> Row:
    """A case as a line of a list."""
    decision = case.decision
    return {
        "case": case.id, "cluster_id": case.cluster_id, "status": str(case.status), "assignee": case.assignee,
        "tags": list(case.tags), "accounts": None if decision is None else decision.accounts,
        "decided_by": None if decision is None else decision.decided_by,
        "decided_at": None if decision is None else decision.decided_at,
        "waiting": None if case.pending is None else f"request {case.pending.id}: {case.pending.action}",
        "reviewed_by": None if case.lease is None else case.lease.holder, "hold": case.hold,
    }  # fmt: skip


def approval_row(one: Approval) -> Row:
    """A request as a line of a list."""
    return {**plain(one, times=False), "request": one.id}


def write_case(file: CaseFile, changed: Changed | None) -> None:
    """Where the case stands, what was decided, what waits, notes, links, edits by hand, history."""
    case = file.case
    write(f"case {case.id} of cluster {printable(case.cluster_id)}: {case.status}{_standing(case)}")
    for line in _state(case):
        write(printable(line))
    if changed is not None and changed.sentence:
        write(changed.sentence)
        _write_accounts("joined", changed.joined)
        _write_accounts("left", changed.left)
    single = [one for one in file.decisions if one.account_id is not None]
    _write_part(
        "decisions", [_decided(one) for one in file.decisions if one.account_id is None], DECISIONS, without="account_id"
    )
    _write_part(f"decisions about single accounts ({case.spared:,} spared)", [_decided(one) for one in single], DECISIONS)
    _write_part("asked of a second person", [approval_row(one) for one in file.approvals], APPROVALS)
    if file.notes:
        write()
        write("notes")
        for note in file.notes:
            taken = ", taken back" if note.retracted_at else ""
            write(f"  {table_cell(note.at)} {printable(note.author)}{taken}:")
            for line in note.text.splitlines():
                write(f"    {printable(line)}")
    _write_part(
        "linked cases", [plain(link, times=False) for link in file.links], ("kind", "other_id", "other_cluster_id", "linked_by")
    )
    _write_part(
        "by hand",
        [plain(edit, times=False) for edit in file.edits],
        ("kind", "clusters", "accounts", "reason", "made_by", "state"),
    )
    write()
    write("history (what to take back: linkage case CLUSTER --undo --event N)")
    for one in file.history:
        taken = " [taken back]" if one.undone_at else ""
        write(f"  {one.id:>6}  {table_cell(one.at)}  {printable(one.actor)} {printable(one.sentence, 400)}{taken}")


def _standing(case: Case) -> str:
    decision = case.decision
    if decision is None:
        return ""
    second = f", approved by {printable(decision.approved_by)}" if decision.approved_by else ""
    return f" by {printable(decision.decided_by)}{second} on {counted(decision.accounts, 'account')} of snapshot {decision.snapshot}"


def _state(case: Case) -> list[str]:
    lines = []
    if case.decision is not None and case.decision.reason:
        lines.append(f"reason: {case.decision.reason}")
    if case.assignee:
        lines.append(f"assigned to {case.assignee}")
    if case.tags:
        lines.append(f"tags: {', '.join(case.tags)}")
    if case.lease is not None:
        lines.append(f"{case.lease.holder} is reviewing it until {case.lease.expires_at:%H:%M} UTC")
    if case.pending is not None:
        lines.append(
            f"request {case.pending.id} waits for a second person: {case.pending.action} (linkage approve {case.pending.id})"
        )
    if case.hold:
        lines.append(f"under legal hold: {case.hold}")
    if case.gone:
        lines.append("the cluster is not in the current snapshot")
    if case.absorbed_by is not None:
        lines.append(f"case {case.absorbed_by} goes on for this one: the cluster became part of another")
    return lines


def _decided(one: object) -> Row:
    row = plain(one, times=False)
    return {**row, "at": row["decided_at"], "by": row["decided_by"], "undone": "taken back" if row["undone_at"] else None}


def _write_accounts(what: str, accounts: Sequence[str]) -> None:
    if accounts:
        shown = ", ".join(printable(account, 60) for account in accounts[:10])
        write(f"  {what}: {shown}{f' and {len(accounts) - 10:,} more' if len(accounts) > 10 else ''}")


def _write_part(title: str, rows: Sequence[Row], columns: Sequence[str], *, without: str = "") -> None:
    if rows:
        write()
        write(title)
        # columns in which nothing stands tell nothing
        shown = [
            column for column in columns if column != without and any(row.get(column) not in (None, "", []) for row in rows)
        ]
        write_table(rows, shown, indent="  ")


def write_plan(plan: Plan, cluster: str) -> None:
    """A dry run: whom it would hit and whom not, and how many innocents that may be."""
    write(f"{plan.action} {counted(len(plan.actions), 'account')} of cluster {printable(cluster)}: plan {plan.digest}")
    if plan.left_out:
        write("left out: " + ", ".join(f"{number:,} {why}" for why, number in sorted(plan.left_out.items())))
    write(plan.innocents.sentence)
    if plan.innocents.speaking:
        write(f"something speaks for {plan.innocents.speaking:,} of them: {'; '.join(plan.innocents.facts)}")
    pace = plan.pace
    write(f"together they send {pace.requests_a_day:,.0f} requests a day")
    if pace.times_over is not None:
        write(
            f"that is {pace.times_over:,.1f} times the limit of one account ({pace.account_limit:,}); "
            f"as one account they would have {pace.limit_each:,} each"
        )
    if plan.needs_approval:
        write("so many accounts need a second person's approval; writing it asks for that first")
    if plan.obstacle:
        write(f"it cannot be written yet: {plan.obstacle}")
    write()
    write_table(
        [plain(one) for one in plan.actions[:10]], ("account_id", "action", "limit_a_day", "requests_a_day", "expires_at")
    )
    if len(plan.actions) > 10:
        write(f"and {len(plan.actions) - 10:,} more")
