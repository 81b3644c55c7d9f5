"""Two clusters or two accounts side by side: what they share, and when each is active."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linkage.store import Snapshot


@dataclass(frozen=True)
class Shared:
    """An identifier on both sides: `one` and `other` count accounts; it counts for the graph where `links` is true."""

    kind: str
    value: str
    family: str
    strength: float
    links: bool
    one: int
    other: int
    everywhere: int


@dataclass(frozen=True)
class Course:
    """Requests by day, and by hour of the day, of one side."""

    days: tuple[tuple[date, int], ...]
    hours: tuple[int, ...]


def shared_by(snapshot: Snapshot, one: Sequence[str], other: Sequence[str], *, limit: int = 50) -> tuple[Shared, ...]:
    """Identifiers that accounts of both sides were seen with: those that count first, then by strength.

    Reads all sightings of the accounts: linear in them.
    """
    found = snapshot.query(
        """
        WITH sides AS (
            SELECT unnest($one::VARCHAR[]) AS account_id, true AS first UNION ALL SELECT unnest($other::VARCHAR[]), false
        ),
        met AS (
            SELECT kind, value, count(*) FILTER (first) AS one, count(*) FILTER (NOT first) AS other
            FROM sightings JOIN sides USING (account_id)
            GROUP BY kind, value HAVING one > 0 AND other > 0
        )
        SELECT kind, value, family, coalesce(strength, 0) AS strength, coalesce(links, false) AS links, one, other,
               accounts AS everywhere
        FROM met JOIN identifiers USING (kind, value)
        ORDER BY links DESC, strength DESC, least(one, other) DESC, kind, value LIMIT $limit
        """,
        {"one": list(one), "other": list(other), "limit": limit},
    )
    return tuple(Shared(**row) for row in found.to_pylist())


def members_of(snapshot: Snapshot, cluster_id: str) -> list[str]:
    """The accounts of a cluster, sorted."""
    found = snapshot.query("SELECT account_id FROM members WHERE cluster_id = ? ORDER BY account_id", [cluster_id])
    return [str(name) for name in found["account_id"].to_pylist()]


def course_of(snapshot: Snapshot, accounts: Sequence[str]) -> Course:
    """When these accounts are active."""
    mine = "FROM activity JOIN (SELECT unnest($accounts::VARCHAR[]) AS account_id) USING (account_id)"
    given = {"accounts": list(accounts)}
    days = snapshot.query(
        f"SELECT hour::DATE AS day, sum(requests)::BIGINT AS n {mine} GROUP BY day ORDER BY day", given
    ).to_pylist()
    hours = [0] * 24
    for row in snapshot.query(
        f"SELECT hour(hour) AS h, sum(requests)::BIGINT AS n {mine} GROUP BY h ORDER BY h", given
    ).to_pylist():
        hours[row["h"]] = row["n"]
    return Course(tuple((row["day"], row["n"]) for row in days), tuple(hours))
