"""The whole snapshot at a glance: whether the rebuild is well, what is new, risk and size, evidence at work, the trend."""

from __future__ import annotations

import math
from statistics import median
from typing import Final

import plotly.graph_objects as go
import streamlit as st

from linkage.investigate import asides
from ui import links, reading, words
from ui.components import navigation
from ui.components.charts import CONFIG, PRIMARY, finish
from ui.components.facts import facts
from ui.components.marks import ACCOUNT, FLAGGED
from ui.components.table import Column, bar, link, table, text

_NEW: Final = 8
_MAP: Final = "overview-map"


def page() -> None:
    """Draw the overview."""
    st.title("Overview", anchor=False)
    _health()
    left, right = st.columns(2, gap="medium")
    with left:
        _new()
    with right:
        _families()
    left, right = st.columns(2, gap="medium")
    with left:
        _map()
    with right:
        _trend()
    _asides()


def _health() -> None:
    manifest = reading.snapshot().manifest
    counts = manifest.counts
    seconds = sum(stage.seconds for stage in manifest.stages)
    slowest = max(manifest.stages, key=lambda stage: stage.seconds, default=None)
    rows = sum(file.rows for file in manifest.inputs)
    aside, nulled = sum(file.set_aside for file in manifest.inputs), sum(file.nulled for file in manifest.inputs)
    found = reading.overview()
    facts(
        {
            "Snapshot": (words.minute(manifest.as_of), f"made {words.minute(manifest.created_at)} UTC"),
            "Rebuild took": (
                f"{seconds:,.0f} s",
                f"longest: {words.plain(slowest.name, 30)}, {slowest.seconds:,.0f} s" if slowest else "",
            ),
            "Rows read": (words.brief(rows), f"{aside:,} set aside, {nulled:,} cells nulled"),
            "Accounts": (
                words.count(counts.get("accounts")),
                f"{counts.get('flagged_accounts', 0):,} in flagged clusters' core",
            ),
            "Clusters": (words.count(len(found.dots)), f"{sum(dot.flagged for dot in found.dots):,} flagged"),
            "First trace to flag": (
                f"{median(found.days):,.1f} days" if found.days else words.NOTHING,
                f"median of {len(found.days):,} clusters flagged anew" if found.days else "no cluster was flagged anew",
            ),
        }
    )
    for notice in manifest.notices[:5]:
        st.caption("The rebuild said:")
        st.text(words.plain(notice, words.LONG))


def _new() -> None:
    st.header("New since the last rebuild", anchor=False)
    found = reading.overview()
    told = ", ".join(f"{n:,} {event} ({flagged:,} flagged)" for event, (n, flagged) in found.events.items())
    st.text(f"{told}." if told else "Nothing is known of what changed.")
    fresh = [dot for dot in found.dots if dot.event in ("born", "grown", "merged") and dot.flagged][:_NEW]
    if not fresh:
        st.text("No flagged cluster is new or grew.")
        return
    table(
        "Flagged clusters that are new or grew",
        (
            Column("Cluster", header=True),
            Column("What happened"),
            Column("Risk", width="9rem"),
            Column("Accounts", align="right"),
        ),
        [
            [
                link(words.plain(dot.cluster_id, 24), links.cluster(dot.cluster_id)),
                text("new" if dot.event == "born" else words.plain(dot.event)),
                bar(dot.risk, words.percent(dot.risk), tone="bad"),
                text(words.count(dot.size)),
            ]
            for dot in fresh
        ],
        key="fresh",
    )


def _families() -> None:
    st.header("Evidence at work", anchor=False)
    found = reading.families()
    if not found:
        st.text("No family of evidence ties any cluster.")
        return
    most = max(each.flagged for each in found) or 1
    table(
        "Families of evidence",
        (
            Column("Family", header=True),
            Column("Flagged clusters", width="11rem", help="Flagged clusters that it ties"),
            Column("All clusters", align="right"),
            Column("Accounts in the flagged", align="right"),
        ),
        [
            [
                text(words.kind(each.family)),
                bar(each.flagged / most, words.count(each.flagged)),
                text(words.count(each.clusters)),
                text(words.count(each.accounts)),
            ]
            for each in found
        ],
        key="families",
    )


