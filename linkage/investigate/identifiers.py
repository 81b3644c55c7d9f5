"""One identifier: what made it strong or weak, and who was seen with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from linkage.errors import NotFound
from linkage.investigate.evidence import ClusterShare, Holder, IdentifierDetail
from linkage.investigate.held import facts, source_of, sources
from linkage.investigate.held import holders as of_holders

if TYPE_CHECKING:
    from linkage.store import Snapshot

_ON_IT: Final = "kind = $kind AND value = $value"


def identifier(snapshot: Snapshot, kind: str, value: str, *, holders: int = 200, clusters: int = 50) -> IdentifierDetail:
    """An identifier with its first `holders` (flagged first, then by risk) and the `clusters` most of them are in.

    Raises NotFound: no account was seen with it.
    """
    paths = sources(snapshot)
    # one reading of the sightings for both: it is what takes long
    rows = snapshot.query(
        f"""
        WITH h AS MATERIALIZED (SELECT * FROM {of_holders(snapshot, _ON_IT)}),
        shares AS (
            SELECT c.cluster_id, c.rank, c.flagged, c.size, count(*) AS accounts
            FROM h JOIN members AS m USING (account_id) JOIN clusters AS c ON c.cluster_id = m.cluster_id
            GROUP BY ALL ORDER BY count(*) DESC, c.rank LIMIT $clusters
        )
        SELECT h.account_id, a.cluster_id, a.role, a.risk, coalesce(a.flagged, false) AS flagged, h.n, h.first_seen,
               h.last_seen, h.source_file, h.source_record, count(*) OVER () AS accounts,
               min(h.first_seen) OVER () AS earliest, max(h.last_seen) OVER () AS latest,
               (SELECT list(s ORDER BY s.accounts DESC, s.rank) FROM shares AS s) AS shares
        FROM h LEFT JOIN accounts AS a USING (account_id)
        ORDER BY coalesce(a.flagged, false) DESC, a.risk DESC NULLS LAST, h.account_id LIMIT $limit
        """,
        {"kind": kind, "value": value, "limit": max(holders, 1), "clusters": clusters},
    ).to_pylist()
    if not rows:
        raise NotFound(
            f"snapshot {snapshot.id} has no {kind!r} with the value {value!r}; kind and value must match to the letter"
        )
    fact = facts(snapshot, [(kind, value)])[kind, value]
    first = rows[0]
    return IdentifierDetail(
        kind=kind,
        value=value,
        family=fact["family"],
        accounts=first["accounts"],
        strength=fact["strength"],
        rarity=fact["rarity"],
        corroboration=fact["corroboration"],
        counts=fact["links"],
        first_seen=first["earliest"],
        last_seen=first["latest"],
        note=fact["note"],
        description=fact["description"],
        sample=fact["sample"],
        clusters=tuple(ClusterShare(**row) for row in rows[0]["shares"] or ()),
        holders=tuple(
            Holder(
                account_id=row["account_id"],
                cluster_id=row["cluster_id"],
                role=row["role"],
                risk=row["risk"],
                flagged=row["flagged"],
                n=row["n"],
                first_seen=row["first_seen"],
                last_seen=row["last_seen"],
                source=source_of(row, paths),
            )
            for row in rows[:holders]
        ),
    )
