"""Sightings of many files merged into one table: sum, min and max, so the order of files does not matter."""

from __future__ import annotations

from collections.abc import Collection

import duckdb

from linkage.sightings.origin import origin, rest_of


def append(con: duckdb.DuckDBPyConnection, *, source: str, target: str) -> None:
    """Append relation `source` to table `target`, both with the columns of the snapshot's `sightings`.

    An account, kind and value has one row: the input may bring values of our own kinds itself, and then those stay.
    """
    con.execute(
        f"""
        INSERT INTO "{target}" SELECT * FROM "{source}" ANTI JOIN (
            SELECT account_id, kind, value FROM "{target}" WHERE kind IN (SELECT DISTINCT kind FROM "{source}")
        ) USING (account_id, kind, value)
        """
    )


def merge(con: duckdb.DuckDBPyConnection, *, source: str, files: str, target: str, apart: Collection[str] = ()) -> None:
    """Append relation `source` (PARTIAL columns plus `ordinal` INTEGER), merged, to table `target`.

    `files` has `ordinal` and `sha256` of every input file. `target` has the columns of the snapshot's `sightings`; its
    source is that of the earliest occurrence, then of the first file and record; an occurrence without a time is last.
    Of kinds `apart` no account and value has two rows, as when all of a kind came of one reading: they go on as they are.
    """
    con.execute(
        f"""
        INSERT INTO "{target}"
        WITH pieces AS (
            SELECT * EXCLUDE (ordinal, record), (ordinal::BIGINT << 40) + record AS place FROM "{source}"
        ),
        merged AS (
            SELECT account_id, kind, value, n, first_seen, last_seen, place FROM pieces WHERE kind IN (SELECT unnest($apart))
            UNION ALL
            SELECT account_id, kind, value, sum(n)::BIGINT, min(first_seen), max(last_seen),
                   {rest_of(f"min({origin('first_seen', 'place')})")}
            FROM pieces WHERE kind NOT IN (SELECT unnest($apart)) GROUP BY account_id, kind, value
        )
        SELECT account_id, kind, value, n, first_seen, last_seen, sha256, place & {2**40 - 1}
        FROM merged JOIN "{files}" AS files ON ordinal = (place >> 40)::INTEGER
        """,
        {"apart": sorted(apart)},
    )
