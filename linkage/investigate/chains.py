"""Chains between two accounts that share nothing that counts: through a third account, or the strongest longer one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from linkage.investigate.held import MILLION, Key

if TYPE_CHECKING:
    from linkage.store import Snapshot


@dataclass(frozen=True)
class Chain:
    """`accounts[i]` and `accounts[i + 1]` both link to `keys[i]`; `weight` (millionths) is that of the weakest link."""

    accounts: tuple[str, ...]
    keys: tuple[Key, ...]
    weight: int


def two_hops(snapshot: Snapshot, account: str, other: str, *, limit: int) -> list[Chain]:
    """Chains account - identifier - third account - identifier - other, the strongest for each third account.

    Linear in the holders of the two accounts' identifiers: no pairs of accounts are made.
    """
    found = snapshot.query(
        """
        WITH ends AS (SELECT account_id AS source, kind, value, weight FROM edges WHERE account_id IN ($account, $other)),
        reached AS (
            SELECT source, e.account_id AS middle, kind, value, least(e.weight, ends.weight) AS weight
            FROM edges AS e JOIN ends USING (kind, value) WHERE e.account_id NOT IN ($account, $other)
            QUALIFY row_number() OVER (
                PARTITION BY source, e.account_id ORDER BY least(e.weight, ends.weight) DESC, kind, value
            ) = 1
        )
        SELECT middle, a.kind AS kind, a.value AS value, b.kind AS other_kind, b.value AS other_value,
               least(a.weight, b.weight) AS weight
        FROM (FROM reached WHERE source = $account) AS a JOIN (FROM reached WHERE source = $other) AS b USING (middle)
        ORDER BY least(a.weight, b.weight) DESC, greatest(a.weight, b.weight) DESC, middle LIMIT $limit
        """,
        {"account": account, "other": other, "limit": limit},
    ).to_pylist()
    return [
        Chain(
            accounts=(account, row["middle"], other),
            keys=((row["kind"], row["value"]), (row["other_kind"], row["other_value"])),
            weight=row["weight"],
        )
        for row in found
    ]


def longer_chain(snapshot: Snapshot, account: str, other: str, cluster_id: str) -> list[Chain]:
    """The shortest chain inside a cluster, the strongest of equals as far as a sum tells; empty where none joins them.

    Dijkstra (1959) over the cluster's account-identifier graph.
    """
    import numpy as np
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    edges = snapshot.query(
        """
        SELECT account_id, kind, value, weight,
               dense_rank() OVER (ORDER BY account_id) - 1 AS a, dense_rank() OVER (ORDER BY kind, value) - 1 AS i
        FROM edges WHERE account_id IN (SELECT account_id FROM members WHERE cluster_id = ?) ORDER BY a, i
        """,
        [cluster_id],
    )
    names = edges["account_id"].to_numpy(zero_copy_only=False)
    a, i = edges["a"].to_numpy(), edges["i"].to_numpy()
    start, end = a[names == account], a[names == other]
    if not len(start) or not len(end):
        return []
    accounts = int(a.max()) + 1
    size = accounts + int(i.max()) + 1
    # A hop costs a thousand times what a weight saves: the fewest hops win, and weight settles ties.
    cost = 1.0 - edges["weight"].to_numpy() / MILLION / 1000
    graph = csr_array((cost, (a, i + accounts)), shape=(size, size))
    _, before = dijkstra(graph, directed=False, indices=int(start[0]), return_predecessors=True)
    node, nodes = int(end[0]), [int(end[0])]
    while before[node] >= 0:
        node = int(before[node])
        nodes.append(node)
    if node != int(start[0]):
        return []
    nodes.reverse()
    kinds, values = edges["kind"], edges["value"]
    first_of_account = {int(n): int(np.searchsorted(a, n)) for n in nodes if n < accounts}
    key_rows = {n: int(np.flatnonzero(i == n - accounts)[0]) for n in nodes if n >= accounts}
    weights = [
        int(edges["weight"][int(np.flatnonzero((a == min(pair)) & (i == max(pair) - accounts))[0])].as_py())
        for pair in pairwise(nodes)
    ]
    return [
        Chain(
            accounts=tuple(str(names[first_of_account[n]]) for n in nodes if n < accounts),
            keys=tuple((kinds[key_rows[n]].as_py(), values[key_rows[n]].as_py()) for n in nodes if n >= accounts),
            weight=min(weights),
        )
    ]
