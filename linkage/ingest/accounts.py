"""Of several rows of one account the last counts: a later export corrects an earlier one."""

from __future__ import annotations

import duckdb

from linkage.ingest.quoting import identifier
from linkage.tables import INPUT


def last_accounts(con: duckdb.DuckDBPyConnection, source: str, target: str) -> None:
    """Create table `target`: the last row of each account in relation `source`.

    Both have the columns of `accounts` with the `ordinal` of the file and the `record` that a row was read from; rows
    follow each other in the order of these. The whole last row counts; cells are not merged.
    """
    columns = ", ".join(identifier(column) for column in INPUT["accounts"])
    con.execute(
        f"CREATE OR REPLACE TABLE {identifier(target)} AS SELECT {columns}, ordinal, record FROM {identifier(source)} "
        "QUALIFY row_number() OVER (PARTITION BY account_id ORDER BY ordinal DESC, record DESC) = 1 ORDER BY account_id"
    )
