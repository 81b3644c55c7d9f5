"""What of a snapshot is pushed, and the query that writes it: one Load a node or relationship, in the order of the push.

Pushed are the accounts in clusters, the neighbours of flagged clusters (accounts in no cluster that share an identifier of
STRONG strength or more with a flagged member), every identifier that links one of them, and every cluster. Times stay
as they are in a snapshot: UTC without a zone. No prompt text is in any of these tables.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

#: Strength (0..1) from which an identifier draws accounts without a cluster into the graph.
STRONG: Final = 0.5
#: Bytes of UTF-8 that an indexed text keeps whole. A Neo4j range index takes about 8,160 bytes for all of its properties.
ID_BYTES: Final = 6000
KIND_BYTES: Final = 1000

Row = dict[str, Any]

CONSTRAINTS: Final = (
    "CREATE CONSTRAINT linkage_account IF NOT EXISTS FOR (n:Account) REQUIRE n.id IS UNIQUE",
    "CREATE CONSTRAINT linkage_identifier IF NOT EXISTS FOR (n:Identifier) REQUIRE (n.kind, n.value) IS UNIQUE",
    "CREATE CONSTRAINT linkage_cluster IF NOT EXISTS FOR (n:Cluster) REQUIRE n.id IS UNIQUE",
    "CREATE CONSTRAINT linkage_snapshot IF NOT EXISTS FOR (n:Snapshot) REQUIRE n.id IS UNIQUE",
)

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


def indexable(text: str, limit: int) -> str:
    """A text that fits an index: itself up to `limit` bytes, else its start and its SHA-256.

    One to one: what was cut is longer than `limit` bytes, so it cannot equal a text that was not.
    """
    if len(text) * 4 <= limit or len(text.encode()) <= limit:
        return text
    start = text.encode()[:limit].decode(errors="ignore")
    return f"{start}…sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _account(row: Row) -> Row:
    name = row.pop("account_id")
    short = indexable(name, ID_BYTES)
    return {"id": short, "properties": {**row, "full_id": None if short == name else name}}


def _identifier(row: Row) -> Row:
    kind, value = row.pop("kind"), row.pop("value")
    key = _key(kind, value)
    full = {"full_kind": None if key["kind"] == kind else kind, "full_value": None if key["value"] == value else value}
    return {**key, "properties": {**row, **full}}


def _key(kind: str, value: str) -> Row:
    return {"kind": indexable(kind, KIND_BYTES), "value": indexable(value, ID_BYTES)}


def _cluster(row: Row) -> Row:
    return {"id": row.pop("cluster_id"), "properties": row}


def _seen_with(row: Row) -> Row:
    account = indexable(row.pop("account_id"), ID_BYTES)
    return {"account": account, **_key(row.pop("kind"), row.pop("value")), "properties": row}


def _member_of(row: Row) -> Row:
    return {"account": indexable(row.pop("account_id"), ID_BYTES), "cluster": row.pop("cluster_id"), "properties": row}


@dataclass(frozen=True)
class Load:
    """One part of the graph.

    `sql` reads its rows from a snapshot and `shape` turns one into a parameter of `cypher`, which takes $rows and
    $snapshot; `pattern` finds what an earlier push left, as `x`. `by_kind`: rows come in runs of one kind, and the place
    {label} in `cypher` takes that kind's label.
    """

    name: str
    sql: str
    shape: Callable[[Row], Row]
    cypher: str
    pattern: str
    by_kind: bool = False


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
    shape=_account,
    cypher="""
    UNWIND $rows AS row
    MERGE (x:Account {id: row.id})
    SET x += row.properties, x.snapshot = $snapshot
    """,
    pattern="(x:Account)",
)
IDENTIFIERS: Final = Load(
    name="identifiers",
    sql=_PUSHED
    + """
    , linking AS (SELECT DISTINCT kind, value FROM edges JOIN pushed USING (account_id))
    SELECT kind, value, i.family, i.accounts, i.first_seen, i.last_seen, i.rarity, i.corroboration, i.strength, i.links, i.note,
           f.description
    FROM linking LEFT JOIN identifiers i USING (kind, value) LEFT JOIN fingerprints f USING (kind, value)
    ORDER BY kind, value
    """,
    shape=_identifier,
    cypher="""
    UNWIND $rows AS row
    MERGE (x:Identifier {kind: row.kind, value: row.value})
    SET x += row.properties, x.snapshot = $snapshot{label}
    """,
    pattern="(x:Identifier)",
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
    shape=_cluster,
    cypher="""
    UNWIND $rows AS row
    MERGE (x:Cluster {id: row.id})
    SET x += row.properties, x.snapshot = $snapshot
    """,
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
    shape=_seen_with,
    cypher="""
    UNWIND $rows AS row
    MATCH (a:Account {id: row.account})
    MATCH (i:Identifier {kind: row.kind, value: row.value})
    MERGE (a)-[x:SEEN_WITH]->(i)
    SET x += row.properties, x.snapshot = $snapshot
    """,
    pattern="()-[x:SEEN_WITH]->()",
)
MEMBER_OF: Final = Load(
    name="memberships",
    sql="""
    SELECT account_id, cluster_id, role, risk, flagged, attachment FROM members ORDER BY account_id
    """,
    shape=_member_of,
    cypher="""
    UNWIND $rows AS row
    MATCH (a:Account {id: row.account})
    MATCH (c:Cluster {id: row.cluster})
    MERGE (a)-[x:MEMBER_OF]->(c)
    SET x += row.properties, x.snapshot = $snapshot
    """,
    pattern="()-[x:MEMBER_OF]->()",
)

#: Nodes before the relationships between them.
LOADS: Final = (ACCOUNTS, IDENTIFIERS, CLUSTERS, SEEN_WITH, MEMBER_OF)
