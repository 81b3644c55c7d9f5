"""Edits by hand follow their clusters too, so that they are always told in the ids of the last snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import sqlalchemy as sa

from linkage.cases import reading
from linkage.cases.act import Act
from linkage.cases.tables import EDIT_CLUSTERS, EDITS

if TYPE_CHECKING:
    from linkage.store import Snapshot


def follow_edits(act: Act, snapshot: Snapshot, now: set[str], became: Mapping[str, str | None]) -> None:
    """Name the clusters of each standing edit as `snapshot` does, and note which took effect in it."""
    for row in act.con.execute(sa.select(EDITS).where(EDITS.c.undone_at.is_(None)).order_by(EDITS.c.id)).all():
        mine = EDIT_CLUSTERS.c.edit_id == row.id
        parts = act.con.execute(sa.select(EDIT_CLUSTERS.c.part, EDIT_CLUSTERS.c.cluster_id).where(mine)).all()
        named = {(part, name if name in now else became.get(name)) for part, name in parts}
        kept = {(part, name) for part, name in named if name is not None}
        applied = False
        if row.kind == "merge":
            applied = len({name for _, name in kept}) == 1
            kept = {(0, name) for _, name in kept} if applied else kept
        else:
            rest = next((name for part, name in kept if part == 0), None)
            accounts = reading.member_list(act.con, "split", row.id)
            if accounts:
                off = _where(snapshot, accounts)
                apart = {name: count for name, count in off.items() if name != rest}
                applied = rest not in off
                if apart and applied:
                    home = min(apart, key=lambda name: (-apart[name], name))
                    size = snapshot.query("SELECT size FROM clusters WHERE cluster_id = ?", [home])["size"][0].as_py()
                    if goes_on(apart[home], len(accounts), size):
                        # from now on the part is a cluster of its own, and grows and shrinks as one
                        kept.add((1, home))
                        reading.drop_list(act.con, "split", row.id)
            else:
                applied = len({name for _, name in kept}) > 1
        act.con.execute(EDIT_CLUSTERS.delete().where(mine))
        for part, name in sorted(kept):
            act.con.execute(EDIT_CLUSTERS.insert().values(edit_id=row.id, part=part, cluster_id=name))
        if applied and row.applied_in is None:
            act.con.execute(EDITS.update().where(EDITS.c.id == row.id).values(applied_in=snapshot.id))


def _where(snapshot: Snapshot, accounts: list[str]) -> dict[str, int]:
    found = snapshot.query(
        """
        SELECT cluster_id, count(*) AS n FROM members JOIN (SELECT unnest($accounts) AS account_id) USING (account_id)
        GROUP BY cluster_id
        """,
        {"accounts": accounts},
    )
    return {row["cluster_id"]: int(row["n"]) for row in found.to_pylist()}


def goes_on(shared: int, before: int, after: int) -> bool:
    """Whether one set of accounts goes on in another: the rule by which clusters carry their ids on."""
    from linkage.clusters import PART  # the stages' libraries take a moment, and are needed here only

    return shared > 0 and shared >= PART * min(before, after)
