"""Kinds that nobody configured and whose values are account ids: "paid", "referred by", "sent to"."""

from __future__ import annotations

from typing import Final

import duckdb

from linkage.config import Config

#: a shorter value may be an account's id by chance, as an age is
_SHORTEST: Final = 6
#: distinct values that have to name accounts: as many, and this share of all
_FEWEST, _SHARE = 20, 0.05


def naming_kinds(con: duckdb.DuckDBPyConnection, *, sightings: str, accounts: str, config: Config) -> list[str]:
    """Kinds without settings of their own whose values name accounts, sorted.

    Reads relation `sightings` (kind, value) and `accounts` (account_id). A kind that the configuration knows is what it says.
    """
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE unknown_values AS
        SELECT DISTINCT kind, value FROM "{sightings}" WHERE kind NOT IN (SELECT unnest($known)) AND length(value) >= $shortest
        """,
        {"known": sorted(config.kinds), "shortest": _SHORTEST},
    )
    rows = con.execute(
        f"""
        SELECT kind FROM unknown_values LEFT JOIN "{accounts}" AS a ON a.account_id = value GROUP BY kind
        HAVING count(a.account_id) >= greatest($fewest, $share * count(*)) ORDER BY kind
        """,
        {"fewest": _FEWEST, "share": _SHARE},
    ).fetchall()
    con.execute("DROP TABLE unknown_values")
    return [str(kind) for (kind,) in rows]
