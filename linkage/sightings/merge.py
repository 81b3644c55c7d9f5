"""Sightings of many files merged into one table: sum, min and max, so the order of files does not matter."""

from __future__ import annotations

import duckdb

from linkage.sightings.origin import origin, rest_of


def merge(con: duckdb.DuckDBPyConnection, *, source: str, files: str, target: str) -> None:
    """Merge relation `source` (PARTIAL columns plus `ordinal` INTEGER) into table `target`.

    `files` has `ordinal` and `sha256` of every input file. `target` has the columns of the snapshot's `sightings`; its
    source is that of the earliest occurrence, then of the first file and record; an occurrence without a time is last.
    """
    con.execute(
        f"""
        CREATE OR REPLACE TABLE "{target}" AS
        WITH merged AS (
            SELECT account_id, kind, value, sum(n)::BIGINT AS n, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
                   {rest_of(f"min({origin('first_seen', '(ordinal::BIGINT << 40) + record')})")} AS place
            FROM "{source}" GROUP BY account_id, kind, value
        )
        SELECT account_id, kind, value, n, first_seen, last_seen, sha256 AS source_file,
               place & {2**40 - 1} AS source_record
        FROM merged JOIN "{files}" AS files ON ordinal = (place >> 40)::INTEGER
        """
    )
