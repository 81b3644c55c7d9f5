"""What became of the clusters between two snapshots of one store.

Ids are stable, so one id is one cluster. Who came from where is counted over the accounts of both members tables,
which is linear in them; what makes a merge or a split is the rule of the rebuild's own lineage
(`linkage.clusters.Story`), so that both tell the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from linkage.investigate.records import Change, Move

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from linkage.store import Snapshot

#: The order in which kinds of change are told.
EVENTS: Final = ("born", "merged", "split", "grown", "shrunk", "gone", "unchanged")


def diff(old: Snapshot, new: Snapshot) -> list[Change]:
    """Every cluster of either snapshot once, with what happened to it and the accounts that moved.

    Ordered by event (`EVENTS`), then the largest first, then by id.
    """
    members = "SELECT account_id, cluster_id FROM members"
    changes = compare(old.query(members), new.query(members))
    was_flagged, flagged = _flagged(old), _flagged(new)
    ties = _ties(new)
    return [
        replace(
            c,
            was_flagged=c.cluster_id in was_flagged,
            flagged=c.cluster_id in flagged,
            others=tuple(sorted({*c.others, *ties.get(c.cluster_id, ())})) if c.event in ("born", "gone") else c.others,
            returned=c.event in ("born", "gone") and c.cluster_id in ties,
        )
        for c in changes
    ]


def compare(old: pa.Table, new: pa.Table) -> list[Change]:
    """The same of two partitions, as tables of account_id (once each) and cluster_id; nothing in them is flagged."""
    import duckdb

    from linkage.clusters import Overlap, Story

    with duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}) as con:
        for name, members in (("old_members", old), ("new_members", new)):
            con.register("arrow", members)
            con.execute(f"CREATE TABLE {name} AS SELECT account_id, cluster_id FROM arrow")
            con.unregister("arrow")
        story = Story(_sizes(con, "old_members"), _sizes(con, "new_members"))
        stayed: dict[str, int] = {}
        for overlap in (Overlap(*row) for row in _overlaps(con)):
            story.tell(overlap)
            if overlap.old == overlap.new:
                stayed[overlap.new] = overlap.shared
        moves = _moves(con)
    changes = []
    for cluster_id in story.old.keys() | story.new.keys():
        before, after, shared = story.old.get(cluster_id, 0), story.new.get(cluster_id, 0), stayed.get(cluster_id, 0)
        changes.append(
            Change(
                cluster_id=cluster_id,
                event=story.event(cluster_id, shared),
                others=story.others(cluster_id),
                previous_size=before,
                size=after,
                shared=shared,
                joined=after - shared,
                left=before - shared,
                was_flagged=False,
                flagged=False,
                moves=tuple(moves.get(cluster_id, ())),
            )
        )
    return sorted(changes, key=lambda c: (EVENTS.index(c.event), -max(c.size, c.previous_size), c.cluster_id))


def _sizes(con: duckdb.DuckDBPyConnection, table: str) -> dict[str, int]:
    return dict(con.execute(f"SELECT cluster_id, count(*) FROM {table} GROUP BY cluster_id").fetchall())


def _overlaps(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, int]]:
    found = con.execute(
        """
        SELECT o.cluster_id, n.cluster_id, count(*) FROM old_members AS o JOIN new_members AS n USING (account_id)
        GROUP BY ALL ORDER BY ALL
        """
    )
    return list(found.fetchall())


def _moves(con: duckdb.DuckDBPyConnection) -> dict[str, list[Move]]:
    """Accounts that are not where they were, under the cluster they left and the one they joined; by account."""
    found = con.execute(
        """
        SELECT account_id, o.cluster_id, n.cluster_id FROM old_members AS o FULL JOIN new_members AS n USING (account_id)
        WHERE o.cluster_id IS DISTINCT FROM n.cluster_id ORDER BY account_id
        """
    )
    moves: dict[str, list[Move]] = {}
    for account_id, before, after in found.fetchall():
        for cluster_id in (before, after):
            if cluster_id is not None:
                moves.setdefault(cluster_id, []).append(Move(account_id, before, after))
    return moves


def _ties(snapshot: Snapshot) -> dict[str, set[str]]:
    """Clusters that grew back and those that they go on for, each under the other's id."""
    ties: dict[str, set[str]] = {}
    for row in snapshot.query("SELECT cluster_id, previous_id FROM lineage WHERE event = 'returned'").to_pylist():
        ties.setdefault(row["cluster_id"], set()).add(row["previous_id"])
        ties.setdefault(row["previous_id"], set()).add(row["cluster_id"])
    return ties


def _flagged(snapshot: Snapshot) -> set[str]:
    return {str(name) for name in snapshot.query("SELECT cluster_id FROM clusters WHERE flagged")["cluster_id"].to_pylist()}
