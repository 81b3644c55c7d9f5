"""Cases follow their clusters: after each rebuild, by what its lineage says became of them.

A cluster that kept its id kept its case. One that became part of another takes its case along: where that other has a
case, that one goes on and this one is absorbed by it, with its decisions, which stay decisions about what was looked at.
One that broke up leaves its case with the part that kept the id, and a new part gets a case that inherits status,
assignee, tags, hold and decision: whom the decision was about is known, so both say what changed since.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Row

from linkage.cases import reading
from linkage.cases.act import Act, members
from linkage.cases.moving import follow_edits, goes_on
from linkage.cases.noting import tie
from linkage.cases.records import Status
from linkage.cases.tables import APPROVALS, CASES, DECISIONS, FOLLOWED, LEASES, TAGS
from linkage.database import inserted

if TYPE_CHECKING:
    from linkage.store import Snapshot

_CLOSED: Final = {"state": "withdrawn"}


def step(act: Act, snapshot: Snapshot, last: Snapshot | None) -> None:
    """Follow into `snapshot`. `last` is the one that cases were in and that its lineage tells of; None if that is gone."""
    chained = last is not None
    now = set(snapshot.query("SELECT cluster_id FROM clusters")["cluster_id"].to_pylist())
    rows = act.con.execute(sa.select(CASES).where(CASES.c.absorbed_by.is_(None)).order_by(CASES.c.id)).all()
    lineage = _lineage(snapshot) if chained else []
    before: dict[str, list[tuple[str, int]]] = {}
    for cluster, previous, shared in lineage:
        if previous is not None and cluster in now:
            before.setdefault(previous, []).append((cluster, shared))
    moved: dict[str, str] = {}
    for row in rows:
        if row.cluster_id in now:
            if row.gone:
                act.change(row.id, gone=False)
                act.event(row.id, "back", after=row.cluster_id)
            continue
        if row.gone:
            continue
        target = _largest(before.get(row.cluster_id, ())) if chained else _by_decision(act, row, snapshot)
        if target is None:
            act.change(row.id, gone=True)
            act.event(row.id, "gone", before=row.cluster_id)
        else:
            moved[row.cluster_id] = target
    # who brings most accounts goes first: where several became one and none had a case there, theirs goes on
    strength = {(previous, cluster): shared for previous, found in before.items() for cluster, shared in found}
    by_cluster = {row.cluster_id: row for row in rows}
    for cluster, target in sorted(moved.items(), key=lambda pair: (-strength.get(pair, 0), pair)):
        _move(act, by_cluster[cluster], target, members(last, cluster))
    carried = {cluster for cluster, previous, _ in lineage if cluster == previous}
    for previous, found in sorted(before.items()):
        parts = [cluster for cluster, _ in found if cluster not in carried and cluster != moved.get(previous)]
        if previous in by_cluster and previous not in moved:
            for cluster in sorted(parts):
                if not _revive(act, by_cluster[previous], cluster, members(snapshot, cluster)):
                    _inherit(act, by_cluster[previous], cluster)
    follow_edits(act, snapshot, now, {previous: _largest(found) for previous, found in before.items()})
    act.con.execute(FOLLOWED.delete())
    act.con.execute(FOLLOWED.insert().values(snapshot=snapshot.id))


def _lineage(snapshot: Snapshot) -> list[tuple[str, str | None, int]]:
    found = snapshot.query(
        "SELECT cluster_id, previous_id, shared FROM lineage WHERE event NOT IN ('gone', 'returned') ORDER BY ALL"
    )
    return [(row["cluster_id"], row["previous_id"], int(row["shared"] or 0)) for row in found.to_pylist()]


def _largest(found: Sequence[tuple[str, int]]) -> str | None:
    return min(found, key=lambda pair: (-pair[1], pair[0]))[0] if found else None


def _by_decision(act: Act, row: Row[Any], snapshot: Snapshot) -> str | None:
    """Where the accounts that were decided on are now, when snapshots in between are gone."""
    if row.decision_id is None:
        return None
    accounts = reading.member_list(act.con, "decision", row.decision_id)
    found = snapshot.query(
        """
        SELECT cluster_id, count(*) AS shared, any_value(size) AS size
        FROM members JOIN clusters USING (cluster_id) JOIN (SELECT unnest($accounts) AS account_id) USING (account_id)
        GROUP BY cluster_id ORDER BY shared DESC, cluster_id LIMIT 1
        """,
        {"accounts": accounts},
    ).to_pylist()
    if not found or not goes_on(found[0]["shared"], len(accounts), found[0]["size"]):
        return None
    return str(found[0]["cluster_id"])


def _move(act: Act, row: Row[Any], target: str, accounts: list[str]) -> None:
    other = act.found(target)
    if other is None:
        act.change(row.id, cluster_id=target)
        act.event(row.id, "followed", before=row.cluster_id, after=target)
        return
    act.change(row.id, absorbed_by=other.id)
    # whom it was about, should the two come apart again
    reading.drop_list(act.con, "absorbed", row.id)
    reading.keep_list(act.con, "absorbed", row.id, accounts)
    act.event(row.id, "absorbed", before=row.cluster_id, after=target, other=other.id)
    act.event(other.id, "joined", before=row.cluster_id, other=row.id, status=row.status)
    act.con.execute(LEASES.delete().where(LEASES.c.case_id == row.id))
    waiting = sa.and_(APPROVALS.c.case_id == row.id, APPROVALS.c.state == "pending")
    act.con.execute(APPROVALS.update().where(waiting).values(**_CLOSED, answered_by=act.who.name, answered_at=act.now))
    tie(act, row.id, other.id, "merged")
    act.change(other.id, **({"hold": row.hold} if row.hold and not other.hold else {}))


def _revive(act: Act, row: Row[Any], cluster: str, accounts: list[str]) -> bool:
    """Where a part that broke off is what an absorbed case was about, that case goes on by itself again."""
    absorbed = act.con.execute(sa.select(CASES).where(CASES.c.absorbed_by == row.id).order_by(CASES.c.id)).all()
    for one in absorbed:
        about = reading.member_list(act.con, "absorbed", one.id)
        if goes_on(len(set(about) & set(accounts)), len(about), len(accounts)) and act.found(cluster) is None:
            reading.drop_list(act.con, "absorbed", one.id)
            act.change(one.id, absorbed_by=None, cluster_id=cluster)
            act.event(one.id, "revived", before=row.cluster_id, after=cluster, other=row.id)
            return True
    return False


def _inherit(act: Act, row: Row[Any], cluster: str) -> None:
    """The case of a part that broke off, where there is something to inherit."""
    tags = act.con.execute(sa.select(TAGS.c.tag).where(TAGS.c.case_id == row.id)).scalars().all()
    worth = row.status != Status.new or row.assignee or tags or row.hold
    if not worth or act.found(cluster) is not None:
        return
    case_id = act.insert(cluster, status=row.status, assignee=row.assignee, hold=row.hold)
    for tag in tags:
        act.con.execute(TAGS.insert().values(case_id=case_id, tag=tag))
    spared = [row.account_id for row in reading.verdicts(act.con, DECISIONS.c.case_id == row.id).values() if row.account_id]
    wanted = {row.decision_id, *(_decision_of(act, row.id, account) for account in spared)} - {None}
    for decision in act.con.execute(sa.select(DECISIONS).where(DECISIONS.c.id.in_(wanted)).order_by(DECISIONS.c.id)).all():
        values = {**decision._mapping, "case_id": case_id}
        values.pop("id")
        copy = inserted(act.con, DECISIONS.insert().values(**values))
        if decision.id == row.decision_id:
            reading.keep_list(act.con, "decision", copy, reading.member_list(act.con, "decision", decision.id))
            act.con.execute(CASES.update().where(CASES.c.id == case_id).values(decision_id=copy))
    act.event(case_id, "born", before=row.cluster_id, other=row.id)
    tie(act, row.id, case_id, "split")


def _decision_of(act: Act, case_id: int, account: str) -> int | None:
    query = sa.select(sa.func.max(DECISIONS.c.id)).where(
        DECISIONS.c.case_id == case_id, DECISIONS.c.account_id == account, DECISIONS.c.undone_at.is_(None)
    )
    return act.con.execute(query).scalar()
