"""Merging and splitting clusters by hand. An edit is kept as an instruction to every later rebuild, until it is undone."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from linkage.cases import reading
from linkage.cases.act import Act, insist
from linkage.cases.noting import tie
from linkage.cases.tables import EDIT_CLUSTERS, EDITS
from linkage.database import inserted
from linkage.errors import UsageError


def merge(act: Act, cluster: str, others: Sequence[str], reason: str | None) -> int:
    """Tie clusters together; the case's number."""
    if cluster in others:
        raise UsageError(f"cluster {cluster}: is not merged with itself; name other clusters")
    rows = [act.case(name) for name in (cluster, *others)]
    for row in rows:
        act.free(row)
    for name in (cluster, *others):
        if not act.members(name):
            raise UsageError(f"cluster {name}: is not in the current snapshot any more, so nothing is left to merge")
    case_id = rows[0].id
    edit = _insert(act, case_id, "merge", reason)
    for part, name in enumerate((cluster, *others)):
        act.con.execute(EDIT_CLUSTERS.insert().values(edit_id=edit, part=part, cluster_id=name))
    for other in rows[1:]:
        tie(act, case_id, other.id, "merged by hand")
    act.change(case_id)
    act.event(case_id, "merge", edit=edit, clusters=list(others), others=[row.id for row in rows[1:]], reason=reason)
    act.record("merge", f"cluster:{cluster}", reason, {"others": list(others), "edit": edit})
    return int(case_id)


def split(act: Act, cluster: str, accounts: Sequence[str], reason: str | None) -> int:
    """Split some accounts off a cluster, together; the case's number."""
    row = act.case(cluster)
    act.free(row)
    chosen, whole = sorted(set(accounts)), act.members(cluster)
    if not chosen:
        raise UsageError("no account was named; name those that are to be split off")
    insist(cluster, whole, chosen)
    if len(chosen) == len(whole):
        raise UsageError(f"cluster {cluster}: those are all of its accounts; name only those that are to leave it")
    edit = _insert(act, row.id, "split", reason)
    act.con.execute(EDIT_CLUSTERS.insert().values(edit_id=edit, part=0, cluster_id=cluster))
    reading.keep_list(act.con, "split", edit, chosen)
    act.change(row.id)
    act.event(row.id, "split", edit=edit, accounts=len(chosen), reason=reason)
    act.record("split", f"cluster:{cluster}", reason, {"accounts": len(chosen), "edit": edit})
    return int(row.id)


def _insert(act: Act, case_id: int, kind: str, reason: str | None) -> int:
    snapshot = "" if act.snapshot is None else act.snapshot.id
    return inserted(
        act.con,
        EDITS.insert().values(
            case_id=case_id, kind=kind, reason=reason, made_by=act.who.name, made_at=act.now, snapshot=snapshot
        ),
    )


def standing() -> sa.ColumnElement[bool]:
    """Edits that hold."""
    return EDITS.c.undone_at.is_(None)
