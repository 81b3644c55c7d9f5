"""One cluster: what ties it, who is in it, what became of it and when it is active."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linkage.errors import NotFound
from linkage.investigate.held import facts, usage
from linkage.investigate.inside import inside
from linkage.investigate.ranking import summary_of
from linkage.investigate.records import ClusterDetail, ClusterSummary, Lineage, Member, SharedIdentifier

if TYPE_CHECKING:
    from linkage.store import Snapshot

_MEMBERS = "SELECT account_id FROM members WHERE cluster_id = $cluster"


def cluster(snapshot: Snapshot, cluster_id: str, *, identifiers: int = 50, members: int | None = None) -> ClusterDetail:
    """A cluster with its strongest `identifiers` and its first `members` (None = all), core first.

    Raises NotFound: the snapshot has no such cluster.
    """
    summary = required(snapshot, cluster_id)
    days, hours, models = usage(snapshot, _MEMBERS, {"cluster": cluster_id})
    return ClusterDetail(
        summary=summary,
        identifiers=shared_identifiers(snapshot, cluster_id, limit=identifiers),
        members=cluster_members(snapshot, cluster_id, limit=members),
        lineage=_lineage(snapshot, cluster_id),
        days=days,
        hours=hours,
        models=models,
    )


def required(snapshot: Snapshot, cluster_id: str) -> ClusterSummary:
    """The summary of a cluster. Raises NotFound."""
    summary = summary_of(snapshot, cluster_id)
    if summary is None:
        raise NotFound(f"snapshot {snapshot.id} has no cluster {cluster_id!r}; 'linkage clusters' lists them")
    return summary


def cluster_members(snapshot: Snapshot, cluster_id: str, *, limit: int | None = None, offset: int = 0) -> tuple[Member, ...]:
    """Members with role and usage: core first, then by risk, then by account."""
    found = snapshot.query(
        """
        SELECT m.account_id, m.role, m.risk, m.flagged, m.attachment, a.first_seen, a.last_seen,
               coalesce(a.requests, 0) AS requests, coalesce(a.input_tokens, 0) AS input_tokens,
               coalesce(a.output_tokens, 0) AS output_tokens, a.created_at, a.email_domain, a.country, a.org_id, a.plan,
               a.status, a.label
        FROM members AS m LEFT JOIN accounts AS a USING (account_id)
        WHERE m.cluster_id = ?
        ORDER BY m.role <> 'core', m.risk DESC, m.account_id LIMIT ? OFFSET ?
        """,
        [cluster_id, 2**62 if limit is None else limit, offset],
    )
    return tuple(Member(**row) for row in found.to_pylist())


def shared_identifiers(snapshot: Snapshot, cluster_id: str, *, limit: int = 50) -> tuple[SharedIdentifier, ...]:
    """The identifiers on two or more members: what counts first, by the weight it carries inside the cluster."""
    found = inside(snapshot, cluster_id).table.slice(0, limit).to_pylist()
    known = facts(snapshot, [(row["kind"], row["value"]) for row in found])
    return tuple(
        SharedIdentifier(
            kind=row["kind"],
            value=row["value"],
            family=fact["family"],
            strength=fact["strength"],
            counts=row["counts"],
            inside=row["inside"],
            everywhere=max(fact["accounts"], row["inside"]),
            first_seen=row["first_seen"],
            last_seen=row["last_seen"],
            note=fact["note"],
            description=fact["description"],
            sample=fact["sample"],
        )
        for row in found
        for fact in [known[row["kind"], row["value"]]]
    )


def _lineage(snapshot: Snapshot, cluster_id: str) -> tuple[Lineage, ...]:
    found = snapshot.query(
        'SELECT previous_id, event, shared, joined, "left" FROM lineage WHERE cluster_id = ? '
        "ORDER BY shared DESC NULLS LAST, previous_id",
        [cluster_id],
    )
    return tuple(Lineage(**row) for row in found.to_pylist())
