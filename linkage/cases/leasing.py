"""Handing out cases: each to one person at a time, until it is decided, given back, or the lease expires."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import sqlalchemy as sa

from linkage.access import Role
from linkage.cases.act import Act
from linkage.cases.records import Status
from linkage.cases.tables import CASES, LEASES
from linkage.errors import Conflict

#: Where a case may stand that somebody still has to look at.
OPEN = (Status.new, Status.in_review)


def lease_next(act: Act, minutes: int, *, flagged: bool, skip: Collection[str]) -> int | None:
    """Lease the riskiest cluster that waits to somebody; the case's number, None where nothing waits.

    What they hold already comes first. Cases assigned to others, decided, or held by others are passed over.
    """
    if act.snapshot is None:
        return None
    held = act.con.execute(
        sa.select(CASES)
        .join(LEASES, LEASES.c.case_id == CASES.c.id)
        .where(
            LEASES.c.holder == act.who.name, LEASES.c.expires_at > act.now, CASES.c.status.in_(OPEN), CASES.c.gone.is_(False)
        )
        .order_by(LEASES.c.taken_at)
    ).all()
    for row in held:
        if row.cluster_id not in skip:
            return _take(act, row.cluster_id, minutes)
    condition = "WHERE flagged" if flagged else ""
    queue = act.snapshot.query(f"SELECT cluster_id FROM clusters {condition} ORDER BY rank")["cluster_id"].to_pylist()
    barred = _barred(act) | set(skip)
    waiting = next((cluster for cluster in queue if cluster not in barred), None)
    return None if waiting is None else _take(act, waiting, minutes)


def lease(act: Act, cluster: str, minutes: int) -> int:
    """Lease a certain case, or renew one's own lease; the case's number. Raises Conflict: somebody else holds it."""
    return _take(act, cluster, minutes)


def _barred(act: Act) -> set[str]:
    """Clusters that are not to be handed out to whoever acts."""
    leased = sa.select(LEASES.c.case_id).where(LEASES.c.expires_at > act.now, LEASES.c.holder != act.who.name)
    query = sa.select(CASES.c.cluster_id).where(
        CASES.c.absorbed_by.is_(None),
        sa.or_(
            CASES.c.status.not_in(OPEN),
            sa.and_(CASES.c.assignee.is_not(None), CASES.c.assignee != act.who.name),
            CASES.c.id.in_(leased),
        ),
    )
    return set(act.con.execute(query).scalars())


def _take(act: Act, cluster: str, minutes: int) -> int:
    row = act.case(cluster)
    act.free(row)
    until = act.now + timedelta(minutes=minutes)
    mine = LEASES.c.case_id == row.id
    again = act.con.execute(sa.select(LEASES).where(mine, LEASES.c.expires_at > act.now)).one_or_none() is not None
    if again:
        act.con.execute(LEASES.update().where(mine).values(expires_at=until))
    else:
        act.con.execute(LEASES.delete().where(mine))
        act.con.execute(LEASES.insert().values(case_id=row.id, holder=act.who.name, taken_at=act.now, expires_at=until))
        if row.status == Status.new:
            act.change(row.id, status=Status.in_review)
        act.event(row.id, "lease")
    act.record("lease", f"cluster:{cluster}", None, {"until": until.isoformat() + "Z"})
    return int(row.id)


def release(act: Act, cluster: str) -> int:
    """Give a case back before its lease expires; the case's number. An admin may give back another's.

    Raises Conflict: it is not leased, or to somebody else.
    """
    row = act.case(cluster)
    if act.who.role is not Role.admin:
        act.free(row)
    gone = act.con.execute(LEASES.delete().where(LEASES.c.case_id == row.id, LEASES.c.expires_at > act.now)).rowcount
    if not gone:
        raise Conflict(f"nobody is reviewing the case of cluster {cluster}")
    act.record("lease", f"cluster:{cluster}", None, {"released": True})
    return int(row.id)
