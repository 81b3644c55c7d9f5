"""A simple picture of a cluster's graph: accounts, and the identifiers that tie them."""

from __future__ import annotations

import math
from typing import Any, Final

import networkx as nx
import numpy as np
import plotly.graph_objects as go
import streamlit as st

from linkage.investigate import ClusterSummary
from ui import links, reading, words
from ui.components import navigation
from ui.components.charts import CONFIG, finish
from ui.components.marks import ACCOUNT, FLAGGED, Mark

#: Nodes in the picture at most, and identifiers among them; more are a ball of wool.
NODES: Final = 150
_IDENTIFIERS: Final = 40
_HEIGHT: Final = 460
_SEED: Final = 1


def part(cluster: ClusterSummary) -> nx.Graph:
    """As much of a cluster's graph as the picture shows."""
    identifiers = min(_IDENTIFIERS, max(cluster.size, 10))
    return reading.picture(cluster.cluster_id, nodes=min(NODES, cluster.size + identifiers))


def graph(cluster_id: str, shown: nx.Graph, given: dict[str, Mark]) -> None:
    """Draw the picture; a click on a node opens its page. `given` are the marks of the kinds."""
    st.header("Graph", anchor=False)
    accounts = sum(data["type"] == "account" for _, data in shown.nodes(data=True))
    identifiers = shown.number_of_nodes() - accounts
    if not shown.number_of_edges():
        st.text("No identifier that counts is on two of its accounts, so there is nothing to draw.")
        return
    key = f"graph/{cluster_id}"

    def clicked() -> None:
        _open(st.session_state[key])

    st.plotly_chart(
        _figure(shown, given),
        key=key,
        config=CONFIG,
        on_select=clicked,
        selection_mode="points",
        alt=f"Graph of {accounts} accounts and {identifiers} identifiers; the tables below say the same in words.",
    )
    st.caption(_caption(accounts, identifiers, shown.graph))


def _caption(accounts: int, identifiers: int, whole: dict[str, Any]) -> str:
    left_out = ""
    if accounts < whole["accounts"] or identifiers < whole["identifiers"]:
        left_out = (
            f"{accounts:,} of {whole['accounts']:,} accounts and {identifiers:,} of {whole['identifiers']:,} identifiers, "
            "those that tie most. "
        )
    return f"{left_out}Circles are accounts: full for core, hollow for associates, red if flagged. A click opens a node's page."


def _open(state: Any) -> None:
    points = state.get("selection", {}).get("points", [])
    target = points[0].get("customdata") if points else None
    match target:
        case ["account", str(account), *_]:
            navigation.ask(links.account(account))
        case ["identifier", str(kind), str(value)]:
            navigation.ask(links.identifier(kind, value))


def _figure(shown: nx.Graph, given: dict[str, Mark]) -> go.Figure:
    places = _places(shown)
    figure = go.Figure(_edges(shown, places))
    core = [n for n, data in shown.nodes(data=True) if data["type"] == "account" and data["role"] == "core"]
    others = [n for n, data in shown.nodes(data=True) if data["type"] == "account" and data["role"] != "core"]
    for name, symbol, nodes in (("core", "circle", core), ("associate", "circle-open", others)):
        if nodes:
            colours = [FLAGGED if shown.nodes[n]["flagged"] else ACCOUNT for n in nodes]
            figure.add_trace(_nodes(shown, places, nodes, name=name, symbol=symbol, colour=colours, size=[9] * len(nodes)))
    for kind, mark in given.items():
        nodes = [n for n, data in shown.nodes(data=True) if data["type"] == "identifier" and data["kind"] == kind]
        if nodes:
            sizes = [min(9 + 2.5 * math.log2(1 + shown.nodes[n]["inside"]), 24) for n in nodes]
            figure.add_trace(
                _nodes(
                    shown,
                    places,
                    nodes,
                    name=words.hover(words.kind(kind), 24),
                    symbol=mark.symbol,
                    colour=mark.colour,
                    size=sizes,
                )
            )
    hidden = {"visible": False, "showgrid": False, "zeroline": False}
    figure.update_layout(xaxis=hidden, yaxis=hidden, hovermode="closest", clickmode="event+select", dragmode="pan")
    finish(figure, height=_HEIGHT)
    figure.update_layout(
        showlegend=True, legend={"orientation": "h", "y": 0, "yanchor": "top", "x": 0, "itemsizing": "constant"}
    )
    return figure


