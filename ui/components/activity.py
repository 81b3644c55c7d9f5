"""When accounts were active: requests by day, and by hour of the week."""

from __future__ import annotations

from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from linkage.investigate import Day, Hour
from ui import words
from ui.components.charts import CONFIG, PRIMARY, SCALE, finish

#: Days up to which each is named on the axis.
_FEW = 8
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def activity(days: Sequence[Day], hours: Sequence[Hour], *, key: str, whose: str) -> None:
    """Draw both charts; `whose` ends the sentence that says there is nothing."""
    st.header("Activity", anchor=False)
    if not days:
        st.text(f"The input holds no requests of {whose}.")
        return
    left, right = st.columns(2)
    with left:
        st.caption("Requests per day (UTC)")
        busiest = max(days, key=lambda day: day.requests)
        st.plotly_chart(
            _by_day(days),
            key=f"{key}-days",
            config=CONFIG,
            alt=f"Requests per day from {words.day(days[0].day)} to {words.day(days[-1].day)}; "
            f"most on {words.day(busiest.day)}: {words.count(busiest.requests)}.",
        )
    with right:
        st.caption("Requests by hour of the week (UTC)")
        peak = max(hours, key=lambda hour: hour.requests)
        st.plotly_chart(
            _by_hour(hours),
            key=f"{key}-hours",
            config=CONFIG,
            alt=f"Requests by weekday and hour; most on {_WEEKDAYS[peak.weekday]} at {peak.hour:02d}:00: "
            f"{words.count(peak.requests)}.",
        )


def day_bars(days: Sequence[Day]) -> go.Bar:
    """A bar of the requests of each day."""
    return go.Bar(
        x=[day.day for day in days],
        y=[day.requests for day in days],
        customdata=[[day.accounts, day.output_tokens] for day in days],
        marker_color=PRIMARY,
        hovertemplate="%{x|%a %Y-%m-%d}<br>%{y:,} requests of %{customdata[0]:,} accounts"
        "<br>%{customdata[1]:,} output tokens<extra></extra>",
    )


def _by_day(days: Sequence[Day]) -> go.Figure:
    figure = go.Figure(day_bars(days))
    figure.update_layout(bargap=0.15, xaxis_type="date", yaxis_rangemode="tozero")
    if (days[-1].day - days[0].day).days < _FEW:
        # left to itself, the axis would name hours between the days
        figure.update_xaxes(dtick=24 * 3600 * 1000, tickformat="%b %-d")
    return finish(figure, height=280)


def _by_hour(hours: Sequence[Hour]) -> go.Figure:
    cells = [[0] * 24 for _ in _WEEKDAYS]
    for hour in hours:
        cells[hour.weekday][hour.hour] = hour.requests
    figure = go.Figure(
        go.Heatmap(
            z=cells,
            x=list(range(24)),
            y=_WEEKDAYS,
            xgap=1,
            ygap=1,
            zmin=0,
            zmax=max(hour.requests for hour in hours) or 1,
            colorscale=SCALE,
            colorbar={"thickness": 10, "title": None, "tickformat": "~s"},
            hovertemplate="%{y} %{x}:00<br>%{z:,} requests<extra></extra>",
        )
    )
    figure.update_layout(
        xaxis={
            "tickmode": "array",
            "tickvals": [0, 6, 12, 18, 23],
            "ticktext": ["0", "6", "12", "18", "23"],
            "showgrid": False,
        },
        yaxis={"autorange": "reversed", "showgrid": False},
    )
    return finish(figure, height=280)
