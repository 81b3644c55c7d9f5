"""Clusters that grew back: new accounts on what a cluster that is gone was held by.

After a ban the accounts are new, so that nobody is shared; cards, addresses and templates often are not. The cluster is
a new one, with an id of its own, and its lineage names the one that it goes on for.
"""

from __future__ import annotations

from typing import Final

import duckdb
import pyarrow as pa

from linkage.clusters.lineage import PART

#: what held clusters that are gone: cluster_id, accounts it had, and its own identifiers
GONE: Final = pa.schema([("cluster_id", pa.string()), ("size", pa.int64()), ("kind", pa.string()), ("value", pa.string())])
#: rows of the lineage that say so, as the last snapshot kept them
TIES: Final = pa.schema([("cluster_id", pa.string()), ("previous_id", pa.string()), ("left", pa.int64())])


def newborn(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Ids of flagged clusters that came of no other; wants `lineage` and `cluster_risk`."""
    query = """
        SELECT DISTINCT cluster_id FROM lineage JOIN cluster_ids USING (cluster_id) JOIN cluster_risk USING (label)
        WHERE event = 'born' AND flagged ORDER BY ALL
        """
    return [str(name) for (name,) in con.execute(query).fetchall()]


def tie_returned(con: duckdb.DuckDBPyConnection, *, gone: pa.Table, ties: pa.Table) -> None:
    """Add to `lineage` an event `returned` for every cluster that was born on the identifiers of one that is gone.

    `gone` has columns GONE, `ties` those of earlier rebuilds (TIES), which go on as long as the cluster does. At least
    `PART` of the weight of its links has to be on identifiers that were the old one's; of several the one with most.
    """
    con.register("gone_arrow", gone)
    con.register("ties_arrow", ties)
    con.execute(
        """
        INSERT INTO lineage
        WITH sizes AS (SELECT label, count(*) AS size FROM cluster_members GROUP BY label),
        kept AS (
            SELECT cluster_id, previous_id, size, t.left FROM ties_arrow AS t JOIN cluster_ids USING (cluster_id) JOIN sizes USING (label)
        ),
        born AS (
            SELECT label, cluster_id, size FROM cluster_ids JOIN sizes USING (label)
            SEMI JOIN (SELECT cluster_id FROM lineage WHERE event = 'born') USING (cluster_id)
            ANTI JOIN kept USING (cluster_id)
        ),
        links AS (
            SELECT b.cluster_id, b.size, kind_of.kind, kind_of.value, sum(l.weight)::BIGINT AS weight
            FROM born AS b JOIN cluster_links AS l ON l.label = b.label JOIN graph_identifiers AS kind_of ON kind_of.iid = l.iid
            GROUP BY ALL
        ),
        whole AS (SELECT cluster_id, sum(weight)::BIGINT AS weight FROM links GROUP BY cluster_id),
        shared AS (
            SELECT links.cluster_id, g.cluster_id AS previous_id, any_value(links.size) AS size, any_value(g.size) AS was,
                   sum(links.weight)::BIGINT AS weight
            FROM links JOIN gone_arrow AS g USING (kind, value) GROUP BY ALL
        )
        SELECT cluster_id, previous_id, 'returned', 0, size, was FROM (
            SELECT shared.* FROM shared JOIN whole USING (cluster_id) WHERE shared.weight >= $part * whole.weight
            QUALIFY row_number() OVER (PARTITION BY cluster_id ORDER BY shared.weight DESC, previous_id) = 1
        )
        UNION ALL SELECT cluster_id, previous_id, 'returned', 0, size, kept.left FROM kept
        """,
        {"part": PART},
    )
    con.unregister("gone_arrow")
    con.unregister("ties_arrow")
