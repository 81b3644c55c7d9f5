"""Sightings of many files merged into one table: sum, min and max, so the order of files does not matter."""

from __future__ import annotations

import duckdb


def merge(con: duckdb.DuckDBPyConnection, *, source: str, files: str, target: str) -> None:
    """Merge relation `source` (PARTIAL columns plus `ordinal` INTEGER) into table `target`.

    `files` has `ordinal` and `sha256` of every input file. `target` has the columns of the snapshot's `sightings`; its
    source is that of the earliest occurrence, then of the first file and record. The three are packed into one
    integer, since a minimum over a 128-bit number costs a third of one over a struct.
    """
    con.execute(
        f"""
        CREATE OR REPLACE TABLE "{target}" AS
        WITH merged AS (
            SELECT account_id, kind, value, sum(n)::BIGINT AS n, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
                   min((greatest(coalesce(epoch_us(first_seen), 0), 0)::HUGEINT << 60)
                       + (ordinal::HUGEINT << 40) + record) AS origin
            FROM "{source}" GROUP BY account_id, kind, value
        )
        SELECT account_id, kind, value, n, first_seen, last_seen, sha256 AS source_file,
               (origin & ((1::HUGEINT << 40) - 1))::BIGINT AS source_record
        FROM merged JOIN "{files}" AS files ON ordinal = ((origin >> 40) & ((1::HUGEINT << 20) - 1))::INTEGER
        """
    )
