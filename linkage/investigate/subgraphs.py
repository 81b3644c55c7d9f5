"""A cluster's graph, as much of it as a picture holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from linkage.investigate.clusters import required
from linkage.investigate.held import MILLION

if TYPE_CHECKING:
    import networkx as nx

    from linkage.store import Snapshot


def subgraph(snapshot: Snapshot, cluster_id: str, limit: int = 200) -> nx.Graph:
    """The accounts and identifiers of a cluster with the links that count; at most `limit` nodes.

    Node attributes: `type` (account or identifier); an account's account_id, role, risk, flagged, requests;
    an identifier's kind, value, family, strength, accounts (everywhere), inside. Edges have `weight` (0..1).
    Graph attributes: cluster_id, accounts and identifiers in all, so that a picture can say what it leaves out.
    Where not everything fits, a fourth of the nodes are the identifiers that carry most weight; the accounts are the
    ones most tied to them, a fifth of them associates where there are as many, since bridges are among those.

    Raises NotFound: the snapshot has no such cluster.
    """
    import networkx as nx

    summary = required(snapshot, cluster_id)
    edges = "(SELECT * FROM edges WHERE account_id IN (SELECT account_id FROM members WHERE cluster_id = ?))"
    identifiers = snapshot.query(
        f"""
        SELECT e.kind, e.value, count(*) AS inside, i.family, i.strength, i.accounts, count(*) OVER () AS total
        FROM {edges} AS e JOIN identifiers AS i USING (kind, value)
        GROUP BY e.kind, e.value, i.family, i.strength, i.accounts HAVING count(*) >= 2
        ORDER BY sum(e.weight) DESC, e.kind, e.value LIMIT ?
        """,
        [cluster_id, max(limit - min(summary.size, limit * 3 // 4), 0)],
    ).to_pylist()
    graph = nx.Graph(cluster_id=cluster_id, accounts=summary.size, identifiers=identifiers[0]["total"] if identifiers else 0)
    for row in identifiers:
        row.pop("total")
        graph.add_node(identifier_node(row["kind"], row["value"]), type="identifier", **row)
    wanted = [[row["kind"] for row in identifiers], [row["value"] for row in identifiers]]
    for row in _accounts(snapshot, cluster_id, edges, wanted, limit - len(identifiers)):
        graph.add_node(account_node(row["account_id"]), type="account", **row)
    names = [data["account_id"] for _, data in graph.nodes(data=True) if data["type"] == "account"]
    shown = snapshot.query(
        """
        WITH wanted AS (SELECT unnest(?) AS kind, unnest(?) AS value)
        SELECT account_id, kind, value, weight FROM edges SEMI JOIN wanted USING (kind, value)
        WHERE list_contains(?, account_id) ORDER BY ALL
        """,
        [*wanted, names],
    )
    for row in shown.to_pylist():
        graph.add_edge(
            account_node(row["account_id"]), identifier_node(row["kind"], row["value"]), weight=row["weight"] / MILLION
        )
    return graph


def account_node(account_id: str) -> str:
    """The name of an account's node."""
    return f"a/{account_id}"


def identifier_node(kind: str, value: str) -> str:
    """The name of an identifier's node; no two kinds and values share one."""
    return f"i/{quote(kind, safe='', errors='surrogatepass')}/{value}"


def _accounts(snapshot: Snapshot, cluster_id: str, edges: str, wanted: list[list[str]], limit: int) -> list[dict[str, Any]]:
    """Members by what ties them to the shown identifiers, with places kept for associates."""
    rows: list[dict[str, Any]] = snapshot.query(
        f"""
        WITH wanted AS (SELECT unnest(?) AS kind, unnest(?) AS value),
        tied AS (
            SELECT account_id, sum(weight)::BIGINT AS tie FROM {edges} SEMI JOIN wanted USING (kind, value) GROUP BY account_id
        ),
        ranked AS (
            SELECT m.account_id, m.role, m.risk, m.flagged, coalesce(a.requests, 0) AS requests, coalesce(tie, 0) AS tie,
                   row_number() OVER (PARTITION BY m.role = 'core' ORDER BY coalesce(tie, 0) DESC, m.account_id) AS place
            FROM members AS m LEFT JOIN tied USING (account_id) LEFT JOIN accounts AS a USING (account_id)
            WHERE m.cluster_id = ?
        )
        SELECT account_id, role, risk, flagged, requests FROM ranked
        ORDER BY CASE WHEN role <> 'core' AND place <= ? THEN 0 WHEN role = 'core' THEN 1 ELSE 2 END, tie DESC, account_id
        LIMIT ?
        """,
        [*wanted, cluster_id, cluster_id, limit // 5, max(limit, 0)],
    ).to_pylist()
    return rows
