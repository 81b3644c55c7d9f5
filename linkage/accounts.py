"""The accounts of a rebuild: what the last row of each says, and everyone whom any other table names."""

from __future__ import annotations

import duckdb

from linkage import sightings
from linkage.ingest import last_accounts
from linkage.partials import Partial, columns_of, columns_of_input, union


def merge_accounts(con: duckdb.DuckDBPyConnection, parts: list[Partial]) -> None:
    """Write `accounts_last`, `account_sightings`, `labels_last` and `networks_all` from the partials' rows."""
    own = {table: [part for part in parts if part.table == table] for table in ("accounts", "labels", "networks")}
    con.execute(f"CREATE TEMP VIEW accounts_all AS {union(own['accounts'], 'rows', columns_of_input('accounts'))}")
    last_accounts(con, "accounts_all", "accounts_last")
    con.execute(f"CREATE OR REPLACE TABLE account_partial ({sightings.PARTIAL})")
    sightings.extract(con, table="accounts", source="accounts_last", target="account_partial")
    con.execute(
        """
        CREATE OR REPLACE TABLE account_sightings AS
        SELECT p.*, ordinal FROM account_partial AS p JOIN accounts_last USING (account_id)
        """
    )
    con.execute("DROP TABLE account_partial")
    con.execute(
        f"""
        CREATE OR REPLACE TABLE labels_last AS
        -- the latest decision; of several at one time, or without one, fraud: no order of rows or files tells them apart
        SELECT account_id, arg_max(label, (coalesce(decided_at, TIMESTAMP '-infinity'), label)) AS label
        FROM ({union(own["labels"], "rows", columns_of_input("labels"))}) WHERE label IN ('confirmed_fraud', 'confirmed_benign')
        GROUP BY account_id
        """
    )
    con.execute(
        f"""
        CREATE OR REPLACE TABLE networks_all AS
        SELECT DISTINCT cidr, asn, kind, country FROM ({union(own["networks"], "rows", columns_of_input("networks"))})
        """
    )


def fill_accounts(con: duckdb.DuckDBPyConnection, parts: list[Partial]) -> None:
    """Fill the snapshot's `accounts`, `activity` and `models`; cluster columns stay null until clusters are known."""
    con.execute(
        f"""
        INSERT INTO activity
        SELECT account_id, hour, sum(requests)::BIGINT, sum(input_tokens)::BIGINT, sum(output_tokens)::BIGINT
        FROM ({union(parts, "activity", columns_of("activity"))}) GROUP BY account_id, hour
        """
    )
    con.execute(
        f"""
        INSERT INTO models
        SELECT account_id, model, min(first_seen), max(last_seen), sum(requests)::BIGINT, sum(output_tokens)::BIGINT
        FROM ({union(parts, "models", columns_of("models"))}) GROUP BY account_id, model
        """
    )
    con.execute(
        """
        INSERT INTO accounts
        WITH usage AS (
            SELECT account_id, sum(requests)::BIGINT AS requests, sum(input_tokens)::BIGINT AS input_tokens,
                   sum(output_tokens)::BIGINT AS output_tokens, min(hour) AS first_hour, max(hour) AS last_hour
            FROM activity GROUP BY account_id
        ),
        seen AS (
            SELECT account_id, min(first_seen) AS first_seen, max(last_seen) AS last_seen
            FROM sightings WHERE kind NOT IN ('email_domain', 'org', 'country', 'signup_day') GROUP BY account_id
        ),
        everyone AS (
            SELECT account_id FROM accounts_last UNION SELECT account_id FROM seen
            UNION SELECT account_id FROM labels_last UNION SELECT account_id FROM usage
        )
        SELECT account_id, created_at, email_domain, country, org_id, plan, status, label,
               -- an hour is told of only where requests begin before or go on after all that was seen
               CASE WHEN date_trunc('hour', seen.first_seen) <= first_hour THEN seen.first_seen
                    ELSE coalesce(first_hour, seen.first_seen) END,
               CASE WHEN seen.last_seen >= last_hour THEN seen.last_seen ELSE coalesce(last_hour, seen.last_seen) END,
               coalesce(requests, 0), coalesce(input_tokens, 0), coalesce(output_tokens, 0), NULL, NULL, 0, false
        FROM everyone LEFT JOIN accounts_last USING (account_id) LEFT JOIN labels_last USING (account_id)
        LEFT JOIN usage USING (account_id) LEFT JOIN seen USING (account_id)
        """
    )
