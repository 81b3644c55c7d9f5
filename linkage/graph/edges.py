"""Links to the weighted graph, and to the tables that a snapshot keeps of it."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from linkage.config import Config
from linkage.engine import first_row

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Edges:
    """The links that weigh enough: arrays of equal length, sorted by (aid, iid); weight in millionths.

    `family` numbers the identifier's evidence family in the order of their names; `corroborated` says that another one speaks for the link.

    Nodes are the accounts `0..accounts-1` followed by the identifiers, `accounts + position` in `identifiers`.
    """

    accounts: int
    identifiers: Ints
    aid: Ints
    position: Ints
    weight: Ints
    family: Ints
    corroborated: NDArray[np.bool_]


def strong_edges(con: duckdb.DuckDBPyConnection, *, config: Config) -> Edges:
    """The links of at least the configured weight whose identifier still joins two accounts by them."""
    con.execute(
        """
        CREATE OR REPLACE TABLE graph_edges AS
        SELECT aid, iid, weight, steady, corroboration, families FROM graph_links WHERE weight >= $least
        QUALIFY count(*) OVER (PARTITION BY iid) >= 2
        """,
        {"least": round(config.graph.minimum_weight * 1_000_000)},
    )
    found = con.execute(
        """
        SELECT aid, iid, e.weight, family_id, families > 0 AS corroborated
        FROM graph_edges AS e JOIN graph_identifiers USING (iid) ORDER BY aid, iid
        """
    ).fetchnumpy()
    identifiers, position = np.unique(np.asarray(found["iid"], np.int64), return_inverse=True)
    return Edges(
        accounts=int(first_row(con, "SELECT count(*) FROM graph_accounts")[0]),
        identifiers=identifiers,
        aid=np.asarray(found["aid"], np.int64),
        position=np.asarray(position, np.int64),
        weight=np.asarray(found["weight"], np.int64),
        family=np.asarray(found["family_id"], np.int64),
        corroborated=np.asarray(found["corroborated"], np.bool_),
    )


def write_graph(con: duckdb.DuckDBPyConnection) -> None:
    """Fill the snapshot's `edges` and `identifiers` from the graph's own tables."""
    con.execute(
        """
        INSERT INTO edges
        SELECT account_id, kind, value, e.weight, e.steady
        FROM graph_edges AS e JOIN graph_accounts USING (aid) JOIN graph_identifiers USING (iid)
        """
    )
    con.execute(
        """
        INSERT INTO identifiers
        WITH strengths AS (
            SELECT iid, sum(weight)::BIGINT / 1e6 AS weight, sum(corroboration)::BIGINT / 1e6 AS corroboration,
                   count(*) FILTER (WHERE families > 0) AS witnessed
            FROM graph_links GROUP BY iid
        ),
        joined AS (
            SELECT kind, value, family, m, first_seen, last_seen, barred, witnessed,
                   1 / sqrt(m - 1) AS rarity,
                   coalesce(s.corroboration / m, 0) AS corroboration,
                   coalesce(s.weight / m, 0) AS strength,
                   iid IN (SELECT iid FROM graph_edges) AS links
            FROM graph_identifiers LEFT JOIN strengths AS s USING (iid) JOIN graph_kinds USING (kind_id, kind)
        )
        SELECT kind, value, family, m, first_seen, last_seen, rarity, corroboration, strength, links,
            CASE
                WHEN barred = 'allowed' THEN 'on the configured allow-list: links nobody'
                WHEN barred = 'kind' THEN 'a fact about accounts: this kind links nobody'
                WHEN barred = 'cap' THEN format('seen on {:,} accounts, above the cap of its kind: links nobody', m)
                WHEN NOT links AND coalesce(witnessed, 0) = 0 THEN format('seen on {:,} accounts that share nothing else', m)
                WHEN NOT links THEN format('seen on {:,} accounts, of which only {:,} share anything else with others on it',
                                           m, witnessed)
                WHEN coalesce(witnessed, 0) = 0 THEN format('rare: seen on {:,} accounts only; nothing else ties them', m)
                ELSE format('seen on {:,} accounts, of which {:,} share other kinds of identifiers with others on it', m, witnessed)
            END
        FROM joined
        """
    )
