"""Communities to clusters: who is in, and whether at the core or loosely.

graph_edges + communities --> cluster_links   (aid, iid, label, weight, ...)  links inside a community
                          --> cluster_members (label, aid, account_id, core, attachment, inside, families)
"""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from linkage.config import Config

Ints = NDArray[np.int64]


def assemble(
    con: duckdb.DuckDBPyConnection, *, account_label: Ints, identifier_iid: Ints, identifier_label: Ints, config: Config
) -> None:
    """Write the two tables above for every community of at least the configured number of accounts.

    `account_label[aid]` and `identifier_label[i]` (of identifier `identifier_iid[i]`) are community labels. A member is
    core when links of two evidence families hold it inside, and most of its weight stays inside; else an associate.
    """
    clusters = config.clusters
    con.register("labelled_accounts", pa.table({"aid": np.arange(len(account_label)), "label": account_label}))
    con.register("labelled_identifiers", pa.table({"iid": identifier_iid, "label": identifier_label}))
    con.execute(
        """
        CREATE OR REPLACE TABLE cluster_links AS
        SELECT e.aid, e.iid, a.label, e.weight, e.corroboration, e.families, i.kind, i.family_id
        FROM graph_edges AS e
        JOIN labelled_accounts AS a USING (aid)
        JOIN labelled_identifiers AS l ON l.iid = e.iid AND l.label = a.label
        JOIN graph_identifiers AS i ON i.iid = e.iid
        """
    )
    con.execute(
        """
        CREATE OR REPLACE TABLE cluster_members AS
        WITH totals AS (SELECT aid, sum(weight)::BIGINT AS total FROM graph_edges GROUP BY aid),
        strongest AS (
            SELECT label, aid, family_id, max(weight) AS best, max(families) FILTER (WHERE weight >= $least) AS others
            FROM cluster_links GROUP BY ALL
        ),
        inside AS (
            -- a link that other families corroborate is held by them as well, even where theirs are too many to weigh
            SELECT label, aid, sum(best)::BIGINT AS held,
                   greatest(count(*) FILTER (WHERE best >= $least), 1 + coalesce(max(others), -1)) AS families
            FROM strongest GROUP BY ALL
        ),
        weights AS (SELECT label, aid, sum(weight)::BIGINT AS inside FROM cluster_links GROUP BY ALL)
        SELECT label, aid, account_id, inside, held, families, inside / total AS attachment,
               families >= 2 AND held >= $held AND inside / total >= $attachment AS core
        FROM inside JOIN weights USING (label, aid) JOIN totals USING (aid) JOIN graph_accounts USING (aid)
        QUALIFY count(*) OVER (PARTITION BY label) >= $size
        """,
        {
            "least": round(clusters.core_link * 1e6),
            "held": round(clusters.core_weight * 1e6),
            "attachment": clusters.core_attachment,
            "size": clusters.minimum_size,
        },
    )
    con.unregister("labelled_accounts")
    con.unregister("labelled_identifiers")
