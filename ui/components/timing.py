"""When a cluster is active, as a map of which a part can be picked: the graph and the tables then show that part."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, Final

import plotly.graph_objects as go
import streamlit as st

from linkage.investigate import ClusterSummary, Day
from linkage.views import Heat, Window
from ui import reading, session, words
from ui.components.activity import day_bars
from ui.components.charts import SCALE, SELECTING, finish

_KINDS: Final = {"day": "Hour by day", "account": "Account by time"}


def window_of(cluster_id: str) -> Window | None:
    """The part of the activity that is looked at; None is all of it."""
    chosen = st.session_state.get(session.window(cluster_id))
    return chosen if isinstance(chosen, Window) else None


@st.fragment
def timing(cluster: ClusterSummary, days: tuple[Day, ...]) -> None:
    """Draw the time bar and the map."""
    if st.session_state.pop(session.REDRAW, False):
        st.rerun()
    cluster_id = cluster.cluster_id
    if not days:
        st.header("Activity", anchor=False)
        st.text("The input holds no requests of its accounts.")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.header("Activity", anchor=False, width="content")
        kind = st.segmented_control(
            "Map of the activity",
            list(_KINDS),
            key=session.heat_kind(cluster_id),
            default="day",
            required=True,
            format_func=_KINDS.__getitem__,
            label_visibility="collapsed",
            persist_state="session",
        )
        window = window_of(cluster_id)
        if window is not None:
            st.text(said(window), width="content")
            st.button("Show all times", icon=":material/close:", on_click=_forget, args=(cluster_id,))
    left, right = st.columns([2, 3], gap="medium")
    with left:
        st.caption("Requests per day (UTC). Drag over days to look at them alone.")
        _days(cluster_id, days)
    with right:
        heat = reading.heat_of(cluster_id, kind or "day")
        if kind == "account":
            st.caption(
                f"Requests of the {len(heat.rows):,} busiest of {heat.of:,} active accounts by time (UTC), "
                f"a column {heat.hours:,} h. Drag a box to pick."
            )
        else:
            st.caption("Requests by hour and day (UTC). Drag a box to pick.")
        _map(cluster_id, kind or "day", heat)


def said(window: Window) -> str:
    """A window in words."""
    days = words.day(window.first) if window.first == window.last else f"{words.day(window.first)} to {words.day(window.last)}"
    hours = "" if (window.hour_from, window.hour_to) == (0, 23) else f", {window.hour_from:02d}:00 to {window.hour_to:02d}:59"
    accounts = "" if window.accounts is None else f", {len(window.accounts):,} accounts"
    return f"{days}{hours} UTC{accounts}"


def _forget(cluster_id: str) -> None:
    _look_at(cluster_id, None)


def _look_at(cluster_id: str, window: Window | None) -> None:
    """Look at a part of the activity: the whole page is drawn for it, charts without what was picked in them."""
    if st.session_state.get(session.window(cluster_id)) == window:
        return
    st.session_state[session.window(cluster_id)] = window
    st.session_state[session.REDRAW] = True
    key = session.picked(cluster_id)
    st.session_state[key] = st.session_state.get(key, 0) + (window is None)


def _key(cluster_id: str, chart: str) -> str:
    # a key of its own after each "show all times", because a chart keeps what was picked in it as long as it is there
    return f"{chart}/{cluster_id}/{st.session_state.get(session.picked(cluster_id), 0)}"


def _days(cluster_id: str, days: tuple[Day, ...]) -> None:
    key = _key(cluster_id, "days")
    figure = go.Figure(day_bars(days))
    figure.update_layout(bargap=0.12, xaxis_type="date", yaxis_rangemode="tozero", dragmode="select", selectdirection="h")
    if (days[-1].day - days[0].day).days < 8:
        figure.update_xaxes(dtick=24 * 3600 * 1000, tickformat="%b %-d")

    def picked() -> None:
        box = _box(key)
        ends = None if box is None else _span(box.get("x"))
        if ends is None:
            return
        # a day's bar stands at its midnight
        inside = [each.day for each in days if ends[0] <= datetime.combine(each.day, time()) <= ends[1]]
        middle = ends[0] + (ends[1] - ends[0]) / 2
        nearest = min(days, key=lambda each: abs(datetime.combine(each.day, time()) - middle)).day
        _look_at(cluster_id, Window(min(inside, default=nearest), max(inside, default=nearest)))

    busiest = max(days, key=lambda each: each.requests)
    st.plotly_chart(
        finish(figure, height=250),
        key=key,
        config=SELECTING,
        on_select=picked,
        selection_mode="box",
        alt=f"Requests per day from {words.day(days[0].day)} to {words.day(days[-1].day)}; "
        f"most on {words.day(busiest.day)}: {words.count(busiest.requests)}.",
    )


def _map(cluster_id: str, kind: str, heat: Heat) -> None:
    key = _key(cluster_id, kind)
    most = max((max(row) for row in heat.requests), default=0) or 1
    if kind == "account":
        xs: list[Any] = [f"{each:%b %d %H:%M}" for each in heat.columns]
        ys: list[Any] = [words.hover(name, 18) for name in heat.rows]
        z = [list(row) for row in heat.requests]
        full = [[f"{words.hover(name)}<br>{when}" for when in xs] for name in heat.rows]
    else:
        xs = [f"{each:%a %b %d}" for each in heat.rows]
        ys = [f"{hour:02d}" for hour in heat.columns]
        z = [list(column) for column in zip(*heat.requests, strict=True)]
        full = [[f"{day}, {hour}:00" for day in xs] for hour in ys]
    # cells by number: names may repeat, and an axis of names would merge those
    figure = go.Figure(
        go.Heatmap(
            z=z,
            x=list(range(len(xs))),
            y=list(range(len(ys))),
            customdata=full,
            xgap=1,
            ygap=1 if len(ys) < 40 else 0,
            zmin=0,
            zmax=most,
            colorscale=SCALE,
            colorbar={"thickness": 10, "title": None, "tickformat": "~s"},
            hovertemplate="%{customdata}<br>%{z:,} requests<extra></extra>",
        )
    )
    # a heat map gives no points to a box: unseen ones do, and texts without letters are not even drawn
    figure.add_scatter(
        x=[i for i in range(len(xs)) for _ in ys],
        y=[j for _ in xs for j in range(len(ys))],
        mode="text",
        hoverinfo="skip",
        showlegend=False,
    )
    step = max(1, len(xs) // 8)
    every = max(1, len(ys) // 12)
    figure.update_layout(
        dragmode="select",
        xaxis={
            "tickvals": list(range(0, len(xs), step)),
            "ticktext": xs[::step],
            "showgrid": False,
            "range": [-0.5, len(xs) - 0.5],
        },
        yaxis={
            "tickvals": list(range(0, len(ys), every)),
            "ticktext": ys[::every],
            "showgrid": False,
            "range": [len(ys) - 0.5, -0.5],
        },
    )

    def picked() -> None:
        box = _box(key)
        if box is None:
            return
        across, down = _cells(box.get("x"), len(xs)), _cells(box.get("y"), len(ys))
        if across is None or down is None:
            return
        if kind == "account":
            last = heat.columns[across[1]] + timedelta(hours=heat.hours) - timedelta(seconds=1)
            first = heat.columns[across[0]]
            names = tuple(heat.rows[down[0] : down[1] + 1])
            from_hour, to_hour = (first.hour, last.hour) if first.date() == last.date() else (0, 23)
            every = len(names) == len(heat.rows)
            _look_at(cluster_id, Window(first.date(), last.date(), from_hour, to_hour, None if every else names))
        else:
            _look_at(cluster_id, Window(heat.rows[across[0]], heat.rows[across[1]], down[0], down[1]))

    st.plotly_chart(
        finish(figure, height=250 if kind == "day" else min(560, 120 + 12 * len(ys))),
        key=key,
        config=SELECTING,
        on_select=picked,
        selection_mode="box",
        alt=f"{_KINDS[kind]}: requests in {len(ys)} rows and {len(xs)} columns; most in one cell: {words.count(most)}.",
    )


def _box(key: str) -> dict[str, Any] | None:
    state = st.session_state.get(key) or {}
    boxes = state.get("selection", {}).get("box", [])
    return dict(boxes[0]) if boxes else None


def _cells(ends: Any, count: int) -> tuple[int, int] | None:
    """The cells whose middles lie between two places on an axis."""
    if not isinstance(ends, list) or len(ends) != 2 or not all(isinstance(end, int | float) for end in ends):
        return None
    low, high = sorted(ends)
    first, last = max(0, -int(-low // 1)), min(count - 1, int(high // 1))
    return (first, last) if first <= last else (min(first, count - 1), min(first, count - 1))


def _span(ends: Any) -> tuple[datetime, datetime] | None:
    """Two times on an axis of dates."""
    if not isinstance(ends, list) or len(ends) != 2:
        return None
    try:
        low, high = sorted(datetime.fromisoformat(str(end).replace(" ", "T")[:19]) for end in ends)
    except ValueError:
        return None
    return low, high
