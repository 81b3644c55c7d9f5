"""Small snapshots in a real store: a world of accounts, identifiers and clusters told in a few lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from linkage.engine import open_engine
from linkage.store import Build, Snapshot, Store, open_snapshot
from linkage.tables import SNAPSHOT, create

START = datetime(2026, 3, 1)


@dataclass
class World:
    """Rows of a snapshot's tables, grown by `cluster`, `share` and `account`."""

    tables: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in SNAPSHOT})

    def cluster(
        self, name: str, risk: float, core: Sequence[str], associates: Sequence[str] = (), *, flagged: bool = True
    ) -> None:
        """A cluster and its members; its core is flagged when it is."""
        size = len(core) + len(associates)
        facts = {
            "rank": len(self.tables["clusters"]) + 1, "risk": risk, "flagged": flagged, "event": "born", "density": 0.5,
            "size": size, "core": len(core), "associates": len(associates), "requests": 70 * size, "summary": f"about {name}",
            "first_seen": START, "last_seen": START + timedelta(days=9), "families": ["content", "payment"],
        }  # fmt: skip
        self.tables["clusters"].append({"cluster_id": name, **facts})
        for rank, (side, points) in enumerate([("for", 3.0), ("against", -1.0)], start=1):
            reason = {"rank": rank, "code": side, "side": side, "points": points, "figure": 1.0}
            self.tables["reasons"].append({"cluster_id": name, **reason, "sentence": f"{side} {name}"})
        for account in core:
            self.account(account, cluster_id=name, role="core", risk=risk, flagged=flagged)
        for account in associates:
            self.account(account, cluster_id=name, role="associate", risk=risk / 2, flagged=False)

    def account(self, account: str, **belongs: Any) -> None:
        """An account; with a cluster_id a member of it."""
        self.tables["accounts"].append(
            {
                "account_id": account,
                "country": "DE",
                "requests": 70,
                "first_seen": START,
                "risk": 0.0,
                "flagged": False,
                **belongs,
            }
        )
        if belongs:
            self.tables["members"].append({"account_id": account, "attachment": 0.75, **belongs})

    def share(self, kind: str, value: str, strength: float, accounts: list[str], *, family: str | None = None) -> None:
        """An identifier and the accounts it links."""
        times = {"first_seen": START, "last_seen": START + timedelta(hours=5)}
        known = {"kind": kind, "value": value, "family": family or kind, "accounts": len(accounts), **times}
        scores = {"rarity": 0.9, "corroboration": 0.8, "strength": strength, "links": True, "note": "seen together"}
        self.tables["identifiers"].append({**known, **scores})
        for record, account in enumerate(accounts, start=1):
            edge = {"account_id": account, "kind": kind, "value": value}
            source = {"source_file": "ab" * 32, "source_record": record}
            self.tables["edges"].append({**edge, "weight": round(strength * 500_000), "steady": round(strength * 500_000)})
            self.tables["sightings"].append({**edge, "n": record, **times, **source})

    def publish(self, store: Path) -> Snapshot:
        """Publish the world as the store's current snapshot and open it."""
        with Store(store).lock() as builder, builder.begin() as draft:
            con = open_engine(draft.work, threads=1)
            for name, rows in self.tables.items():
                con.execute(create(name))
                if rows:
                    columns = {column: [row.get(column) for row in rows] for column in SNAPSHOT[name]}
                    given = pa.table({column: pa.array(values) for column, values in columns.items()})
                    con.execute(f'INSERT INTO "{name}" SELECT * FROM given')
                    assert given.num_rows == len(rows)
                draft.write(con, name)
            con.close()
            build = Build(
                version="0", config={}, config_sha256="", seed=1, engine="duckdb", engine_version="", algorithm="leiden",
                as_of=datetime(2026, 3, 10, tzinfo=UTC),
            )  # fmt: skip
            name = draft.publish(build)
        return open_snapshot(store, name)


def world() -> World:
    """Two flagged clusters that a shared address bridges, a company, a neighbour, and accounts that stay out.

    harvest (flagged): a1 a2 a3 a4, associate a5   ring (flagged): b1 b2 b3   office (not flagged): d1 d2 d3
    d1 pays with the ring's card; e1, in no cluster, sends the harvest's template; e2 and e3 are of no interest.
    """
    made = World()
    made.cluster("harvest", 0.95, ["a1", "a2", "a3", "a4"], ["a5"])
    made.cluster("ring", 0.8, ["b1", "b2", "b3"])
    made.cluster("office", 0.1, ["d1", "d2", "d3"], flagged=False)
    for account in ("e1", "e2", "e3"):
        made.account(account)
    made.share("payment", "card-1", 0.9, ["a1", "a2", "a3"])
    made.share("scaffold", "template-1", 0.8, ["a1", "a2", "a3", "a4", "e1"], family="content")
    made.share("ip", "198.51.100.7", 0.4, ["a3", "a4", "a5"], family="network")
    made.share("ip", "203.0.113.9", 0.3, ["a1", "b1", "b2", "b3"], family="network")
    made.share("payment", "card-2", 0.85, ["b1", "b2", "b3", "d1"])
    made.share("org", "office-inc", 0.5, ["d1", "d2", "d3"], family="organisation")
    made.share("signup_day", "2026-03-01", 0.1, ["a1", "e2", "e1"], family="timing")
    made.tables["fingerprints"].append(
        {"kind": "scaffold", "value": "template-1", "members": 40, "description": "a constant head"}
    )
    return made
