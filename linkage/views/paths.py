"""The path between two nodes of a picture, whatever they are."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from linkage.views.incidence import Incidence
from linkage.views.nodes import account_node, account_of, identifier_node, identifier_of


def path_between(whole: Incidence, one: str, other: str) -> tuple[str, ...]:
    """The nodes from `one` to `other`, both included: the fewest steps, and of equals the weightiest; empty where none.

    Dijkstra (1959) over the account-identifier graph of `whole`.
    """
    start, end = _number(whole, one), _number(whole, other)
    if start is None or end is None:
        return ()
    if start == end:
        return (one,)
    # a step costs a thousand times what a weight saves
    cost = 1.0 - whole.weight / 1000
    graph = csr_array((cost, (whole.source, whole.target + whole.size)), shape=(whole.nodes, whole.nodes))
    _, before = dijkstra(graph, directed=False, indices=start, return_predecessors=True)
    nodes = [end]
    while before[nodes[-1]] >= 0:
        nodes.append(int(before[nodes[-1]]))
    if nodes[-1] != start:
        return ()
    return tuple(_node(whole, number) for number in reversed(nodes))


def _number(whole: Incidence, node: str) -> int | None:
    account, key = account_of(node), identifier_of(node)
    if account is not None:
        place = int(np.searchsorted(np.array(whole.accounts, object), account)) if whole.accounts else 0
        return place if place < whole.size and whole.accounts[place] == account else None
    for number, (kind, value) in enumerate(zip(whole.kinds, whole.values, strict=True)):
        if (kind, value) == key:
            return whole.size + number
    return None


def _node(whole: Incidence, number: int) -> str:
    if number < whole.size:
        return account_node(whole.accounts[number])
    return identifier_node(whole.kinds[number - whole.size], whole.values[number - whole.size])
