"""All accounts of a cluster at once, where the layout that was computed ahead put them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import streamlit as st

from linkage.investigate import ClusterSummary
from linkage.views import Incidence
from linkage.views.kept import LARGE
from ui import graph_component, reading, session, words
from ui.components import whole_asked
from ui.components.marks import ACCOUNT, COLOURS, FLAGGED, marks

HEIGHT: Final = 740
#: Links drawn of each account, the weightiest, by the size up to which they do: more are a carpet.
_EACH: Final = ((300, 20), (2_000, 6))
_FEWEST: Final = 3
#: Shapes that the view tells apart, for the marks of kinds.
_SHAPES: Final = {
    "square": "square", "octagon": "square", "diamond": "diamond", "diamond-wide": "diamond", "diamond-tall": "diamond",
    "triangle-up": "triangle", "triangle-down": "triangle", "triangle-left": "triangle", "triangle-right": "triangle",
    "pentagon": "hexagon", "hexagon2": "hexagon", "star": "star", "hexagram": "star", "star-diamond": "star", "cross": "cross",
    "x": "cross", "hourglass": "triangle", "bowtie": "cross",
}  # fmt: skip


def draw(cluster: ClusterSummary) -> None:
    """Draw the whole of a cluster; a browser without WebGL 2 is sent to its groups."""
    cluster_id = cluster.cluster_id
    key = f"graph/all/{cluster_id}"
    made = reading.whole_drawing(cluster_id)
    columns = dict(made.columns)
    window = st.session_state.get(session.window(cluster_id))
    whole = reading.whole(cluster_id)
    if window is not None:
        active = reading.active(cluster_id, window)
        columns["active"] = np.fromiter((name in active for name in whole.accounts), np.uint8, whole.size)
    settled = "" if made.settled or cluster.size < LARGE else " Their places are a first sketch; better ones are computed."
    drawn = len(columns["source"])
    header = {
        "key": f"{reading.snapshot().id}/{cluster_id}/{made.settled}",
        "label": f"All accounts of cluster {words.plain(cluster_id, 24)}",
        "file": f"cluster-{whole.size}-accounts",
        "height": HEIGHT,
        "count": whole.nodes,
        "looks": made.looks,
        "says": f"{whole.size:,} accounts and {len(whole.values):,} identifiers on two or more of them; {drawn:,} of "
        f"{len(whole.source):,} links drawn, the weightiest of each account.{settled}",
        "nothing": "It has no accounts.",
        "answer": whole_asked.answer_of(cluster_id),
    }
    graph_component.whole(header, columns, key=key, on=whole_asked.callbacks(cluster, key))
    if not made.settled and cluster.size >= LARGE:
        _await_places(cluster_id)


@st.fragment(run_every=3)
def _await_places(cluster_id: str) -> None:
    """Draw the page again once the layout is there."""
    if reading.whole_drawing(cluster_id).settled:
        st.rerun()


#: Looks of accounts, and the marks of the other views that they stand for; then come those of kinds.
_ACCOUNTS: Final[dict[str, dict[str, Any]]] = {
    "@flagged": {"label": "core, flagged", "colour": FLAGGED, "shape": "circle", "kind": False},
    "@core": {"label": "core", "colour": ACCOUNT, "shape": "circle", "kind": False},
    "@associate": {"label": "associate", "colour": COLOURS["amber"], "shape": "ring", "kind": False},
    "@elsewhere": {"label": "in another cluster", "colour": COLOURS["violet"], "shape": "ring", "kind": False},
    "@alone": {"label": "in no cluster", "colour": COLOURS["teal"], "shape": "ring", "kind": False},
}


def columns_of(
    whole: Incidence, places: np.ndarray, around: np.ndarray, families: Mapping[str, str]
) -> tuple[list[dict[str, Any]], dict[str, int], dict[str, np.ndarray]]:
    """The looks of nodes with their numbers by mark, and the columns of nodes, links and names.

    `around` counts the neighbours of each node everywhere; `families` names the family of every kind.
    """
    looks = list(_ACCOUNTS.values())
    number = {mark: n for n, mark in enumerate(_ACCOUNTS)}
    for kind, mark in sorted(marks({*whole.kinds, *families}).items()):
        number[f"k/{kind}"] = len(looks)
        family = words.kind(families.get(kind, kind))
        looks.append(
            {"label": words.kind(kind), "colour": mark.colour, "shape": _SHAPES[mark.symbol], "kind": True, "family": family}
        )
    look = np.empty(whole.nodes, np.uint8)
    look[: whole.size] = np.where(whole.flagged, 0, np.where(whole.core, 1, 2))
    look[whole.size :] = [min(number[f"k/{kind}"], 255) for kind in whole.kinds]
    size = np.full(whole.nodes, 20 if whole.size > 5_000 else 30 if whole.size > 500 else 50, np.uint8)
    size[whole.size :] = np.minimum(26 + 5 * np.log2(1 + whole.holders()), 90).astype(np.uint8)
    strength = np.zeros(whole.nodes, np.uint8)
    strength[whole.size :] = np.clip(whole.strength * 100, 0, 100).astype(np.uint8)
    strongest = whole.strongest(next((each for most, each in _EACH if whole.size <= most), _FEWEST))
    columns: dict[str, np.ndarray] = {
        "x": places[:, 0].astype(np.float32),
        # a canvas counts downwards, sigma upwards
        "y": -places[:, 1].astype(np.float32),
        "look": look,
        "size": size,
        "strength": strength,
        "around": around.astype(np.uint32),
        "source": whole.source[strongest].astype(np.uint32),
        "target": (whole.target[strongest] + whole.size).astype(np.uint32),
    }
    names = [words.plain(name, 40) for name in (*whole.accounts, *whole.values)]
    return looks, number, {**columns, **graph_component.text_columns("names", names)}
