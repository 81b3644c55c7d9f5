"""Small graphs from sightings told in a line each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa

from linkage.config import Config, Kind
from linkage.graph import Edges, build_incidences, strong_edges, weigh_links, write_graph
from linkage.tables import create

#: account, kind, value
Seen = tuple[str, str, str]
DAY = datetime(2026, 3, 1)


@dataclass(frozen=True)
class Graph:
    """What the graph stage makes of sightings, by name."""

    #: (account, kind, value) -> weight 0..1
    weights: dict[Seen, float]
    #: the same without what an account was seen with once and unlike before
    steady: dict[Seen, float]
    #: (account, kind, value) -> corroboration 0..1
    corroboration: dict[Seen, float]
    #: (account, kind, value) -> how many other families corroborate it
    families: dict[Seen, int]
    #: (kind, value) -> row of the snapshot's identifiers
    identifiers: dict[tuple[str, str], dict[str, Any]]
    #: rows of the snapshot's edges: (account, kind, value) -> weight in millionths
    edges: dict[Seen, int]
    #: the same as arrays
    arrays: Edges

    def note(self, kind: str, value: str) -> str:
        """What is said of an identifier."""
        return str(self.identifiers[kind, value]["note"])

    def mean(self, kind: str, value: str) -> float:
        """Mean weight of an identifier's links."""
        found = [weight for (_, *identifier), weight in self.weights.items() if identifier == [kind, value]]
        return sum(found) / max(len(found), 1)


@cache
def engine() -> duckdb.DuckDBPyConnection:
    """One engine for all, since opening one costs more than what a test asks of it."""
    return duckdb.connect(config={"threads": 2})


def graph(
    seen: Iterable[Seen],
    *,
    accounts: Sequence[str] = (),
    config: Config | None = None,
    threads: int = 2,
    requests: int = 0,
    days: Mapping[Seen, int] | None = None,
) -> Graph:
    """The weighted graph of sightings, each as often as it is given, all of one day but those that are of a day after it (`days`).

    `accounts` exist besides those that were seen; every account sends so many requests.
    """
    config, con, seen = config or Config(), engine(), list(seen)
    con.execute("SET threads = ?", [threads])
    for name in ("sightings", "accounts", "edges", "identifiers"):
        con.execute(create(name))
    columns = [pa.array(column, pa.string()) for column in (zip(*seen, strict=True) if seen else ((), (), ()))]
    con.register("seen", pa.table(columns, names=["account_id", "kind", "value"]))
    con.register("existing", pa.table({"account_id": pa.array(accounts, pa.string())}))
    con.execute(
        "INSERT INTO sightings SELECT account_id, kind, value, count(*), ?, ?, '', 1 FROM seen GROUP BY ALL", [DAY, DAY]
    )
    for one, day in (days or {}).items():
        at = DAY + timedelta(days=day)
        con.execute(
            "UPDATE sightings SET first_seen = ?, last_seen = ? WHERE (account_id, kind, value) = (?, ?, ?)", [at, at, *one]
        )
    con.execute(
        "INSERT INTO accounts (account_id, requests) SELECT *, ? FROM (SELECT account_id FROM sightings UNION FROM existing ORDER BY 1)",
        [requests],
    )
    build_incidences(con, sightings="sightings", accounts="accounts", config=config)
    weigh_links(con, config=config)
    arrays = strong_edges(con, config=config)
    write_graph(con)
    links = con.execute(
        """
        SELECT account_id, kind, value, l.weight, corroboration, families, steady
        FROM graph_links AS l JOIN graph_accounts USING (aid) JOIN graph_identifiers USING (iid) ORDER BY ALL
        """
    ).fetchall()
    names = con.sql("SELECT * FROM identifiers ORDER BY kind, value").to_arrow_table().to_pylist()
    return Graph(
        weights={row[:3]: row[3] / 1e6 for row in links},
        corroboration={row[:3]: row[4] / 1e6 for row in links},
        families={row[:3]: row[5] for row in links},
        steady={row[:3]: row[6] / 1e6 for row in links},
        identifiers={(row["kind"], row["value"]): row for row in names},
        edges={row[:3]: row[3] for row in con.execute("SELECT * FROM edges ORDER BY ALL").fetchall()},
        arrays=arrays,
    )


def kinds(**changes: Kind) -> Config:
    """The default configuration with some kinds replaced or added."""
    config = Config()
    return config.model_copy(update={"kinds": config.kinds | changes})


def allowing(**identifiers: list[str]) -> Config:
    """The default configuration with an allow-list."""
    return Config.model_validate({"allow": {"identifiers": identifiers}})


def names(count: int, prefix: str = "a") -> list[str]:
    """So many account ids, in the order of their numbers."""
    return [f"{prefix}{number:05d}" for number in range(count)]


def groups(accounts: Sequence[str], size: int, kind: str) -> list[Seen]:
    """Accounts in turn, `size` to a value of `kind`."""
    return [(account, kind, f"{kind}-{place // size}") for place, account in enumerate(accounts)]


def each(accounts: Sequence[str], kind: str, value: str) -> list[Seen]:
    """Every account on one identifier."""
    return [(account, kind, value) for account in accounts]
