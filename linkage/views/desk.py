"""The queue of an investigator: clusters with where their cases stand, filtered and ordered in the engine, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from linkage.errors import UsageError
from linkage.investigate import ClusterSummary
from linkage.investigate.ranking import summaries

if TYPE_CHECKING:
    from linkage.store import Snapshot

#: What the queue can be ordered by; rank breaks every tie.
ORDERS: Final[dict[str, str]] = {
    "risk": "rank",
    "size": "size DESC, rank",
    "growth": "joined DESC NULLS LAST, rank",
    "recent": "last_seen DESC NULLS LAST, rank",
    "requests": "requests DESC, rank",
    "tokens": "output_tokens DESC, rank",
    "status": "place, rank",
    "assignee": "assignee NULLS LAST, rank",
}
#: What of it is shown. Open is flagged and not decided; mine is assigned to who looks, or held by them.
SHOWS: Final[dict[str, str]] = {
    "open or mine": "(open AND (assignee IS NULL OR assignee = $who)) OR (mine AND NOT decided)",
    "mine": "mine",
    "open": "open",
    "decided": "decided",
    "flagged": "flagged",
    "all": "true",
}
#: Statuses in the order of a case's way; those from `_DECIDED` on are decisions.
_PLACES: Final = ("new", "in review", "escalated", "confirmed", "actioned", "dismissed")
_DECIDED: Final = 3


@dataclass(frozen=True)
class Standing:
    """Where a cluster's case stands."""

    cluster_id: str
    status: str
    assignee: str | None
    holder: str | None


@dataclass(frozen=True)
class Desk:
    """A page of the queue and how long all of it is."""

    clusters: tuple[ClusterSummary, ...]
    total: int


def desk(
    snapshot: Snapshot,
    standings: Iterable[Standing],
    *,
    who: str,
    show: str = "open or mine",
    families: Sequence[str] = (),
    events: Sequence[str] = (),
    order: str = "risk",
    limit: int = 20,
    offset: int = 0,
) -> Desk:
    """The clusters of a snapshot that `show` names, with any of `families` and `events` where some are given.

    Raises UsageError: an order or a choice that is not known.
    """
    if order not in ORDERS or show not in SHOWS:
        raise UsageError(f"the queue knows the orders {', '.join(ORDERS)} and shows {', '.join(SHOWS)}")
    cases = list(standings)
    given = {
        "ids": [case.cluster_id for case in cases],
        "places": [_PLACES.index(case.status) if case.status in _PLACES else 0 for case in cases],
        "assignees": [case.assignee for case in cases],
        "holders": [case.holder for case in cases],
        "who": who,
        "families": list(families),
        "events": list(events),
    }
    found = f"""
        WITH cases AS (
            SELECT unnest($ids::VARCHAR[]) AS cluster_id, unnest($places::BIGINT[]) AS place,
                   unnest($assignees::VARCHAR[]) AS assignee, unnest($holders::VARCHAR[]) AS holder
        ),
        told AS (
            SELECT c.*, coalesce(place, 0) AS place, assignee, coalesce(place, 0) >= {_DECIDED} AS decided,
                   flagged AND coalesce(place, 0) < {_DECIDED} AS open,
                   coalesce(assignee = $who, false) OR coalesce(holder = $who, false) AS mine
            FROM clusters AS c LEFT JOIN cases USING (cluster_id)
        ),
        shown AS (
            SELECT * FROM told WHERE ({SHOWS[show]})
              AND (len($families::VARCHAR[]) = 0 OR list_has_any(families, $families::VARCHAR[]))
              AND (len($events::VARCHAR[]) = 0 OR list_contains($events::VARCHAR[], event))
        )
    """
    total = snapshot.query(f"{found} SELECT count(*) AS n FROM shown WHERE $who IS NOT NULL", given)["n"][0].as_py()
    rows = snapshot.query(
        f"""
        {found} SELECT cluster_id, rank, risk, flagged, size, core, associates, density, first_seen, last_seen, families,
               requests, input_tokens, output_tokens, event, previous_size, joined, "left", summary
        FROM shown WHERE $who IS NOT NULL ORDER BY {ORDERS[order]} LIMIT $limit OFFSET $offset
        """,
        {**given, "limit": limit, "offset": offset},
    ).to_pylist()
    return Desk(tuple(summaries(snapshot, rows)), int(total))


def sparks(snapshot: Snapshot, clusters: Sequence[str], *, columns: int = 24) -> dict[str, tuple[int, ...]]:
    """Requests of each cluster over the time that all of them span, in `columns` parts of equal length; whole hours."""
    found = snapshot.query(
        """
        WITH busy AS (
            SELECT m.cluster_id, hour, sum(requests)::BIGINT AS requests
            FROM activity JOIN members AS m USING (account_id) WHERE list_contains($clusters, m.cluster_id) GROUP BY ALL
        ),
        span AS (SELECT min(hour) AS first, greatest(date_diff('hour', min(hour), max(hour)) + 1, 1) AS hours FROM busy)
        SELECT cluster_id, (date_diff('hour', first, hour) * $columns // hours)::BIGINT AS place, sum(requests)::BIGINT AS requests
        FROM busy, span GROUP BY ALL ORDER BY ALL
        """,
        {"clusters": list(clusters), "columns": columns},
    ).to_pylist()
    lines = {name: [0] * columns for name in clusters}
    for row in found:
        lines[row["cluster_id"]][row["place"]] = row["requests"]
    return {name: tuple(line) for name, line in lines.items()}
