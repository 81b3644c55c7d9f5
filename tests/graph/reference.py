"""Strength by the formulae of linkage/graph/strength.py, slowly: plain Python over a networkx graph, one link at a time."""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import networkx as nx

from linkage.config import Config
from tests.graph.factory import Seen

Identifier = tuple[str, str]


@dataclass(frozen=True)
class Strength:
    """Of one link: all three as in `graph_links`, but in units; `credits` by other evidence family."""

    weight: float
    corroboration: float
    credits: dict[str, float]


def strengths(seen: Iterable[Seen], accounts: Sequence[str], config: Config) -> dict[Seen, Strength]:
    """Every link of the identifiers on two or more accounts, weighed."""
    used = Counter(seen)
    view = nx.Graph()
    view.add_nodes_from(("account", account) for account in accounts)
    for account, kind, value in used:
        view.add_edge(("account", account), ("identifier", kind, value))
    view.remove_nodes_from([node for node in view if node[0] == "identifier" and view.degree(node) < 2])
    population = max(sum(node[0] == "account" for node in view), 2)
    m = {node[1:]: view.degree(node) for node in view if node[0] == "identifier"}

    setting = config.graph
    linking: dict[str, set[Identifier]] = {}
    showing: dict[str, dict[str, list[Identifier]]] = {}
    for node in view:
        if node[0] == "account":
            by_kind: dict[str, list[Identifier]] = defaultdict(list)
            for _, kind, value in sorted(view[node], key=lambda n: (m[n[1:]], _tie(n[1:]))):
                by_kind[kind].append((kind, value))
            linking[node[1]] = set()
            for offered in by_kind.values():
                usual = sorted(offered, key=lambda i: -used[node[1], *i])
                linking[node[1]] |= {*offered[: setting.links_per_kind], *usual[: setting.links_per_kind]}
            showing[node[1]] = {kind: offered[: setting.witnesses_per_kind] for kind, offered in by_kind.items()}

    def together(v: Identifier, u: Identifier) -> int:
        return sum(v in linking[a] and u in showing[a].get(u[0], ()) for a in linking)

    def credit(account: str, v: Identifier, kind: str) -> float:
        witnesses = [u for u in showing[account][kind] if m[u] <= setting.witness_reach * m[v]]
        holders = {u: min(m[u] - 1, setting.witness_holders) for u in witnesses}
        found = {u: together(v, u) for u in witnesses}
        observed = sum(holders[u] * (found[u] - 1) / (m[u] - 1) for u in witnesses if found[u] >= 2)
        expected = sum(holders.values()) * (m[v] - 1) / (population - 1)
        if observed <= expected or observed == 0:
            return 0.0
        surprise = (observed * math.log(observed / expected) - (observed - expected)) / math.log(10)
        return (
            config.kind(kind).weight
            * _ramp(surprise, setting.least_surprise, setting.full_surprise)
            * _ramp(observed / expected, setting.least_lift, setting.full_lift)
        )

    credits: dict[tuple[str, Identifier], dict[str, float]] = {}
    corroborated: dict[Identifier, list[float]] = defaultdict(list)
    for account, identifiers in linking.items():
        for v in identifiers:
            best: dict[str, float] = {}
            for kind in showing[account]:
                family = config.kind(kind).family
                if family != config.kind(v[0]).family:
                    best[family] = max(best.get(family, 0.0), credit(account, v, kind))
            credits[account, v] = best
            corroborated[v].append(_together(best))
    found = {}
    for (account, v), best in credits.items():
        kind = config.kind(v[0])
        clear = setting.clear_corroboration
        purity = sum(min(c, clear) for c in corroborated[v]) / (clear * len(corroborated[v]))
        base, corroboration = kind.alone / math.sqrt(m[v] - 1), _together(best)
        found[account, *v] = Strength(kind.weight * (base + (1 - base) * purity**2 * corroboration), corroboration, best)
    return found


def _ramp(figure: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (figure - low) / (high - low)))


def _together(credits: dict[str, float]) -> float:
    doubt = 1.0
    for credit in credits.values():
        doubt *= 1 - min(credit, 0.98)
    return 1 - doubt


def _tie(identifier: Identifier) -> int:
    return int.from_bytes(hashlib.md5("\x1f".join(identifier).encode()).digest()[8:], "little")
