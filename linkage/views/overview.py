"""All of a snapshot at a glance: clusters by risk and size, the families of evidence at work, the trend by rebuild."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.store import list_snapshots

if TYPE_CHECKING:
    from linkage.store import Snapshot


@dataclass(frozen=True)
class Dot:
    """A cluster as a dot: where it stands by risk and size."""

    cluster_id: str
    risk: float
    size: int
    flagged: bool
    event: str | None


@dataclass(frozen=True)
class FamilyAtWork:
    """A family of evidence: in how many clusters it ties accounts, and in how many flagged ones, with their accounts."""

    family: str
    clusters: int
    flagged: int
    accounts: int


@dataclass(frozen=True)
class Rebuild:
    """A stored snapshot: when it stands for, when and how long it was made, and what it found."""

    snapshot_id: str
    as_of: datetime
    created_at: datetime
    counts: dict[str, int]


def dots(snapshot: Snapshot, *, limit: int = 5_000) -> tuple[Dot, ...]:
    """The riskiest clusters of a snapshot as dots."""
    found = snapshot.query("SELECT cluster_id, risk, size, flagged, event FROM clusters ORDER BY rank LIMIT ?", [limit])
    return tuple(Dot(**row) for row in found.to_pylist())


def families_at_work(snapshot: Snapshot) -> tuple[FamilyAtWork, ...]:
    """Families by how many flagged clusters they are at work in."""
    found = snapshot.query(
        """
        SELECT family, count(*) AS clusters, count(*) FILTER (flagged) AS flagged,
               coalesce(sum(size) FILTER (flagged), 0)::BIGINT AS accounts
        FROM (SELECT unnest(families) AS family, flagged, size FROM clusters)
        GROUP BY family ORDER BY flagged DESC, clusters DESC, family
        """
    )
    return tuple(FamilyAtWork(**row) for row in found.to_pylist())


def events_of(snapshot: Snapshot) -> dict[str, tuple[int, int]]:
    """What happened to clusters in the last rebuild: event -> how many, and how many of them are flagged."""
    found = snapshot.query(
        "SELECT event, count(*) AS n, count(*) FILTER (flagged) AS flagged FROM clusters WHERE event IS NOT NULL "
        "GROUP BY event ORDER BY event"
    )
    return {row["event"]: (row["n"], row["flagged"]) for row in found.to_pylist()}


def days_to_flag(snapshot: Snapshot) -> tuple[float, ...]:
    """For each cluster first flagged here: days from its first trace to this snapshot's moment; the quickest first.

    Told of clusters that were born or grew out of the unflagged with this rebuild, as far as lineage tells: those
    whose event is born.
    """
    found = snapshot.query(
        """
        SELECT date_diff('hour', first_seen, $now::TIMESTAMP) / 24.0 AS days FROM clusters
        WHERE flagged AND event = 'born' AND first_seen IS NOT NULL ORDER BY days
        """,
        {"now": snapshot.manifest.as_of.replace(tzinfo=None)},
    )
    return tuple(float(days) for days in found["days"].to_pylist())


def rebuilds(store: Path) -> tuple[Rebuild, ...]:
    """The stored snapshots, oldest first. Raises StoreError."""
    return tuple(Rebuild(entry.id, entry.as_of, entry.created_at, entry.counts) for entry in list_snapshots(store))
