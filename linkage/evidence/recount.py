"""Counts in equal counts out: the counts of a bundle, taken from its tables again, and the laws that its rows keep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import exp
from typing import Any, Final

Row = Mapping[str, Any]
#: The rows of a table by its name; none where the bundle has no such table.
Rows = Callable[[str], Iterable[Row]]
#: Account, kind and value.
Key = tuple[str, str, str]

#: The least count that a public bundle tells.
LEAST_PUBLIC: Final = 10
#: How far a risk that people are told may be from that of its points.
RISK_TOLERANCE: Final = 1e-4


@dataclass(frozen=True)
class Recount:
    """`counts` by name; `cited` rows by the SHA-256 of the source file; `broken` says which laws the rows break."""

    counts: dict[str, int]
    cited: dict[str, int]
    points: float
    broken: tuple[str, ...]


@dataclass
class _Tally:
    counts: Counter[str] = field(default_factory=Counter)
    cited: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)


def recount(rows: Rows, tables: Iterable[str]) -> Recount:
    """Count the rows of `tables`, and what people are told of them."""
    tally = _Tally()
    names = set(tables)
    accounts = _accounts(rows, tally)
    _sightings(rows, tally, accounts, _links(rows, tally, accounts))
    points = _reasons(rows, tally)
    spoken_for = set()
    for row in rows("in_favour"):
        tally.counts["in_favour"] += 1
        spoken_for.add(row["account_id"])
        tally.broken["in_favour: an account that is not in accounts"] += row["account_id"] not in accounts
    tally.counts["accounts_in_favour"] = len(spoken_for)
    for name in ("figures", "cut_links", "bridges", "days", "hours", "models", "lineage"):
        tally.counts[name] = sum(1 for _ in rows(name))
    counts = {name: int(count) for name, count in tally.counts.items() if name not in _TABLES or name in names}
    broken = tuple(f"{law} ({times:,} rows)" for law, times in sorted(tally.broken.items()) if times)
    return Recount(counts, {file: int(n) for file, n in tally.cited.items()}, round(points, 6), broken)


_TABLES: Final = frozenset(
    {
        "accounts", "sightings", "links", "identifiers", "reasons", "figures", "in_favour", "cut_links", "bridges", "days",
        "hours", "models", "lineage",
    }
)  # fmt: skip


def _accounts(rows: Rows, tally: _Tally) -> set[str]:
    names: set[str] = set()
    for name in ("accounts", "core", "associates", "flagged", "requests", "input_tokens", "output_tokens"):
        tally.counts[name] = 0
    for row in rows("accounts"):
        tally.broken["accounts: an account that is there twice"] += row["account_id"] in names
        names.add(row["account_id"])
        tally.counts["accounts"] += 1
        tally.counts["core"] += row["role"] == "core"
        tally.counts["associates"] += row["role"] != "core"
        tally.counts["flagged"] += bool(row["flagged"])
        for name in ("requests", "input_tokens", "output_tokens"):
            tally.counts[name] += row[name] or 0
    return names


def _links(rows: Rows, tally: _Tally, accounts: set[str]) -> set[Key]:
    """Count identifiers and links; the links that name a source, which a sighting must bear out."""
    linked: Counter[tuple[str, str]] = Counter()
    kinds, families, holding = set(), set(), set()
    sourced: set[Key] = set()
    tally.counts["links"] = tally.counts["links_with_source"] = 0
    for row in rows("links"):
        tally.counts["links"] += 1
        linked[row["kind"], row["value"]] += 1
        kinds.add(row["kind"])
        families.add(row["family"])
        holding.add(row["account_id"])
        if row["source_sha256"] is not None:
            tally.counts["links_with_source"] += 1
            sourced.add((row["account_id"], row["kind"], row["value"]))
        tally.broken["links: an account that is not in accounts"] += row["account_id"] not in accounts
    tally.counts["link_kinds"], tally.counts["link_families"] = len(kinds), len(families)
    tally.counts["linked_accounts"] = len(holding)
    tally.counts["identifiers"] = tally.counts["linking_identifiers"] = 0
    for row in rows("identifiers"):
        tally.counts["identifiers"] += 1
        tally.counts["linking_identifiers"] += row["linked"] > 0
        tally.broken["identifiers: another number of linked accounts than there are links"] += row["linked"] != linked.pop(
            (row["kind"], row["value"]), 0
        )
    tally.broken["links: an identifier that is not in identifiers"] += len(linked)
    return sourced


def _sightings(rows: Rows, tally: _Tally, accounts: set[str], sourced: set[Key]) -> None:
    tally.counts["sightings"] = tally.counts["occurrences"] = 0
    for row in rows("sightings"):
        tally.counts["sightings"] += 1
        tally.counts["occurrences"] += row["n"] or 0
        sourced.discard((row["account_id"], row["kind"], row["value"]))
        tally.cited[row["source_sha256"]] += 1
        tally.broken["sightings: an account that is not in accounts"] += row["account_id"] not in accounts
        tally.broken["sightings: no source file and record"] += row["source_sha256"] is None or row["source_record"] is None
    tally.counts["source_files"] = len(tally.cited)
    tally.broken["links: a source that no sighting has"] += len(sourced)


def _reasons(rows: Rows, tally: _Tally) -> float:
    points = 0.0
    for name in ("reasons", "reasons_for", "reasons_against"):
        tally.counts[name] = 0
    for row in rows("reasons"):
        tally.counts["reasons"] += 1
        tally.counts[f"reasons_{row['side']}"] += 1
        points += row["points_for"] - row["points_against"]
    return points


def risk_of(log_odds: float) -> float:
    """The risk of a sum of points."""
    return 1 / (1 + exp(-log_odds)) if log_odds > -700 else 0.0


def too_small(value: Any, path: str = "") -> list[str]:
    """Where a public document tells a count from 1 to nine: the paths of those numbers."""
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in too_small(item, f"{path}/{key}")]
    if isinstance(value, list):
        return [found for place, item in enumerate(value) for found in too_small(item, f"{path}/{place}")]
    small = isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < LEAST_PUBLIC
    return [path] if small else []
