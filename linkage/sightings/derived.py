"""Identifiers that other sightings make together: where and when, rather than what.

sightings, network_kinds --> sightings    kinds `asn`, `address_day`, `bin_window`, `first_use`
"""

from __future__ import annotations

from typing import Final

import duckdb

from linkage.sightings import address_day, asn, bin_window, first_use
from linkage.sightings.derivation import Derivation
from linkage.sightings.merge import append

DERIVATIONS: Final[tuple[Derivation, ...]] = (
    asn.DERIVATION,
    address_day.DERIVATION,
    bin_window.DERIVATION,
    first_use.DERIVATION,
)


def derive(con: duckdb.DuckDBPyConnection, *, sightings: str) -> None:
    """Append to `sightings` what its rows make together, where two accounts or more share it.

    `network_kinds` (value, asn, hosted) tells what is known of networks. Source and times are those of the earliest row
    that an identifier was made from; one account's alone links nobody, and would only make the table longer.
    """
    for derivation in DERIVATIONS:
        con.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE derived_rows AS
            WITH made AS MATERIALIZED ({derivation.rows.replace("SIGHTINGS", f'"{sightings}"')})
            SELECT account_id, '{derivation.kind}' AS kind, value, n, first_seen, last_seen, source_file, source_record
            FROM made SEMI JOIN (SELECT value FROM made GROUP BY value HAVING count(*) >= 2) USING (value)
            """
        )
        append(con, source="derived_rows", target=sightings)
    con.execute("DROP TABLE derived_rows")
