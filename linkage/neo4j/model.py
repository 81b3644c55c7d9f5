"""What of a snapshot is pushed: one Load a node or relationship, in the order of the push.

Pushed are the accounts in clusters, the neighbours of flagged clusters (accounts in no cluster that share an identifier of
STRONG strength or more with a flagged member), every identifier that links one of them, and every cluster. Times stay
as they are in a snapshot: UTC without a zone. No prompt text is in any of these tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: Strength (0..1) from which an identifier draws accounts without a cluster into the graph.
STRONG: Final = 0.5

CONSTRAINTS: Final = (
    "CREATE CONSTRAINT linkage_account IF NOT EXISTS FOR (n:Account) REQUIRE n.id IS UNIQUE",
    "CREATE CONSTRAINT linkage_identifier IF NOT EXISTS FOR (n:Identifier) REQUIRE (n.kind, n.value) IS UNIQUE",
    "CREATE CONSTRAINT linkage_cluster IF NOT EXISTS FOR (n:Cluster) REQUIRE n.id IS UNIQUE",
    "CREATE CONSTRAINT linkage_snapshot IF NOT EXISTS FOR (n:Snapshot) REQUIRE n.id IS UNIQUE",
)


@dataclass(frozen=True)
class Load:
    """One part of the graph.

    `sql` reads its rows from a snapshot (`$strong` is STRONG): first the `keys`, which `merge` takes as row[0], row[1],
    row[2] to make or find `x`, then columns that become properties of `x` under their names. `full` names the property
    that keeps a key whose text was cut to fit an index. `pattern` finds every `x`. `by_kind`: the first key is a kind,
    rows are sorted by it, and `x` takes its label.
    """

    name: str
    sql: str
    keys: tuple[str, ...]
    merge: str
    pattern: str
    full: tuple[str, ...] = ()
    by_kind: bool = False


_PUSHED = """
    WITH strong AS (
        SELECT DISTINCT e.kind, e.value
        FROM edges e
        JOIN members m ON m.account_id = e.account_id AND m.flagged
        JOIN identifiers i ON i.kind = e.kind AND i.value = e.value AND i.strength >= $strong
    ), pushed AS (
        SELECT account_id FROM members
        UNION
        SELECT e.account_id FROM edges e JOIN strong s ON s.kind = e.kind AND s.value = e.value
    )
"""

ACCOUNTS: Final = Load(
    name="accounts",
    sql=_PUSHED
    + """
    SELECT account_id, created_at, email_domain, country, org_id, plan, status, label, first_seen, last_seen,
           requests, input_tokens, output_tokens, m.role, coalesce(m.risk, a.risk) AS risk,
           coalesce(m.flagged, false) AS flagged
    FROM pushed LEFT JOIN accounts a USING (account_id) LEFT JOIN members m USING (account_id)
    ORDER BY account_id
    """,
    keys=("account_id",),
    merge="MERGE (x:Account {id: row[0]})",
    pattern="(x:Account)",
    full=("full_id",),
)
IDENTIFIERS: Final = Load(
    name="identifiers",
    sql=_PUSHED
    + """
    , linking AS (SELECT DISTINCT kind, value FROM edges JOIN pushed USING (account_id))
    SELECT kind, value, i.family, i.accounts, i.first_seen, i.last_seen, i.rarity, i.corroboration, i.strength, i.links,
           i.note, f.description
    FROM linking LEFT JOIN identifiers i USING (kind, value) LEFT JOIN fingerprints f USING (kind, value)
    ORDER BY kind, value
    """,
    keys=("kind", "value"),
    merge="MERGE (x:Identifier {kind: row[0], value: row[1]})",
    pattern="(x:Identifier)",
    full=("full_kind", "full_value"),
    by_kind=True,
)
CLUSTERS: Final = Load(
    name="clusters",
    sql="""
    SELECT c.cluster_id, c.rank, c.risk, c.flagged, c.size, c.core, c.associates, c.density, c.first_seen, c.last_seen,
           list_filter(c.families, lambda family : family IS NOT NULL) AS families,
           c.requests, c.input_tokens, c.output_tokens, c.event, c.previous_size, c.joined, c."left", c.summary,
           r.reasons_for, r.reasons_against
    FROM clusters c LEFT JOIN (
        SELECT cluster_id, list(sentence ORDER BY rank, code) FILTER (side = 'for' AND sentence IS NOT NULL) AS reasons_for,
               list(sentence ORDER BY rank, code) FILTER (side = 'against' AND sentence IS NOT NULL) AS reasons_against
        FROM reasons GROUP BY cluster_id
    ) r USING (cluster_id)
    ORDER BY c.cluster_id
    """,
    keys=("cluster_id",),
    merge="MERGE (x:Cluster {id: row[0]})",
    pattern="(x:Cluster)",
)
SEEN_WITH: Final = Load(
    name="links",
    sql=_PUSHED
    + """
    SELECT e.account_id, e.kind, e.value, e.weight / 1e6 AS weight, i.strength, s.n, s.first_seen, s.last_seen,
           s.source_file, s.source_record
    FROM edges e JOIN pushed USING (account_id)
    LEFT JOIN identifiers i ON i.kind = e.kind AND i.value = e.value
    LEFT JOIN sightings s ON s.account_id = e.account_id AND s.kind = e.kind AND s.value = e.value
    ORDER BY e.account_id, e.kind, e.value
    """,
    keys=("account_id", "kind", "value"),
    merge="MATCH (a:Account {id: row[0]}) MATCH (i:Identifier {kind: row[1], value: row[2]}) MERGE (a)-[x:SEEN_WITH]->(i)",
    pattern="()-[x:SEEN_WITH]->()",
)
MEMBER_OF: Final = Load(
    name="memberships",
    sql="SELECT account_id, cluster_id, role, risk, flagged, attachment FROM members ORDER BY account_id",
    keys=("account_id", "cluster_id"),
    merge="MATCH (a:Account {id: row[0]}) MATCH (c:Cluster {id: row[1]}) MERGE (a)-[x:MEMBER_OF]->(c)",
    pattern="()-[x:MEMBER_OF]->()",
)

#: Nodes before the relationships between them.
LOADS: Final = (ACCOUNTS, IDENTIFIERS, CLUSTERS, SEEN_WITH, MEMBER_OF)
