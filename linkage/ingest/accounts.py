"""Of several rows of one account the last counts: a later export corrects an earlier one."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from linkage.engine import first_row
from linkage.ingest.quoting import identifier
from linkage.tables import INPUT


def last_accounts(con: duckdb.DuckDBPyConnection, sources: Sequence[tuple[str, int]], target: str) -> int:
    """Create table `target`: one row for each account of the tables in `sources`, with the columns of `accounts`,
    and the `ordinal` and `record` it was read from.

    `sources` are (table made by `read`, the file's ordinal). The whole last row counts, in the order of ordinals and
    records; cells are not merged. Returns the number of accounts.
    """
    columns = ", ".join(identifier(column) for column in INPUT["accounts"])
    empty = ", ".join(f"CAST(NULL AS {kind}) AS {identifier(column)}" for column, kind in INPUT["accounts"].items())
    parts = [f"SELECT {columns}, {int(ordinal)} AS ordinal, record FROM {identifier(table)}" for table, ordinal in sources]
    rows = " UNION ALL ".join(parts) or f"SELECT {empty}, 0 AS ordinal, 0 AS record WHERE false"
    con.execute(
        f"CREATE OR REPLACE TABLE {identifier(target)} AS SELECT {columns}, ordinal, record FROM ({rows}) "
        "QUALIFY row_number() OVER (PARTITION BY account_id ORDER BY ordinal DESC, record DESC) = 1 ORDER BY account_id"
    )
    return int(first_row(con, f"SELECT count(*) FROM {identifier(target)}")[0])
