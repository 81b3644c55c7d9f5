"""The account-identifier incidences that may link, in integers.

sightings --> graph_identifiers (iid, kind, value, m, ...)   identifiers on two or more accounts
          --> graph_accounts    (aid, account_id, requests)
          --> graph_incidences  (aid, iid, n, once, sole, odd)

What an account in regular use was seen with a single time links nobody: one visit from a stranger's address is no habit.
Text is another matter, since paraphrased prompts repeat seldom: it links, and `once` says when it was sent. `sole` is the moment
of any link that rests on a single sighting, of accounts that send requests; the rule of cores asks for more than one of those, and
for more still of accounts in such scarce use that nothing they do is a habit. `odd` is what an account was seen with once after
another value of that kind, and no other value so: a second card that paid once. It may be forged, so nothing rests on it alone.
"""

from __future__ import annotations

import ipaddress
from typing import Final

import duckdb
import pyarrow as pa

from linkage.config import Config

_ADDRESS_KINDS: Final = ("ip", "network")


def build_incidences(con: duckdb.DuckDBPyConnection, *, sightings: str, accounts: str, config: Config) -> None:
    """Number accounts and identifiers and write the three tables above.

    Numbers follow the order of names, so they do not depend on the order of rows. An identifier that may not link
    stays in `graph_identifiers` with the reason in `barred`. `sightings` has one row for an account, kind and value.
    """
    _register_kinds(con, sightings, config)
    con.execute(
        f"""
        CREATE OR REPLACE TABLE graph_accounts AS
        SELECT (row_number() OVER (ORDER BY account_id) - 1)::INTEGER AS aid, account_id, coalesce(requests, 0) AS requests
        FROM "{accounts}"
        """
    )
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE graph_holdings AS
        SELECT aid, kind_id, value, n, first_seen, last_seen
        FROM "{sightings}" JOIN graph_kinds USING (kind) JOIN graph_accounts USING (account_id)
        """
    )
    con.execute(
        """
        INSERT INTO graph_holdings
        SELECT DISTINCT named.aid, kind_id, value, 0, NULL::TIMESTAMP, NULL::TIMESTAMP
        FROM graph_holdings JOIN graph_kinds USING (kind_id) JOIN graph_accounts AS named ON named.account_id = value
        ANTI JOIN graph_holdings AS held ON held.aid = named.aid AND held.kind_id = graph_kinds.kind_id AND held.value = named.account_id
        WHERE names_account
        """
    )
    con.execute(
        """
        CREATE OR REPLACE TABLE graph_identifiers AS
        WITH counted AS (
            SELECT kind_id, value, count(*) AS m, min(first_seen) AS first_seen, max(last_seen) AS last_seen
            FROM graph_holdings GROUP BY kind_id, value HAVING count(*) >= 2
        )
        SELECT (row_number() OVER (ORDER BY graph_kinds.kind, value) - 1)::INTEGER AS iid, kind_id, graph_kinds.kind, value, family_id,
               weight, alone, m, first_seen, last_seen,
               -- a stable order among equals, so that accounts that share identifiers choose the same ones
               md5_number_lower(graph_kinds.kind || chr(31) || value) AS tie,
               CASE WHEN NOT links THEN 'kind' WHEN cap > 0 AND m > cap THEN 'cap' ELSE '' END AS barred
        FROM counted JOIN graph_kinds USING (kind_id)
        """
    )
    _bar_allowed(con, config)
    con.execute(
        """
        CREATE OR REPLACE TABLE graph_incidences AS
        WITH habits AS (
            SELECT aid, kind_id, min(first_seen) AS begun, max(n) AS most
            FROM graph_holdings JOIN graph_kinds USING (kind_id) WHERE NOT of_text GROUP BY aid, kind_id
        ),
        held AS (
            SELECT aid, iid, kind_id, of_text, n, h.first_seen, requests >= 1 AS sends,
                   requests >= 2 AND (of_text OR (requests >= $habit AND most >= $habit)) AS habit,
                   n = 1 AND requests >= 1 AND h.first_seen > begun AS later
            FROM graph_holdings AS h JOIN graph_identifiers AS i USING (kind_id, value) JOIN graph_kinds USING (kind_id)
            JOIN graph_accounts USING (aid) LEFT JOIN habits USING (aid, kind_id)
            WHERE i.barred = ''
        )
        SELECT aid, iid, n, CASE WHEN n = 1 AND habit THEN first_seen END AS once,
               -- one that bears no time cannot be told from another that bears none
               CASE WHEN n = 1 AND sends THEN coalesce(first_seen, 'epoch'::TIMESTAMP) END AS sole,
               -- two such moments are a way of doing things
               coalesce(later AND min(first_seen) FILTER (WHERE later) OVER of_kind = max(first_seen) FILTER (WHERE later) OVER of_kind,
                        false) AS odd
        FROM held
        WHERE of_text OR NOT (n = 1 AND habit)
        WINDOW of_kind AS (PARTITION BY aid, kind_id)
        """,
        {"habit": config.graph.habit},
    )
    con.execute("DROP TABLE graph_holdings")


def _register_kinds(con: duckdb.DuckDBPyConnection, sightings: str, config: Config) -> None:
    names = [row[0] for row in con.execute(f'SELECT DISTINCT kind FROM "{sightings}" ORDER BY kind').fetchall()]
    kinds = [config.kind(name) for name in names]
    families = sorted({kind.family for kind in kinds})
    table = pa.table(
        {
            "kind_id": pa.array(range(len(names)), pa.int32()),
            "kind": pa.array(names, pa.string()),
            "family": pa.array([kind.family for kind in kinds], pa.string()),
            "family_id": pa.array([families.index(kind.family) for kind in kinds], pa.int32()),
            "weight": pa.array([kind.weight for kind in kinds], pa.float64()),
            "alone": pa.array([kind.alone for kind in kinds], pa.float64()),
            "cap": pa.array([kind.cap for kind in kinds], pa.int64()),
            "links": pa.array([kind.links for kind in kinds], pa.bool_()),
            "of_text": pa.array([kind.family == "content" for kind in kinds], pa.bool_()),
            "names_account": pa.array([kind.names_account for kind in kinds], pa.bool_()),
        }
    )
    con.register("kinds_arrow", table)
    con.execute("CREATE OR REPLACE TABLE graph_kinds AS SELECT * FROM kinds_arrow")
    con.unregister("kinds_arrow")


def _bar_allowed(con: duckdb.DuckDBPyConnection, config: Config) -> None:
    """Mark the identifiers on the configured allow-list; address kinds also match by range."""
    for kind, entries in sorted(config.allow.identifiers.items()):
        allowed = set(entries)
        if kind in _ADDRESS_KINDS:
            ranges = [ipaddress.ip_network(entry, strict=False) for entry in entries]
            rows = con.execute("SELECT value FROM graph_identifiers WHERE kind = ?", [kind]).fetchall()
            allowed |= {value for (value,) in rows if _within(value, ranges)}
        con.register("allowed_arrow", pa.table({"value": pa.array(sorted(allowed), pa.string())}))
        con.execute(
            "UPDATE graph_identifiers SET barred = 'allowed' WHERE kind = ? AND value IN (SELECT value FROM allowed_arrow)",
            [kind],
        )
        con.unregister("allowed_arrow")


def _within(value: str, ranges: list[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    # subnet_of demands one version on both sides
    return any(network.version == r.version and network.subnet_of(r) for r in ranges)  # type: ignore[arg-type]
