"""A picture as nodes and ties: accounts and identifiers by name, with what is around each that is not in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote

from linkage.investigate import subgraph

if TYPE_CHECKING:
    from linkage.store import Snapshot

MILLION: Final = 1_000_000
#: Where an account on an identifier can be, seen from one cluster.
CORE: Final = "core"
ASSOCIATE: Final = "associate"
ELSEWHERE: Final = "elsewhere"
ALONE: Final = "alone"


@dataclass(frozen=True)
class Node:
    """An account or an identifier.

    `name` is the account's id or the identifier's value. `around` counts every neighbour in the graph: an account's by
    kind, an identifier's by where they are (core, associate, elsewhere = in another cluster, alone = in none).
    `role`, `risk`, `flagged`, `cluster_id` and `requests` are an account's; `kind`, `family`, `strength`, `accounts`
    (everywhere) an identifier's.
    """

    id: str
    type: str
    name: str
    around: tuple[tuple[str, int], ...]
    cluster_id: str | None = None
    role: str | None = None
    risk: float | None = None
    flagged: bool = False
    requests: int = 0
    kind: str | None = None
    family: str | None = None
    strength: float | None = None
    accounts: int = 0


@dataclass(frozen=True)
class Tie:
    """A link that counts, between an account's node and an identifier's; `weight` is 0..1."""

    account: str
    identifier: str
    weight: float


@dataclass(frozen=True)
class Picture:
    """Nodes in the order they were asked for, and all ties between them."""

    nodes: tuple[Node, ...]
    ties: tuple[Tie, ...]


def account_node(account_id: str) -> str:
    """The name of an account's node."""
    return f"a/{account_id}"


def identifier_node(kind: str, value: str) -> str:
    """The name of an identifier's node; no two kinds and values share one."""
    return f"i/{quote(kind, safe='', errors='surrogatepass')}/{value}"


def account_of(node: str) -> str | None:
    """The account that a node stands for; None where it is another's."""
    return node[2:] if node.startswith("a/") else None


def identifier_of(node: str) -> tuple[str, str] | None:
    """The kind and value that a node stands for; None where it is another's."""
    kind, slash, value = node[2:].partition("/")
    return (unquote(kind), value) if node.startswith("i/") and slash else None


def starting_nodes(snapshot: Snapshot, cluster_id: str, limit: int) -> tuple[str, ...]:
    """At most `limit` nodes with which to begin: `investigate.subgraph`. Raises NotFound."""
    return tuple(str(node) for node in subgraph(snapshot, cluster_id, limit))


def picture(snapshot: Snapshot, cluster_id: str, nodes: Iterable[str]) -> Picture:
    """The picture of these nodes, seen from one cluster; what the snapshot does not have is left out.

    Linear in the links of the accounts and identifiers asked for.
    """
    wanted = list(dict.fromkeys(nodes))
    accounts = [name for node in wanted if (name := account_of(node)) is not None]
    keys = [key for node in wanted if (key := identifier_of(node)) is not None]
    found = {**_accounts(snapshot, accounts), **_identifiers(snapshot, cluster_id, keys)}
    ties = snapshot.query(
        """
        WITH wanted AS (SELECT unnest($kinds::VARCHAR[]) AS kind, unnest($values::VARCHAR[]) AS value),
        asked AS (SELECT unnest($accounts::VARCHAR[]) AS account_id)
        SELECT account_id, kind, value, weight FROM edges
        SEMI JOIN asked USING (account_id) SEMI JOIN wanted USING (kind, value) ORDER BY account_id, kind, value
        """,
        {"accounts": accounts, **_lists(keys)},
    ).to_pylist()
    return Picture(
        nodes=tuple(found[node] for node in wanted if node in found),
        ties=tuple(
            Tie(account_node(row["account_id"]), identifier_node(row["kind"], row["value"]), row["weight"] / MILLION)
            for row in ties
        ),
    )


def _accounts(snapshot: Snapshot, accounts: Sequence[str]) -> dict[str, Node]:
    asked = "asked AS (SELECT unnest($accounts::VARCHAR[]) AS account_id)"
    facts = snapshot.query(
        f"""
        WITH {asked} SELECT account_id, cluster_id, role, risk, coalesce(flagged, false) AS flagged,
               coalesce(requests, 0) AS requests
        FROM accounts SEMI JOIN asked USING (account_id)
        """,
        {"accounts": list(accounts)},
    ).to_pylist()
    around: dict[str, list[tuple[str, int]]] = {}
    for row in snapshot.query(
        f"""
        WITH {asked} SELECT account_id, kind, count(*) AS n FROM edges SEMI JOIN asked USING (account_id)
        GROUP BY account_id, kind ORDER BY account_id, kind
        """,
        {"accounts": list(accounts)},
    ).to_pylist():
        around.setdefault(row["account_id"], []).append((row["kind"], row["n"]))
    nodes = {}
    for row in facts:
        name = row.pop("account_id")
        node = account_node(name)
        nodes[node] = Node(id=node, type="account", name=name, around=tuple(around.get(name, ())), **row)
    return nodes


def _identifiers(snapshot: Snapshot, cluster_id: str, keys: Sequence[tuple[str, str]]) -> dict[str, Node]:
    wanted = "wanted AS (SELECT unnest($kinds::VARCHAR[]) AS kind, unnest($values::VARCHAR[]) AS value)"
    facts = snapshot.query(
        f"WITH {wanted} SELECT kind, value, family, strength, accounts FROM identifiers SEMI JOIN wanted USING (kind, value)",
        _lists(keys),
    ).to_pylist()
    around: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for row in snapshot.query(
        f"""
        WITH {wanted},
        tied AS (SELECT account_id, kind, value FROM edges SEMI JOIN wanted USING (kind, value))
        SELECT kind, value,
               CASE WHEN m.cluster_id IS NULL THEN '{ALONE}' WHEN m.cluster_id <> $cluster THEN '{ELSEWHERE}'
                    WHEN m.role = '{CORE}' THEN '{CORE}' ELSE '{ASSOCIATE}' END AS place,
               count(*) AS n
        FROM tied LEFT JOIN members AS m USING (account_id) GROUP BY ALL ORDER BY kind, value, place
        """,
        {**_lists(keys), "cluster": cluster_id},
    ).to_pylist():
        around.setdefault((row["kind"], row["value"]), []).append((row["place"], row["n"]))
    nodes = {}
    for row in facts:
        value = row.pop("value")
        node = identifier_node(row["kind"], value)
        nodes[node] = Node(id=node, type="identifier", name=value, around=tuple(around.get((row["kind"], value), ())), **row)
    return nodes


def _lists(keys: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {"kinds": [kind for kind, _ in keys], "values": [value for _, value in keys]}
