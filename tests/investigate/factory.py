"""Small snapshots in a real store, told in a few lines; the command line's tests build on them too."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from linkage.engine import open_engine
from linkage.store import Build, InputFile, Store
from linkage.tables import SNAPSHOT, create

START = datetime(2026, 3, 1)
PAYMENTS = InputFile(table="payments", path="payments.parquet", bytes=10, sha256="ab" * 32, rows=9)
REQUESTS = InputFile(table="requests", path="requests/2026-03-01.parquet", bytes=10, sha256="cd" * 32, rows=9)
#: What hostile logs hold: a right-to-left override, a terminal escape, a line break, quotes.
HOSTILE = "\u202egnp.exe\x1b[2J'\"\n;--"
FORMULA = '=HYPERLINK("http://x")'


@dataclass
class World:
    """Rows of a snapshot's tables, grown by `cluster`, `account` and `share`."""

    tables: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {name: [] for name in SNAPSHOT})

    def cluster(
        self, name: str, risk: float, core: Sequence[str], associates: Sequence[str] = (), *, flagged: bool = True, **facts: Any
    ) -> None:
        """A cluster with two reasons, and its members."""
        size = len(core) + len(associates)
        self.tables["clusters"].append(
            {
                "cluster_id": name, "rank": len(self.tables["clusters"]) + 1, "risk": risk, "flagged": flagged, "size": size,
                "core": len(core), "associates": len(associates), "density": 0.5, "first_seen": START,
                "last_seen": START + timedelta(days=9), "families": ["content", "payment"], "requests": 70 * size,
                "input_tokens": 700 * size, "output_tokens": 7000 * size, "event": "born", "previous_size": 0, "joined": size,
                "left": 0, "summary": f"about {name}", **facts,
            }
        )  # fmt: skip
        for rank, (side, points) in enumerate([("for", 3.0), ("against", -1.0)], start=1):
            reason = {"rank": rank, "code": f"{side}_code", "side": side, "points": points, "figure": 0.25}
            self.tables["reasons"].append({"cluster_id": name, **reason, "sentence": f"a sentence {side} {name}"})
        for account in core:
            self.account(account, cluster_id=name, role="core", risk=risk, flagged=flagged)
        for account in associates:
            self.account(account, cluster_id=name, role="associate", risk=risk / 2, flagged=False)

    def account(self, account: str, **belongs: Any) -> None:
        """An account, in a cluster or in none, with two hours of activity."""
        facts = {"country": "DE", "email_domain": "mail.example", "requests": 70, "input_tokens": 700, "output_tokens": 7000}
        times = {"first_seen": START, "last_seen": START + timedelta(days=1)}
        self.tables["accounts"].append({"account_id": account, "flagged": False, **facts, **times, **belongs})
        if belongs:
            self.tables["members"].append({"account_id": account, "attachment": 0.75, **belongs})
        for hour in (0, 26):
            used = {"hour": START + timedelta(hours=hour), "requests": 35, "input_tokens": 350, "output_tokens": 3500}
            self.tables["activity"].append({"account_id": account, **used})
        self.tables["models"].append({"account_id": account, "model": "m-1", **times, "requests": 70, "output_tokens": 7000})

    def share(
        self, kind: str, value: str, strength: float, accounts: Sequence[str], *, family: str | None = None, note: str = "rare"
    ) -> None:
        """An identifier and its holders: with a strength of 0 it links nobody, else each holder's link weighs as much."""
        times = {"first_seen": START, "last_seen": START + timedelta(hours=5)}
        known = {"kind": kind, "value": value, "family": family or kind, "accounts": len(accounts), **times}
        scores = {"rarity": 0.9, "corroboration": 0.8, "strength": strength, "links": strength > 0, "note": note}
        if len(accounts) > 1:
            self.tables["identifiers"].append({**known, **scores})
        source = PAYMENTS if kind == "payment" else REQUESTS
        for record, account in enumerate(accounts, start=1):
            on = {"account_id": account, "kind": kind, "value": value}
            if strength > 0:
                self.tables["edges"].append(
                    {**on, "weight": round(strength * 1_000_000), "steady": round(strength * 1_000_000)}
                )
            seen = {"n": record, **times, "source_file": source.sha256, "source_record": record}
            self.tables["sightings"].append({**on, **seen})

    def name(self, kind: str, named: str, by: Sequence[str], strength: float) -> None:
        """A kind whose value is an account: that account has a link and no sighting."""
        self.share(kind, named, strength, by)
        self.tables["edges"].append(
            {
                "account_id": named,
                "kind": kind,
                "value": named,
                "weight": round(strength * 1_000_000),
                "steady": round(strength * 1_000_000),
            }
        )

    def publish(self, store: Path, *, day: int = 10) -> str:
        """Publish the world as the store's current snapshot; its id."""
        with Store(store).lock() as builder, builder.begin() as draft:
            con = open_engine(draft.work, threads=1)
            for name, rows in self.tables.items():
                con.execute(create(name))
                if rows:
                    given = pa.table({column: pa.array([row.get(column) for row in rows]) for column in SNAPSHOT[name]})
                    con.register("given", given)
                    con.execute(f'INSERT INTO "{name}" SELECT * FROM given')
                    con.unregister("given")
                draft.write(con, name)
            con.close()
            counts = {"accounts": len(self.tables["accounts"]), "clusters": len(self.tables["clusters"])}
            return draft.publish(
                Build(
                    version="0",
                    config={},
                    config_sha256=hashlib.sha256(b"").hexdigest(),
                    seed=1,
                    engine="duckdb",
                    engine_version="",
                    algorithm="leiden",
                    as_of=datetime(2026, 3, day, tzinfo=UTC),
                    inputs=(PAYMENTS, REQUESTS),
                    counts=counts,
                )
            )


