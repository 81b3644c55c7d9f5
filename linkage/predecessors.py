"""What earlier snapshots knew of clusters that are gone, for the lineage of those that grow back on their identifiers."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from linkage.clusters import GONE, TIES
from linkage.store import Snapshot, list_snapshots, open_snapshot

#: the part of an identifier's weight that a cluster held, from which on it was the cluster's own
_OWN = 0.5


def ties(previous: Snapshot | None) -> pa.Table:
    """The ties that the last snapshot knew."""
    if previous is None:
        return TIES.empty_table()
    query = """SELECT cluster_id, previous_id, "left" FROM lineage WHERE event = 'returned' ORDER BY ALL"""
    return previous.query(query).cast(TIES)


def gone(store: Path, previous: Snapshot | None, *, ids: set[str], further: bool) -> pa.Table:
    """The identifiers of clusters of the last snapshot that have none of the `ids` of today, as columns GONE.

    `further` looks on in the older snapshots, as far as they are kept, for what was flagged there.
    """
    if previous is None:
        return GONE.empty_table()
    found = [_held(previous, [name for name in _names(previous, "true") if name not in ids])]
    if further:
        seen = ids | set(_names(previous, "true"))
        for summary in reversed(list_snapshots(store)):
            if summary.id != previous.id:
                with open_snapshot(store, summary.id) as older:
                    names = [name for name in _names(older, "flagged") if name not in seen]
                    seen.update(names)
                    found.append(_held(older, names))
    return pa.concat_tables(found)


def _names(snapshot: Snapshot, which: str) -> list[str]:
    found = snapshot.query(f"SELECT cluster_id FROM clusters WHERE {which} ORDER BY cluster_id")
    return [str(name) for name in found["cluster_id"].to_pylist()]


def _held(snapshot: Snapshot, names: list[str]) -> pa.Table:
    """The identifiers that were these clusters' own."""
    if not names:
        return GONE.empty_table()
    return snapshot.query(
        """
        WITH asked AS (SELECT account_id, cluster_id FROM members WHERE list_contains($names, cluster_id)),
        inside AS (SELECT cluster_id, kind, value, sum(weight)::BIGINT AS weight FROM edges JOIN asked USING (account_id) GROUP BY ALL),
        whole AS (
            SELECT kind, value, sum(weight)::BIGINT AS weight
            FROM edges SEMI JOIN inside USING (kind, value) GROUP BY ALL
        )
        SELECT cluster_id, size, kind, value
        FROM inside JOIN whole USING (kind, value) JOIN clusters USING (cluster_id) WHERE inside.weight >= $own * whole.weight
        ORDER BY cluster_id, kind, value
        """,
        {"names": names, "own": _OWN},
    ).cast(GONE)