def _map() -> None:
    st.header("Clusters by risk and size", anchor=False)
    found = reading.overview().dots
    if not found:
        st.text("There are no clusters.")
        return
    figure = go.Figure()
    for flagged, colour, shape, label in (
        (True, FLAGGED, "circle", "flagged"),
        (False, ACCOUNT, "diamond-open", "not flagged"),
    ):
        some = [dot for dot in found if dot.flagged == flagged]
        figure.add_scatter(
            x=[dot.size for dot in some], y=[dot.risk for dot in some], mode="markers", name=label,
            marker={"color": colour, "symbol": shape, "size": [7 + 2 * math.log10(dot.size) for dot in some], "opacity": 0.75},
            customdata=[dot.cluster_id for dot in some],
            text=[words.hover(dot.cluster_id, 30) for dot in some],
            hovertemplate="%{text}<br>%{x:,} accounts, risk %{y:.1%}<extra></extra>",
        )  # fmt: skip
    figure = finish(figure, height=330)
    figure.update_layout(
        xaxis={"type": "log", "title": "accounts", "tickvals": [n * 10**k for k in range(6) for n in (1, 2, 5)]},
        yaxis={"title": "risk", "tickformat": ".0%", "range": [-0.03, 1.05]},
        showlegend=True, legend={"orientation": "h", "y": 1.1}, clickmode="event+select", dragmode="pan",
    )  # fmt: skip

    def clicked() -> None:
        points = (st.session_state.get(_MAP) or {}).get("selection", {}).get("points", [])
        if points and isinstance(points[0].get("customdata"), str):
            navigation.ask(links.cluster(points[0]["customdata"]))

    st.plotly_chart(
        figure,
        key=_MAP,
        config=CONFIG,
        on_select=clicked,
        selection_mode="points",
        alt=f"{len(found)} clusters by size and risk",
    )
    st.caption("A click opens a cluster.")


def _trend() -> None:
    st.header("By rebuild", anchor=False)
    found = reading.rebuild_list()
    figure = go.Figure()
    times = [each.as_of for each in found]
    for name, label, colour, dash in (
        ("clusters", "clusters", ACCOUNT, "dot"),
        ("flagged", "flagged clusters", FLAGGED, "solid"),
        ("flagged_accounts", "flagged accounts", PRIMARY, "dash"),
    ):
        figure.add_scatter(
            x=times, y=[each.counts.get(name) for each in found], name=label, mode="lines+markers",
            line={"color": colour, "dash": dash}, hovertemplate="%{x|%Y-%m-%d %H:%M}: %{y:,}<extra>" + label + "</extra>",
        )  # fmt: skip
    figure = finish(figure, height=330)
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": 1.1}, yaxis={"rangemode": "tozero"})
    if len(found) == 1:
        figure.update_xaxes(tickvals=times, tickformat="%Y-%m-%d")
    last = found[-1].counts if found else {}
    st.plotly_chart(
        figure,
        key="overview-trend",
        config=CONFIG,
        alt=f"{len(found)} snapshots; the last has {last.get('clusters', 0)} clusters, {last.get('flagged', 0)} flagged",
    )
    st.caption(f"{len(found):,} {'snapshot is' if len(found) == 1 else 'snapshots are'} kept.")


def _asides() -> None:
    found = asides(reading.snapshot(), limit=10)
    if not found:
        return
    st.header("What could not be read", anchor=False)
    table(
        "Rows set aside and cells nulled",
        (
            Column("File", header=True),
            Column("Column"),
            Column("What"),
            Column("Cells", align="right"),
            Column("First record", align="right"),
            Column("Reason there"),
        ),
        [
            [
                text(words.plain(each.file)),
                text(words.plain(each.column)),
                text(words.plain(each.effect)),
                text(words.count(each.cells)),
                text(words.count(each.first_record)),
                text(words.plain(each.reason, 200)),
            ]
            for each in found
        ],
        key="asides",
    )


page()
