"""The queue: clusters, riskiest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from linkage.errors import UsageError
from linkage.investigate.records import ClusterSummary, Reason

if TYPE_CHECKING:
    from linkage.store import Snapshot

#: What the queue can be ordered by; rank breaks every tie.
ORDERS: Final[dict[str, str]] = {
    "risk": "rank",
    "size": "size DESC, rank",
    "recent": "last_seen DESC NULLS LAST, rank",
    "growth": "joined DESC NULLS LAST, rank",
    "requests": "requests DESC, rank",
}
_FIELDS: Final = (
    "cluster_id, rank, risk, flagged, size, core, associates, density, first_seen, last_seen, families, "
    'requests, input_tokens, output_tokens, event, previous_size, joined, "left", summary'
)


def queue(
    snapshot: Snapshot, *, flagged: bool = False, limit: int | None = None, offset: int = 0, order: str = "risk"
) -> list[ClusterSummary]:
    """The clusters of a snapshot with their reasons, riskiest first.

    `flagged` leaves out what is below the threshold; `order` is one of `ORDERS`.
    Raises UsageError: an order that is not known, a negative limit or offset.
    """
    if order not in ORDERS:
        raise UsageError(f"queue order {order!r} is not known; give one of {', '.join(ORDERS)}")
    if offset < 0 or (limit is not None and limit < 0):
        raise UsageError("queue limit and offset count clusters; give 0 or more")
    sql = f"SELECT {_FIELDS} FROM clusters WHERE flagged OR NOT ? ORDER BY {ORDERS[order]} LIMIT ? OFFSET ?"
    most = limit if limit is not None else 2**62
    return summaries(snapshot, snapshot.query(sql, [flagged, most, offset]).to_pylist())


def summary_of(snapshot: Snapshot, cluster_id: str) -> ClusterSummary | None:
    """One cluster as the queue shows it; None where the snapshot has none of that id."""
    rows = snapshot.query(f"SELECT {_FIELDS} FROM clusters WHERE cluster_id = ?", [cluster_id]).to_pylist()
    return summaries(snapshot, rows)[0] if rows else None


def summaries(snapshot: Snapshot, rows: list[dict[str, Any]]) -> list[ClusterSummary]:
    """Rows of the clusters table with their reasons."""
    reasons: dict[str, list[Reason]] = {row["cluster_id"]: [] for row in rows}
    found = snapshot.query(
        "SELECT cluster_id, code, side, points, figure, sentence FROM reasons "
        "WHERE list_contains(?, cluster_id) ORDER BY cluster_id, rank, code",
        [list(reasons)],
    )
    for row in found.to_pylist():
        reasons[row.pop("cluster_id")].append(Reason(**row))
    return [
        ClusterSummary(**{**row, "families": tuple(row["families"] or ()), "reasons": tuple(reasons[row["cluster_id"]])})
        for row in rows
    ]
