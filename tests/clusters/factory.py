"""Clusters from sightings told in a line each: the way of the pipeline, in one engine, without files."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa

from linkage.clusters import assemble, assess, assign_ids, find_network_kinds, write_clusters
from linkage.communities import WeightedGraph, detector, divide
from linkage.config import Config
from linkage.graph import build_incidences, strong_edges, weigh_links, write_graph
from linkage.tables import INPUT, SNAPSHOT, create

#: account, kind, value
Seen = tuple[str, str, str]
Row = Mapping[str, Any]
DAY = datetime(2026, 3, 2)


@dataclass(frozen=True)
class Found:
    """The cluster stage's tables, by name."""

    clusters: dict[str, dict[str, Any]]
    members: dict[str, dict[str, Any]]
    reasons: dict[str, list[dict[str, Any]]]
    figures: dict[str, dict[str, float]]
    lineage: list[dict[str, Any]]
    accounts: dict[str, dict[str, Any]]
    spread: dict[str, float]

    def of(self, account: str) -> dict[str, Any]:
        """The cluster that an account is in."""
        return self.clusters[self.members[account]["cluster_id"]]

    def roles(self) -> dict[str, str]:
        return {account: row["role"] for account, row in self.members.items()}


@cache
def engine() -> duckdb.DuckDBPyConnection:
    """One engine for all, since opening one costs more than what a test asks of it."""
    return duckdb.connect(config={"threads": 2})


def fill(con: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str], rows: Sequence[Row]) -> None:
    """Rows into a table, by column name; what a row does not say is null."""
    if rows:
        con.register("given", pa.table({column: pa.array([row.get(column) for row in rows]) for column in columns}))
        con.execute(f'INSERT INTO "{table}" SELECT * FROM given')
        con.unregister("given")


def found(
    seen: Iterable[Seen],
    *,
    accounts: Sequence[Row] = (),
    activity: Sequence[Row] = (),
    models: Sequence[Row] = (),
    networks: Sequence[Row] = (),
    previous: Mapping[str, str] | None = None,
    config: Config | None = None,
    times: int = 1,
) -> Found:
    """Clusters of sightings, each seen `times` times; `accounts` says more of some accounts, `previous` their clusters in the last snapshot."""
    config, con, seen = config or Config(), engine(), list(dict.fromkeys(seen))
    for name in SNAPSHOT:
        con.execute(create(name))
    once = {"n": times, "first_seen": DAY, "last_seen": DAY + timedelta(days=times - 1), "source_file": "", "source_record": 1}
    fill(con, "sightings", SNAPSHOT["sightings"], [{"account_id": a, "kind": k, "value": v, **once} for a, k, v in seen])
    fill(con, "activity", SNAPSHOT["activity"], activity)
    fill(con, "models", SNAPSHOT["models"], models)
    known = {row["account_id"]: row for row in accounts}
    used: dict[str, dict[str, Any]] = {}
    for row in activity:
        sums = used.setdefault(row["account_id"], {})
        for name in ("requests", "input_tokens", "output_tokens"):
            sums[name] = sums.get(name, 0) + row[name]
    nothing = {"flagged": False, "risk": 0.0, "requests": 0, "input_tokens": 0, "output_tokens": 0}
    everyone = sorted({*known, *used, *(account for account, _, _ in seen)})
    of = [{"account_id": name, **nothing, **used.get(name, {}), **known.get(name, {})} for name in everyone]
    fill(con, "accounts", SNAPSHOT["accounts"], of)
    con.execute("CREATE OR REPLACE TABLE texts_read AS SELECT account_id, requests AS texts FROM accounts WHERE requests > 0")
    con.execute(f"CREATE OR REPLACE TABLE networks_all ({', '.join(f'{c} {t}' for c, t in INPUT['networks'].items())})")
    fill(con, "networks_all", INPUT["networks"], networks)
    find_network_kinds(con)
    build_incidences(con, sightings="sightings", accounts="accounts", config=config)
    weigh_links(con, config=config)
    edges = strong_edges(con, config=config)
    view = WeightedGraph.of(edges.accounts + len(edges.identifiers), edges.aid, edges.accounts + edges.position, edges.weight)
    leiden = detector("leiden", iterations=config.communities.iterations)
    labels = divide(
        view, leiden, resolution=config.communities.resolution, depth=config.communities.depth, seed=config.communities.seed
    )
    assemble(
        con,
        account_label=labels[: edges.accounts],
        identifier_iid=edges.identifiers,
        identifier_label=labels[edges.accounts :],
        config=config,
    )
    assign_ids(con, previous=None if previous is None else members(previous))
    assess(con, config=config)
    write_clusters(con, config=config)
    write_graph(con)
    return Found(
        clusters={row["cluster_id"]: row for row in rows("clusters")},
        members={row["account_id"]: row for row in rows("members")},
        reasons={name: [row for row in rows("reasons") if row["cluster_id"] == name] for name in names("clusters")},
        figures={
            name: {row["name"]: row["value"] for row in rows("figures") if row["cluster_id"] == name}
            for name in names("clusters")
        },
        lineage=rows("lineage"),
        accounts={row["account_id"]: row for row in rows("accounts")},
        spread={row["account_id"]: row["share"] for row in rows("spread")},
    )


def members(of: Mapping[str, str]) -> pa.Table:
    """The members table of a last snapshot: account -> cluster."""
    pairs = sorted(of.items())
    columns = [pa.array([pair[place] for pair in pairs], pa.string()) for place in (0, 1)]
    return pa.table(columns, names=["account_id", "cluster_id"])


def rows(table: str) -> list[dict[str, Any]]:
    """Rows of a table, in the order of its columns."""
    return list(engine().sql(f'SELECT * FROM "{table}" ORDER BY ALL').to_arrow_table().to_pylist())


def names(table: str) -> list[str]:
    return sorted({row["cluster_id"] for row in rows(table)})


def ring(size: int, prefix: str = "a", *, kinds: Sequence[str] = ("payment", "device")) -> list[Seen]:
    """Accounts that share one identifier of each kind."""
    return [(f"{prefix}{place:03d}", kind, f"{prefix}-{kind}") for place in range(size) for kind in kinds]


def crowd(count: int, prefix: str = "crowd") -> list[Row]:
    """Accounts that share nothing."""
    return [{"account_id": f"{prefix}{place:04d}"} for place in range(count)]


def hourly(account: str, hours: Iterable[int], *, requests: int = 1, tokens: int = 100) -> list[Row]:
    """Activity in hours counted from DAY."""
    used = {"requests": requests, "input_tokens": tokens, "output_tokens": tokens}
    return [{"account_id": account, "hour": DAY + timedelta(hours=hour), **used} for hour in hours]


def holes(table: str, optional: Sequence[str] = ()) -> list[str]:
    """What a reader would stumble over in a table: numbers that are none, and nulls in columns that always hold something."""
    return [
        f"{table}.{column} is {value}"
        for row in rows(table)
        for column, value in row.items()
        if (value is None and column not in optional) or (isinstance(value, float) and not math.isfinite(value))
    ]
