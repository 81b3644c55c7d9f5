"""Whom a cluster's figures are about, and what they say of themselves that speaks for them.

cluster_members, accounts, sightings --> people (label, aid, account_id, families, ..., org_id, org, free)
"""

from __future__ import annotations

from importlib.resources import files

import duckdb
import pyarrow as pa

from linkage.config import Config


def find_people(con: duckdb.DuckDBPyConnection, *, config: Config) -> None:
    """Write `people`: the members that a cluster's figures are about, a row each.

    `org_id` is what an account declares, `org` the same where it speaks for the account. A gateway's does not, a reseller's: one whose
    other accounts, beside the cluster's, mostly serve end users and have mail domains of many houses. It speaks for those who serve
    end users, and for nobody else behind it. `free` says that the mail domain is a public one. Leaves `freemail` (domain) and `declaring`.
    """
    domains = [
        line
        for line in (files("linkage.clusters") / "data" / "freemail.txt").read_text(encoding="utf-8").split()
        if not line.startswith("#")
    ]
    con.register("freemail_arrow", pa.table({"domain": pa.array(sorted(set(domains)), pa.string())}))
    con.execute("CREATE OR REPLACE TEMP TABLE freemail AS SELECT * FROM freemail_arrow")
    con.unregister("freemail_arrow")
    con.execute(
        """
        CREATE OR REPLACE TABLE people AS
        WITH enough AS (SELECT label, count(*) FILTER (WHERE told) >= 3 AS cored FROM cluster_members GROUP BY label)
        SELECT m.label, aid, m.account_id, core, families, created_at, email_domain, org_id, org_id AS org, status,
               accounts.label AS decided, first_seen, last_seen, requests, output_tokens, f.domain IS NOT NULL AS free
        FROM cluster_members AS m JOIN enough USING (label) JOIN accounts ON accounts.account_id = m.account_id
        LEFT JOIN freemail AS f ON f.domain = email_domain
        WHERE told OR NOT cored
        """
    )
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE declaring AS
        WITH serving AS (SELECT account_id FROM sightings WHERE kind = 'end_user' GROUP BY account_id HAVING count(*) >= 2)
        SELECT org_id, account_id, s.account_id IS NOT NULL AS serves,
               CASE WHEN s.account_id IS NOT NULL AND f.domain IS NULL THEN email_domain END AS house
        FROM accounts LEFT JOIN serving AS s USING (account_id) LEFT JOIN freemail AS f ON f.domain = email_domain
        WHERE org_id IS NOT NULL
        """
    )
    con.execute(
        """
        UPDATE people SET org = NULL FROM (
            WITH houses AS (SELECT org_id, count(DISTINCT house) AS n FROM declaring GROUP BY org_id HAVING n >= $houses)
            SELECT p.label, d.org_id
            FROM (SELECT DISTINCT label, org_id FROM people SEMI JOIN houses USING (org_id)) AS p JOIN declaring AS d USING (org_id)
            LEFT JOIN people AS inside ON inside.label = p.label AND inside.account_id = d.account_id
            WHERE inside.account_id IS NULL
            GROUP BY ALL HAVING count(DISTINCT d.house) >= $houses AND count(*) FILTER (WHERE d.serves) >= $share * count(*)
        ) AS gateways
        WHERE gateways.label = people.label AND gateways.org_id = people.org_id
          AND people.account_id NOT IN (SELECT account_id FROM declaring WHERE serves)
        """,
        {"houses": config.risk.gateway_houses, "share": config.risk.gateway_share},
    )