def _edges(shown: nx.Graph, places: dict[str, np.ndarray]) -> go.Scatter:
    # many lines lie over one another: the more there are, the fainter each
    faint = min(0.55, max(0.08, 9 / math.sqrt(1 + shown.number_of_edges()) / 2))
    xs: list[float | None] = []
    ys: list[float | None] = []
    for a, b in shown.edges():
        xs += [places[a][0], places[b][0], None]
        ys += [places[a][1], places[b][1], None]
    return go.Scatter(
        x=xs,
        y=ys,
        mode="lines",
        line={"width": 0.8, "color": f"rgba(122,135,147,{faint:.2f})"},
        hoverinfo="skip",
        showlegend=False,
    )


def _nodes(
    shown: nx.Graph,
    places: dict[str, np.ndarray],
    nodes: list[str],
    *,
    name: str,
    symbol: str,
    colour: str | list[str],
    size: list[float],
) -> go.Scatter:
    return go.Scatter(
        x=[places[n][0] for n in nodes],
        y=[places[n][1] for n in nodes],
        mode="markers",
        name=name,
        marker={"symbol": symbol, "color": colour, "size": size, "opacity": 1, "line": {"width": 1.5, "color": colour}},
        customdata=[_target(shown.nodes[n]) for n in nodes],
        text=[_says(shown.nodes[n]) for n in nodes],
        hovertemplate="%{text}<extra></extra>",
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
    )


def _target(data: dict[str, Any]) -> list[str]:
    return ["account", data["account_id"]] if data["type"] == "account" else ["identifier", data["kind"], data["value"]]


def _says(data: dict[str, Any]) -> str:
    if data["type"] == "account":
        flagged = ", flagged" if data["flagged"] else ""
        return (
            f"<b>{words.hover(data['account_id'])}</b><br>account, {words.hover(data['role'])}{flagged}"
            f"<br>risk {words.percent(data['risk']).replace('<', '&lt;')}, {words.count(data['requests'])} requests"
        )
    return (
        f"<b>{words.hover(data['value'])}</b><br>{words.hover(words.kind(data['kind']))}, strength {data['strength']:.2f}"
        f"<br>on {words.count(data['inside'])} accounts here, {words.count(data['accounts'])} everywhere"
    )


def _places(shown: nx.Graph) -> dict[str, np.ndarray]:
    """Places of the nodes: each component laid out by itself (Fruchterman and Reingold, 1991), the largest first.

    Components side by side in rows, because springs know nothing of what is not tied and drive it apart.
    """
    places: dict[str, np.ndarray] = {}
    x = y = depth = 0.0
    parts = sorted(nx.connected_components(shown), key=lambda part: (-len(part), min(part)))
    width = 1.6 * math.sqrt(sum(len(part) for part in parts))
    for part in parts:
        # nodes in order, or the layout would differ from run to run
        piece = nx.Graph()
        piece.add_nodes_from(sorted(part))
        piece.add_edges_from(sorted((min(a, b), max(a, b)) for a, b in shown.edges(part)))
        side = math.sqrt(len(part))
        found = nx.spring_layout(piece, seed=_SEED, iterations=120, k=1.6 / side) if len(part) > 1 else {min(part): np.zeros(2)}
        if x and x + side > width:
            x, y, depth = 0.0, y - depth, 0.0
        for node, place in found.items():
            places[node] = (place + 1) / 2 * side * 0.9 + np.array([x, y - side])
        x += side
        depth = max(depth, side)
    return places
