"""A ring that is banned and grows back with new accounts on its old identifiers, through real rebuilds and what reads them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from linkage.store import list_snapshots, open_snapshot
from tests.factory import build, folder, fresh

AS_OF = datetime(2026, 3, 5, tzinfo=UTC)
Shared = dict[str, str]
OLD: Shared = {"payment": "ring-card", "device": "ring-device"}


def input(ring: Sequence[str], shared: Shared = OLD) -> Path:
    """Sixty accounts of their own, and a ring that shares an identifier of each kind."""
    people: list[tuple[str, Shared]] = [(f"own{n}", {kind: f"{kind}-{n}" for kind in OLD}) for n in range(60)]
    people += [(name, shared) for name in ring]
    rows: list[dict[str, Any]] = [
        {"account_id": name, "kind": kind, "value": value, "seen_at": datetime(2026, 3, 1, hour)}
        for name, held in people
        for kind, value in held.items()
        for hour in (1, 2, 3)
    ]
    return folder(sightings=rows)


FIRST, SECOND = [f"first{n}" for n in range(10)], [f"second{n}" for n in range(10)]


def rebuilt(*inputs: Path) -> Path:
    """A store rebuilt from one input after the other."""
    store = fresh()
    for one in inputs:
        build(one, store, as_of=AS_OF)
    return store


def cluster(store: Path, number: int, account: str) -> tuple[str, bool]:
    """Id and flag of the cluster that an account had in a snapshot, counted from the first."""
    with open_snapshot(store, list_snapshots(store)[number].id) as snapshot:
        query = "SELECT cluster_id, c.flagged FROM members JOIN clusters AS c USING (cluster_id) WHERE account_id = ?"
        [row] = snapshot.query(query, [account]).to_pylist()
        return str(row["cluster_id"]), bool(row["flagged"])


def returned(store: Path) -> list[tuple[str, str]]:
    with open_snapshot(store) as snapshot:
        found = snapshot.query("SELECT cluster_id, previous_id FROM lineage WHERE event = 'returned' ORDER BY ALL")
    return [(row["cluster_id"], row["previous_id"]) for row in found.to_pylist()]


def test_it_is_tied_to_its_predecessor() -> None:
    store = rebuilt(input(FIRST), input(SECOND))
    old, flagged = cluster(store, 0, FIRST[0])
    new, again = cluster(store, -1, SECOND[0])
    assert flagged and again and new != old
    assert returned(store) == [(new, old)]


def test_new_accounts_on_new_identifiers_are_nobodys_successors() -> None:
    store = rebuilt(input(FIRST), input(SECOND, {"payment": "another-card", "device": "another-device"}))
    assert returned(store) == []
