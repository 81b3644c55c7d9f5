"""Communities to clusters: who is in, and whether at the core or loosely.

graph_edges + communities --> cluster_links   (aid, iid, label, weight, ...)  links inside a community
                          --> cluster_members (label, aid, account_id, core, told, attachment, inside, families)
"""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from linkage.clusters.core import SCARCE, find_core
from linkage.config import Config

Ints = NDArray[np.int64]


def assemble(
    con: duckdb.DuckDBPyConnection, *, account_label: Ints, identifier_iid: Ints, identifier_label: Ints, config: Config
) -> None:
    """Write the two tables above for every community of at least the configured number of accounts.

    `account_label[aid]` and `identifier_label[i]` (of identifier `identifier_iid[i]`) are community labels; `find_core`
    says who is core.
    """
    con.register("labelled_accounts", pa.table({"aid": np.arange(len(account_label)), "label": account_label}))
    con.register("labelled_identifiers", pa.table({"iid": identifier_iid, "label": identifier_label}))
    con.execute(
        """
        CREATE OR REPLACE TABLE cluster_links AS
        SELECT e.aid, e.iid, a.label, e.weight, e.steady, e.corroboration, e.families, i.kind, i.family_id, n.once, n.sole
        FROM graph_edges AS e
        JOIN graph_incidences AS n ON n.aid = e.aid AND n.iid = e.iid
        JOIN labelled_accounts AS a ON a.aid = e.aid
        JOIN labelled_identifiers AS l ON l.iid = e.iid AND l.label = a.label
        JOIN graph_identifiers AS i ON i.iid = e.iid
        """
    )
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE link_totals AS
        SELECT aid, sum(weight)::BIGINT AS total, any_value({SCARCE}) AS scarce
        FROM graph_edges JOIN graph_accounts USING (aid) GROUP BY aid
        """,
        {"habit": config.graph.habit},
    )
    find_core(con, links="cluster_links", totals="link_totals", target="core_members", clusters=config.clusters)
    con.execute(
        """
        CREATE OR REPLACE TABLE cluster_members AS
        SELECT label, aid, account_id, inside, held, families, attachment, told, core
        FROM core_members JOIN graph_accounts USING (aid)
        """
    )
    con.execute("DROP TABLE core_members; DROP TABLE link_totals")
    con.unregister("labelled_accounts")
    con.unregister("labelled_identifiers")
