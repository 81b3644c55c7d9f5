"""A picture of nodes and ties in the form that the graph component draws: words, marks and sizes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from linkage.views import Group, Groups, Node, Picture, identifier_of, standing_places
from ui import links, words
from ui.components.marks import ACCOUNT, COLOURS, FLAGGED, Mark

#: Looks of accounts: they are circles. An associate is hollow; whoever is in another cluster has a dashed line.
_ACCOUNTS: Final[dict[str, dict[str, Any]]] = {
    "@flagged": {"label": "core, flagged", "colour": FLAGGED},
    "@core": {"label": "core", "colour": ACCOUNT},
    "@associate": {"label": "associate", "colour": ACCOUNT, "hollow": True},
    "@elsewhere": {"label": "in another cluster", "colour": COLOURS["violet"], "hollow": True},
    "@alone": {"label": "in no cluster", "colour": COLOURS["teal"], "hollow": True},
}
_PLACES: Final = {
    "core": "core members",
    "associate": "associates",
    "elsewhere": "accounts of other clusters",
    "alone": "accounts in no cluster",
}


def marks_of(given: Mapping[str, Mark], families: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The legend: accounts first, then kinds with their family."""
    kinds = {
        f"k/{kind}": {
            "label": words.kind(kind),
            "colour": mark.colour,
            "points": mark.points,
            "family": words.kind(families.get(kind, kind)),
        }
        for kind, mark in sorted(given.items())
    }
    return {**_ACCOUNTS, **kinds}


def drawn(picture: Picture, cluster_id: str) -> dict[str, Any]:
    """Nodes and ties as the component takes them."""
    place = {node.id: number for number, node in enumerate(picture.nodes)}
    return {
        "nodes": [_account(node, cluster_id) if node.type == "account" else _identifier(node) for node in picture.nodes],
        "ties": [[place[tie.account], place[tie.identifier], round(tie.weight, 3)] for tie in picture.ties],
    }


def placed(data: Mapping[str, Any]) -> list[int]:
    """Where the nodes of a picture begin: x and y of each in turn."""
    return list(_placed(len(data["nodes"]), tuple((one, other) for one, other, _ in data["ties"])))


# each thing that is done in a picture draws it again, mostly with the same ties
@lru_cache(maxsize=32)
def _placed(nodes: int, ties: tuple[tuple[int, int], ...]) -> tuple[int, ...]:
    return tuple(round(each) for each in standing_places(nodes, ties).ravel().tolist())


def _account(node: Node, cluster_id: str) -> dict[str, Any]:
    look = _look(node, cluster_id)
    where = (
        f"{node.role or 'member'} here"
        if node.cluster_id == cluster_id
        else f"{node.role or 'member'} of cluster {words.plain(node.cluster_id, 24)}"
        if node.cluster_id
        else "in no cluster"
    )
    told = f"account, {where}" + (", flagged" if node.flagged else "")
    return {
        "id": node.id,
        "type": "account",
        "label": words.plain(node.name, 24),
        "find": words.plain(node.name, words.LONG),
        "mark": look,
        "size": 13 + min(7.0, math.log10(1 + node.requests)),
        "hollow": look in ("@associate", "@alone"),
        "other": look == "@elsewhere",
        "around": [[kind, words.kind(kind), n] for kind, n in node.around],
        "address": links.account(node.name).address,
        "title": [words.plain(node.name), told, f"risk {words.percent(node.risk)}, {words.count(node.requests)} requests"],
    }


def _look(node: Node, cluster_id: str) -> str:
    if node.cluster_id is None:
        return "@alone"
    if node.cluster_id != cluster_id:
        return "@elsewhere"
    return "@flagged" if node.flagged else "@core" if node.role == "core" else "@associate"


def _identifier(node: Node) -> dict[str, Any]:
    kind = node.kind or ""
    inside = sum(n for place, n in node.around if place in ("core", "associate"))
    return {
        "id": node.id,
        "type": "identifier",
        "label": words.plain(node.name, 24),
        "find": f"{words.plain(node.name, words.LONG)} {words.kind(kind)}",
        "mark": f"k/{kind}",
        "size": 13 + min(15.0, 2 * math.log2(1 + inside)),
        "strength": round(node.strength or 0.0, 4),
        "around": [[place, _PLACES.get(place, place), n] for place, n in node.around],
        "address": links.identifier(kind, node.name).address,
        "title": [
            words.plain(node.name),
            f"{words.kind(kind)}, strength {node.strength or 0:.2f}",
            f"on {words.count(inside)} accounts here, {words.count(node.accounts)} everywhere",
        ],
    }


def folded(found: Groups, hubs: Picture, active: Sequence[int] | None) -> dict[str, Any]:
    """Groups and the hubs that they share, as the component takes them; `active` counts who was active of each."""
    nodes = [_group(group, None if active is None else active[group.number]) for group in found.groups]
    place = {node["id"]: number for number, node in enumerate(nodes)}
    for hub in hubs.nodes:
        place[hub.id] = len(nodes)
        # a group folds what is around a hub, so nothing is missing there
        nodes.append({**_identifier(hub), "around": []})
    ties = [
        [place[f"g/{group.number}"], place[hub], round(share, 3)]
        for group in found.groups
        for hub, share in group.shares
        if hub in place
    ]
    return {"nodes": nodes, "ties": ties}


def _group(group: Group, active: int | None) -> dict[str, Any]:
    on = [
        f"{words.kind(key[0])} {words.plain(key[1], 24)}" + ("" if share == 1 else f" ({words.percent(share)})")
        for hub, share in group.shares
        if (key := identifier_of(hub)) is not None
    ]
    then = [] if active is None else [f"{words.count(active)} of them active then"]
    return {
        "id": f"g/{group.number}",
        "type": "group",
        "label": words.count(group.accounts) if active is None else f"{words.count(active)} of {words.count(group.accounts)}",
        "find": f"group {group.number + 1}",
        "mark": "@flagged"
        if group.flagged * 2 > group.accounts
        else "@core"
        if group.core * 2 > group.accounts
        else "@associate",
        "hollow": group.core * 2 <= group.accounts,
        "size": 14 + min(60.0, 2.2 * math.sqrt(group.accounts)),
        # its accounts come when it is expanded
        "around": [["accounts", "accounts", group.accounts]],
        "title": [
            f"group {group.number + 1}: {words.count(group.accounts)} accounts",
            f"{words.count(group.core)} core, {words.count(group.flagged)} flagged",
            *then,
            f"on: {', '.join(on) or 'no hub'}",
        ],
    }