def world() -> World:
    """Two flagged clusters, a company, and accounts that stay out.

    harvest: core a1 a2 a3 a4, associate a5; ring: core b1 b2 b3 (b1 referred b2 and b3); office, not flagged: d1 d2
    e1 shares only a user agent with all the others; e2 nothing; e3's name is hostile.
    a1 - a4 share nothing, a2 joins them; a5 hangs on a4; a4 and b3 share an address.
    """
    made = World()
    made.cluster("harvest", 0.95, ["a1", "a2", "a3", "a4"], ["a5"])
    made.cluster("ring", 0.8, ["b1", "b2", "b3"], event="grown", previous_size=2, joined=1)
    made.cluster("office", 0.1, ["d1", "d2"], flagged=False, last_seen=START + timedelta(days=20))
    for account in ("e1", "e2", HOSTILE):
        made.account(account)
    made.share("payment", "card-1", 0.9, ["a1", "a2", "a3"], note="rare: seen on 3 accounts only")
    made.share("scaffold", "template-1", 0.8, ["a2", "a4"], family="content")
    made.share("ip", "198.51.100.7", 0.4, ["a4", "a5"], family="network")
    made.share("ip", "203.0.113.9", 0.3, ["a4", "b3"], family="network")
    made.share("ip", "2001:db8:0:7::1", 0.3, ["b1", "b2"], family="network")
    made.share("network", "203.0.113.0/24", 0.1, ["a4", "b3", "b1"], family="network")
    made.share("payment", "card-2", 0.85, ["b1", "b2"])
    made.name("referral", "b1", ["b2", "b3"], 0.5)
    made.share("org", "office-inc", 0.5, ["d1", "d2"], family="organisation")
    made.share("device", HOSTILE, 0.2, ["d1", "d2"])
    made.share("device", FORMULA, 0.2, ["d1", "d2"])
    everyone = ["a1", "a2", "a3", "a4", "a5", "b1", "b2", "b3", "d1", "d2", "e1"]
    made.share("user_agent", "curl/8", 0.0, everyone, family="client", note="seen on 11 accounts that share nothing else")
    made.share("ip", "192.0.2.1", 0.0, ["e2"], family="network")
    made.tables["fingerprints"].append(
        {"kind": "scaffold", "value": "template-1", "members": 40, "description": "a constant head of 120 characters"}
    )
    made.tables["lineage"].append(
        {"cluster_id": "ring", "previous_id": "ring", "event": "grown", "shared": 2, "joined": 1, "left": 0}
    )
    for file, record, column, effect, reason in (
        ("requests.csv", 5, "ip", "nulled", 'is not an IP address: "five"'),
        ("requests.csv", 4, "ip", "nulled", 'is not an IP address: "four"'),
        ("payments.csv", 9, "account_id", "set aside", "is required and missing"),
        ("payments.csv", 3, None, "set aside", "has 2 fields instead of 4"),
        ("requests.csv", 6, "ip", "nulled", 'is not an IP address: "six"'),
    ):
        made.tables["set_aside"].append({"file": file, "record": record, "column": column, "effect": effect, "reason": reason})
    return made
