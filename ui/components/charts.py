"""What all charts have in common."""

from __future__ import annotations

from typing import Any, Final

import plotly.graph_objects as go

#: No button of the chart's own reaches for anything outside; a picture can be saved.
CONFIG: Final[dict[str, Any]] = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["lasso2d", "select2d", "autoScale2d"],
    "scrollZoom": False,
}
#: A chart in which a box picks: no button that would take the box away.
SELECTING: Final[dict[str, Any]] = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["lasso2d", "autoScale2d", "zoom2d", "zoomIn2d", "zoomOut2d", "resetScale2d"],
    "scrollZoom": False,
}
PRIMARY: Final = "#2f7fc1"
#: Two sides of one chart.
COLOURS: Final = ("#2f7fc1", "#c8478c")
#: More is less transparent: it stands out more on a light page and on a dark one. None at all is a faint grey.
SCALE: Final = [[0, "rgba(128,140,152,0.12)"], [0.0001, "rgba(47,127,193,0.22)"], [1, "rgba(47,127,193,1)"]]


def finish(figure: go.Figure, *, height: int) -> go.Figure:
    """Margins, height and hover of every chart."""
    figure.update_layout(height=height, margin={"l": 8, "r": 8, "t": 8, "b": 8}, showlegend=False, hoverlabel={"align": "left"})
    return figure
