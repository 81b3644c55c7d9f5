"""Counts in equal counts out: the counts of a bundle, taken from its tables again, and the laws that its rows keep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import exp
from typing import Any, Final

#: Some columns of a table, row by row; no rows where the bundle has no such table. Raises KeyError: no such column.
Rows = Callable[[str, Sequence[str]], Iterable[tuple[Any, ...]]]
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
    for (account,) in rows("in_favour", ["account_id"]):
        tally.counts["in_favour"] += 1
        spoken_for.add(account)
        tally.broken["in_favour: an account that is not in accounts"] += account not in accounts
    tally.counts["accounts_in_favour"] = len(spoken_for)
    for name in ("figures", "cut_links", "bridges", "days", "hours", "models", "lineage"):
        tally.counts[name] = sum(1 for _ in rows(name, ()))
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
    sums = ("requests", "input_tokens", "output_tokens")
    for account, role, flagged, *used in rows("accounts", ("account_id", "role", "flagged", *sums)):
        tally.broken["accounts: an account that is there twice"] += account in names
        names.add(account)
        tally.counts["accounts"] += 1
        tally.counts["core"] += role == "core"
        tally.counts["associates"] += role != "core"
        tally.counts["flagged"] += bool(flagged)
        for name, count in zip(sums, used, strict=True):
            tally.counts[name] += count or 0
    return names


def _links(rows: Rows, tally: _Tally, accounts: set[str]) -> set[Key]:
    """Count identifiers and links; the links that name a source, which a sighting must bear out."""
    linked: Counter[tuple[str, str]] = Counter()
    kinds, families, holding = set(), set(), set()
    sourced: set[Key] = set()
    links = borne = strangers = 0
    for account, kind, value, family, source in rows("links", ("account_id", "kind", "value", "family", "source_sha256")):
        links += 1
        linked[kind, value] += 1
        kinds.add(kind)
        families.add(family)
        holding.add(account)
        strangers += account not in accounts
        if source is not None:
            sourced.add((account, kind, value))
            borne += 1
    tally.counts["links"], tally.counts["links_with_source"] = links, borne
    tally.broken["links: an account that is not in accounts"] = strangers
    tally.counts["link_kinds"], tally.counts["link_families"] = len(kinds), len(families)
    tally.counts["linked_accounts"] = len(holding)
    tally.counts["identifiers"] = tally.counts["linking_identifiers"] = 0
    for kind, value, count in rows("identifiers", ("kind", "value", "linked")):
        tally.counts["identifiers"] += 1
        tally.counts["linking_identifiers"] += count > 0
        tally.broken["identifiers: another number of linked accounts than there are links"] += count != linked.pop(
            (kind, value), 0
        )
    tally.broken["links: an identifier that is not in identifiers"] += len(linked)
    return sourced


def _sightings(rows: Rows, tally: _Tally, accounts: set[str], sourced: set[Key]) -> None:
    sightings = occurrences = strangers = nowhere = 0
    columns = ("account_id", "kind", "value", "n", "source_sha256", "source_record")
    for account, kind, value, times, source, record in rows("sightings", columns):
        sightings += 1
        occurrences += times or 0
        sourced.discard((account, kind, value))
        tally.cited[source] += 1
        strangers += account not in accounts
        nowhere += source is None or record is None
    tally.counts["sightings"], tally.counts["occurrences"] = sightings, occurrences
    tally.broken["sightings: an account that is not in accounts"] = strangers
    tally.broken["sightings: no source file and record"] = nowhere
    tally.counts["source_files"] = len(tally.cited)
    tally.broken["links: a source that no sighting has"] += len(sourced)


def _reasons(rows: Rows, tally: _Tally) -> float:
    points = 0.0
    for name in ("reasons", "reasons_for", "reasons_against"):
        tally.counts[name] = 0
    for side, points_for, points_against in rows("reasons", ("side", "points_for", "points_against")):
        tally.counts["reasons"] += 1
        tally.counts[f"reasons_{side}"] += 1
        points += points_for - points_against
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
