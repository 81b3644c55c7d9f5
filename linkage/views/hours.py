"""When a cluster is active: requests by day and hour, by account and time, and who was active in a window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from linkage.store import Snapshot

#: Spans that a column of the account map may stand for, in hours; the first under which there are few enough columns counts.
_SPANS: Final = (1, 2, 3, 6, 12, 24, 48, 168, 720)


@dataclass(frozen=True)
class Window:
    """Part of the activity: days (both included), hours of the day (both included), and accounts (None = all)."""

    first: date
    last: date
    hour_from: int = 0
    hour_to: int = 23
    accounts: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Heat:
    """Requests by row and column: `requests[row][column]`.

    `rows` are days or accounts, `columns` hours of the day (0 to 23) or times of a span of `hours`. `of` is how many
    rows there would be in all.
    """

    rows: tuple[Any, ...]
    columns: tuple[Any, ...]
    requests: tuple[tuple[int, ...], ...]
    hours: int
    of: int


def day_heat(snapshot: Snapshot, cluster_id: str) -> Heat:
    """Requests of a cluster's accounts by day, without gaps, and hour of the day."""
    found = snapshot.query(
        """
        SELECT hour::DATE AS day, hour(hour) AS hour, sum(requests)::BIGINT AS requests FROM activity
        WHERE account_id IN (SELECT account_id FROM members WHERE cluster_id = ?) GROUP BY ALL ORDER BY ALL
        """,
        [cluster_id],
    ).to_pylist()
    if not found:
        return Heat((), (), (), 1, 0)
    first, last = found[0]["day"], found[-1]["day"]
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    cells = {day: [0] * 24 for day in days}
    for row in found:
        cells[row["day"]][row["hour"]] = row["requests"]
    return Heat(tuple(days), tuple(range(24)), tuple(tuple(cells[day]) for day in days), 1, len(days))


def account_heat(snapshot: Snapshot, cluster_id: str, *, accounts: int = 60, columns: int = 120) -> Heat:
    """Requests of the `accounts` busiest accounts of a cluster over time, in at most `columns` spans of equal length."""
    who = """
        FROM activity WHERE account_id IN (SELECT account_id FROM members WHERE cluster_id = $cluster)
    """
    busiest = snapshot.query(
        f"""
        SELECT account_id, sum(requests)::BIGINT AS requests, min(hour) AS first, max(hour) AS last, count(*) OVER () AS n
        {who} GROUP BY account_id ORDER BY requests DESC, account_id LIMIT $most
        """,
        {"cluster": cluster_id, "most": accounts},
    ).to_pylist()
    if not busiest:
        return Heat((), (), (), 1, 0)
    first: datetime = min(row["first"] for row in busiest).replace(hour=0, minute=0, second=0, microsecond=0)
    last: datetime = max(row["last"] for row in busiest)
    span = next((hours for hours in _SPANS if (last - first) < timedelta(hours=hours * columns)), _SPANS[-1])
    names = [row["account_id"] for row in busiest]
    times = [first + timedelta(hours=span * n) for n in range(int((last - first) / timedelta(hours=span)) + 1)]
    cells = {name: [0] * len(times) for name in names}
    found = snapshot.query(
        """
        SELECT account_id, (date_diff('hour', $first::TIMESTAMP, hour) // $span)::BIGINT AS place, sum(requests)::BIGINT AS requests
        FROM activity WHERE list_contains($names, account_id) GROUP BY ALL ORDER BY ALL
        """,
        {"first": first, "span": span, "names": names},
    ).to_pylist()
    for row in found:
        cells[row["account_id"]][row["place"]] = row["requests"]
    return Heat(tuple(names), tuple(times), tuple(tuple(cells[name]) for name in names), span, busiest[0]["n"])


def active_in(snapshot: Snapshot, cluster_id: str, window: Window) -> dict[str, int]:
    """The accounts of a cluster that were active in a window, by name, with their requests in it."""
    found = snapshot.query(
        """
        SELECT account_id, sum(requests)::BIGINT AS requests FROM activity
        WHERE account_id IN (SELECT account_id FROM members WHERE cluster_id = $cluster)
          AND hour >= $first::TIMESTAMP AND hour < $end::TIMESTAMP AND hour(hour) BETWEEN $low AND $high
          AND ($names::VARCHAR[] IS NULL OR list_contains($names::VARCHAR[], account_id))
        GROUP BY account_id ORDER BY account_id
        """,
        {
            "cluster": cluster_id,
            "first": datetime.combine(window.first, time()),
            "end": datetime.combine(window.last + timedelta(days=1), time()),
            "low": window.hour_from,
            "high": window.hour_to,
            "names": None if window.accounts is None else list(window.accounts),
        },
    ).to_pylist()
    return {row["account_id"]: row["requests"] for row in found}
