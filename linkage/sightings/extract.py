"""One accepted input table to sightings: an account seen with an identifier, counted.

The form is additive: tables made from different files merge by sum, min and max (`merge`).
"""

from __future__ import annotations

import duckdb

from linkage.sightings.network import add_networks
from linkage.sightings.origin import origin, rest_of
from linkage.sightings.registry import SIGNALS

PARTIAL = "account_id VARCHAR, kind VARCHAR, value VARCHAR, n BIGINT, first_seen TIMESTAMP, last_seen TIMESTAMP, record BIGINT"


def extract(con: duckdb.DuckDBPyConnection, *, table: str, source: str, target: str) -> None:
    """Append to `target` (PARTIAL columns) what relation `source`, rows of input table `table`, says.

    `record` is the record number (below 2^60) of the earliest occurrence, the smallest of equals; one without a time is last.
    `target` is empty before a table of requests: networks come from its addresses.
    """
    for signal in SIGNALS:
        if signal.table == table:
            con.execute(
                f"""
                INSERT INTO "{target}"
                SELECT account_id, '{signal.kind}', {signal.value} AS value, count(*), min({signal.time}), max({signal.time}),
                       {rest_of(f"min({origin(signal.time, 'record')})")}
                FROM "{source}" WHERE {signal.value} IS NOT NULL
                GROUP BY ALL
                """
            )
    if table == "sightings":
        con.execute(
            f"""
            INSERT INTO "{target}"
            SELECT account_id, kind, value, count(*), min(seen_at), max(seen_at),
                   {rest_of(f"min({origin('seen_at', 'record')})")}
            FROM "{source}" GROUP BY ALL
            """
        )
    if table == "requests":
        add_networks(con, target)


def extract_usage(con: duckdb.DuckDBPyConnection, *, source: str, activity: str, models: str) -> None:
    """Append requests by account and hour to `activity`, and by account and model to `models`."""
    con.execute(
        f"""
        INSERT INTO "{activity}"
        SELECT account_id, date_trunc('hour', ts), count(*), coalesce(sum(input_tokens), 0)::BIGINT,
               coalesce(sum(output_tokens), 0)::BIGINT
        FROM "{source}" GROUP BY ALL
        """
    )
    con.execute(
        f"""
        INSERT INTO "{models}"
        SELECT account_id, model, min(ts), max(ts), count(*), coalesce(sum(output_tokens), 0)::BIGINT
        FROM "{source}" WHERE model IS NOT NULL GROUP BY ALL
        """
    )
