"""Stores with a few clusters, told in a line; people with roles; both databases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from linkage.access import Access, Identity, Role
from linkage.cases import CaseBook
from linkage.database import utc_now
from tests.investigate.factory import World

ADA = Identity("ada", Role.investigator)
BOB = Identity("bob", Role.investigator)
EVE = Identity("eve", Role.approver)
ROOT = Identity("root", Role.admin)
#: What `publish` is given as the clusters of the first day.
FIRST: dict[str, list[str]] = {
    "A": [f"a{n}" for n in range(6)], "B": [f"b{n}" for n in range(5)], "C": [f"c{n}" for n in range(4)],
}  # fmt: skip


def publish(
    store: Path,
    clusters: Mapping[str, Sequence[str]],
    *,
    day: int = 1,
    lineage: Sequence[tuple[str, str | None, str, int]] = (),
    grow: Callable[[World], None] = lambda world: None,
) -> str:
    """Publish a snapshot with these clusters, riskiest first; `lineage` rows are cluster, previous, event, shared accounts."""
    made = World()
    for place, (name, accounts) in enumerate(clusters.items()):
        made.cluster(name, 0.99 - place / 100, accounts)
        made.share("payment", f"card-{name}", 0.9, accounts)
    for cluster, previous, event, shared in lineage:
        made.tables["lineage"].append(
            {"cluster_id": cluster, "previous_id": previous, "event": event, "shared": shared, "joined": 0, "left": 0}
        )
    grow(made)
    return made.publish(store, day=day)


def unchanged(clusters: Mapping[str, Sequence[str]]) -> list[tuple[str, str | None, str, int]]:
    """Lineage in which every cluster stayed as it was."""
    return [(name, name, "unchanged", len(accounts)) for name, accounts in clusters.items()]


class Clock:
    """A clock that stands until it is put forward."""

    def __init__(self) -> None:
        self.now = utc_now()

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


def book(store: Path, url: str | None = None, **access: Any) -> CaseBook:
    """A book whose approval and review settings are given as in access.toml."""
    return CaseBook(store, url or "", access=Access.model_validate({"others": "admin", **access}))
