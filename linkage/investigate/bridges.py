"""The bridges of a cluster: identifiers through which it is nearest to others, and those that hold it together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from linkage.investigate.clusters import required
from linkage.investigate.cutlinks import CutLink, cut_links
from linkage.investigate.held import MILLION, facts

if TYPE_CHECKING:
    from linkage.store import Snapshot


@dataclass(frozen=True)
class BridgeEnd:
    """Another cluster on a bridge: how many of its members are linked to it, and with what weight together."""

    cluster_id: str
    flagged: bool
    size: int
    accounts: int
    weight: float


@dataclass(frozen=True)
class Bridge:
    """An identifier that links members of this cluster and of others; `inside` and `weight` are this side of it.

    `alone` counts the accounts on it that are in no cluster. `ends` are the other clusters, the nearest first.
    """

    kind: str
    value: str
    family: str
    strength: float
    inside: int
    weight: float
    alone: int
    ends: tuple[BridgeEnd, ...]


@dataclass(frozen=True)
class Bridges:
    """`outward` leads to other clusters, the widest first; without any of `splitting` the cluster falls apart."""

    outward: tuple[Bridge, ...]
    splitting: tuple[CutLink, ...]


def bridges(snapshot: Snapshot, cluster_id: str, limit: int = 10, *, cuts: tuple[CutLink, ...] | None = None) -> Bridges:
    """The bridge identifiers of a cluster: the `limit` widest outward, and which of its cut links split it.

    A bridge is as wide as the lighter of its two sides. `cuts` are the answer of `cut_links`, where it is there already.
    Raises NotFound, StoreError.
    """
    required(snapshot, cluster_id)
    found = snapshot.query(
        """
        WITH mine AS (
            SELECT kind, value, count(*) AS inside, sum(weight)::BIGINT AS weight FROM edges
            WHERE account_id IN (SELECT account_id FROM members WHERE cluster_id = $cluster) GROUP BY kind, value
        ),
        others AS (
            SELECT kind, value, m.cluster_id, count(*) AS accounts, sum(e.weight)::BIGINT AS weight
            FROM edges AS e SEMI JOIN mine USING (kind, value) LEFT JOIN members AS m USING (account_id)
            WHERE m.cluster_id IS DISTINCT FROM $cluster GROUP BY ALL
        ),
        wide AS (
            SELECT kind, value, max(least(o.weight, mine.weight)) FILTER (WHERE cluster_id IS NOT NULL) AS width
            FROM others AS o JOIN mine USING (kind, value) GROUP BY kind, value
            HAVING width IS NOT NULL ORDER BY width DESC, kind, value LIMIT $limit
        )
        SELECT kind, value, inside, mine.weight AS mine, o.cluster_id, flagged, size, o.accounts, o.weight AS theirs
        FROM wide JOIN mine USING (kind, value) JOIN others AS o USING (kind, value)
        LEFT JOIN clusters AS c ON c.cluster_id = o.cluster_id
        ORDER BY width DESC, kind, value, theirs DESC, o.cluster_id NULLS LAST
        """,
        {"cluster": cluster_id, "limit": limit},
    ).to_pylist()
    keys = list(dict.fromkeys((row["kind"], row["value"]) for row in found))
    known = facts(snapshot, keys)
    outward = []
    for key in keys:
        rows = [row for row in found if (row["kind"], row["value"]) == key]
        outward.append(
            Bridge(
                kind=key[0],
                value=key[1],
                family=known[key]["family"],
                strength=known[key]["strength"],
                inside=rows[0]["inside"],
                weight=rows[0]["mine"] / MILLION,
                alone=sum(row["accounts"] for row in rows if row["cluster_id"] is None),
                ends=tuple(
                    BridgeEnd(row["cluster_id"], row["flagged"], row["size"], row["accounts"], row["theirs"] / MILLION)
                    for row in rows
                    if row["cluster_id"] is not None
                ),
            )
        )
    told = cut_links(snapshot, cluster_id, limit) if cuts is None else cuts
    return Bridges(outward=tuple(outward), splitting=tuple(cut for cut in told if cut.splits))
