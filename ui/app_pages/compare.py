"""Two clusters or two accounts side by side: what they share, the path between them, when each is active."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import plotly.graph_objects as go
import streamlit as st

from linkage.access import Action
from linkage.errors import NotFound
from linkage.investigate import EvidencePath
from linkage.views import Course
from ui import links, people, reading, session, words
from ui.components import navigation
from ui.components.charts import COLOURS, CONFIG, finish
from ui.components.identifiers import identifier_link, strength_bar
from ui.components.marks import marks
from ui.components.table import Cell, Column, bar, link, table, text

_SHARED = (
    Column("Shared identifier", header=True),
    Column("Kind", align="nowrap"),
    Column("Strength", width="9rem"),
    Column("On the first", align="right"),
    Column("On the second", align="right"),
    Column("Everywhere", align="right"),
)
_LONGEST: Final = 10_000
#: Below a chart and its labels, which are two lines where a year is said.
_BELOW: Final = {"orientation": "h", "y": -0.25}


@dataclass(frozen=True)
class _Side:
    """One of the two: its name, its accounts, and a row of figures about it."""

    name: str
    accounts: list[str]
    facts: list[Cell]


def page() -> None:
    """Draw what the address names, and a form for other names."""
    st.title("Compare", anchor=False)
    kind = "account" if st.query_params.get("kind") == "account" else "cluster"
    one, other = st.query_params.get("a", "").strip(), st.query_params.get("b", "").strip()
    _form(kind, one, other)
    if not one or not other:
        st.text("Name two clusters or two accounts. The pages of both lead here, too.")
        return
    if one == other:
        st.text("That is one and the same. Name two.")
        return
    sides = []
    for name in (one, other):
        try:
            sides.append(_cluster(name) if kind == "cluster" else _account(name))
        except NotFound:
            st.text(f"This snapshot has no {kind} {words.plain(name)}.")
            return
    for name in (one, other):
        people.looked(Action.view, f"{kind}:{name}")
    _figures(kind, sides[0], sides[1])
    _shared(sides[0], sides[1])
    if kind == "account":
        _path(one, other)
    else:
        _bridge(one, other)
    _timing(sides[0], sides[1])


def _form(kind: str, one: str, other: str) -> None:
    def go_there() -> None:
        chosen = str(st.session_state.get(session.COMPARE_KIND) or "Clusters")
        names = [str(st.session_state.get(key) or "").strip() for key in (session.COMPARE_ONE, session.COMPARE_OTHER)]
        navigation.ask(links.compare("account" if chosen == "Accounts" else "cluster", names[0], names[1]))

    shown = (kind, one, other)
    if st.session_state.get(session.COMPARE_SHOWN) != shown:
        st.session_state[session.COMPARE_SHOWN] = shown
        st.session_state[session.COMPARE_KIND] = "Accounts" if kind == "account" else "Clusters"
        st.session_state[session.COMPARE_ONE], st.session_state[session.COMPARE_OTHER] = one, other
    with st.form("compare", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        st.segmented_control(
            "What", ["Clusters", "Accounts"], key=session.COMPARE_KIND, required=True, label_visibility="collapsed"
        )
        for label, key in (("The first", session.COMPARE_ONE), ("The second", session.COMPARE_OTHER)):
            st.text_input(label, key=key, max_chars=_LONGEST, label_visibility="collapsed", placeholder=label, width=300)
        st.form_submit_button("Compare", on_click=go_there, type="primary")


def _cluster(name: str) -> _Side:
    found = reading.cluster_detail(name, identifiers=reading.IDENTIFIERS).summary
    return _Side(
        name,
        reading.names_of(name),
        [
            link(words.plain(name, 40), links.cluster(name), mark="flagged" if found.flagged else None, tone="bad"),
            bar(found.risk, words.percent(found.risk), tone="bad" if found.flagged else None),
            text(words.count(found.size), note=f"{found.core:,} core"),
            text(words.brief(found.requests), note=f"{words.brief(found.output_tokens)} tokens out"),
            text(words.day(found.first_seen), note=f"to {words.day(found.last_seen)}"),
            text(words.families(found)),
            text(words.strongest(found)),
        ],
    )


def _account(name: str) -> _Side:
    found = reading.account_detail(name, identifiers=200)
    home = found.cluster
    return _Side(
        name,
        [name],
        [
            link(words.plain(name, 40), links.account(name), mark="flagged" if found.flagged else None, tone="bad"),
            bar(found.risk, words.percent(found.risk), tone="bad" if found.flagged else None),
            text(words.plain(found.role)),
            text(words.brief(found.requests), note=f"{words.brief(found.output_tokens)} tokens out"),
            text(words.day(found.first_seen), note=f"to {words.day(found.last_seen)}"),
            text(
                ", ".join(words.plain(each, 30) for each in (found.email_domain, found.country, found.org_id) if each)
                or words.NOTHING
            ),
            link(words.plain(home.cluster_id, 24), links.cluster(home.cluster_id)) if home else text("in no cluster"),
        ],
    )


def _figures(kind: str, one: _Side, other: _Side) -> None:
    last = ("Evidence", "Strongest reason") if kind == "cluster" else ("Signed up as", "Cluster")
    names = ("Risk", "Accounts" if kind == "cluster" else "Role", "Requests", "Active", *last)
    table(
        "Both sides",
        (Column("Cluster" if kind == "cluster" else "Account", header=True), *(Column(name) for name in names)),
        [one.facts, other.facts],
        key="sides",
    )


def _shared(one: _Side, other: _Side) -> None:
    st.header("What they share", anchor=False)
    found = reading.shared_between(tuple(one.accounts), tuple(other.accounts))
    if not found:
        st.text("No identifier is on both sides.")
        return
    given = marks(each.kind for each in found)
    table(
        "Identifiers on both sides, those that count first",
        _SHARED,
        [
            [
                identifier_link(each.kind, each.value, given),
                text(words.kind(each.kind)),
                strength_bar(each.strength, counts=each.links),
                text(words.count(each.one)),
                text(words.count(each.other)),
                text(words.count(each.everywhere)),
            ]
            for each in found[:25]
        ],
        key="shared",
    )
    if len(found) > 25:
        st.caption("The 25 that say most are shown.")


def _path(one: str, other: str) -> None:
    st.header("The path between them", anchor=False)
    why = reading.explained(one, other, limit=3)
    st.text(words.stopped(why.sentence, names=[one, other]))
    rows = [row for path in why.paths for row in _steps(path)]
    if rows:
        table(
            "The path",
            (Column("From", header=True), Column("By"), Column("Strength", width="8rem"), Column("To")),
            rows,
            key="path",
        )


def _steps(path: EvidencePath) -> list[list[Cell]]:
    given = marks(each.kind for each in path.links)
    return [
        [
            link(words.plain(path.accounts[step], 40), links.account(path.accounts[step])),
            identifier_link(each.kind, each.value, given, limit=50, note=words.kind(each.kind)),
            bar(each.weight, f"{each.weight or 0:.2f}"),
            link(words.plain(path.accounts[step + 1], 40), links.account(path.accounts[step + 1])),
        ]
        for step, each in enumerate(path.links)
    ]


def _bridge(one: str, other: str) -> None:
    st.header("The bridge between them", anchor=False)
    found = [(bridge, end) for bridge in reading.bridges_of(one, limit=50) for end in bridge.ends if end.cluster_id == other]
    if not found:
        st.text("No identifier that counts links accounts of one to accounts of the other.")
        return
    given = marks(bridge.kind for bridge, _ in found)
    table(
        "Bridges between the clusters",
        (
            Column("Identifier", header=True),
            Column("Strength", width="9rem"),
            Column("Accounts of the first", align="right"),
            Column("Accounts of the second", align="right"),
        ),
        [
            [
                identifier_link(bridge.kind, bridge.value, given, note=words.kind(bridge.kind)),
                strength_bar(bridge.strength),
                text(words.count(bridge.inside)),
                text(words.count(end.accounts)),
            ]
            for bridge, end in found[:15]
        ],
        key="bridge",
    )


def _timing(one: _Side, other: _Side) -> None:
    st.header("When they are active", anchor=False)
    courses = [reading.course(tuple(side.accounts)) for side in (one, other)]
    if not any(course.days for course in courses):
        st.text("The input holds no requests of either.")
        return
    left, right = st.columns(2, gap="medium")
    with left:
        st.caption("Requests per day (UTC), each side by its own busiest day")
        st.plotly_chart(_days(one, other, courses), key="compare-days", config=CONFIG, alt="Requests per day of both sides")
    with right:
        st.caption("Share of requests by hour of the day (UTC)")
        st.plotly_chart(_hours(one, other, courses), key="compare-hours", config=CONFIG, alt="Requests by hour of both sides")


def _days(one: _Side, other: _Side, courses: list[Course]) -> go.Figure:
    figure = go.Figure()
    for side, course, colour, dash in zip((one, other), courses, COLOURS, ("solid", "dot"), strict=True):
        most = max((n for _, n in course.days), default=0) or 1
        figure.add_scatter(
            x=[day for day, _ in course.days], y=[n / most for _, n in course.days], customdata=[n for _, n in course.days],
            mode="lines+markers", name=words.hover(side.name, 24), line={"color": colour, "dash": dash},
            hovertemplate="%{x|%Y-%m-%d}: %{customdata:,} requests<extra></extra>",
        )  # fmt: skip
    figure = finish(figure, height=280)
    return figure.update_layout(showlegend=True, legend=_BELOW, yaxis={"tickformat": ".0%"})


def _hours(one: _Side, other: _Side, courses: list[Course]) -> go.Figure:
    figure = go.Figure()
    for side, course, colour in zip((one, other), courses, COLOURS, strict=True):
        total = sum(course.hours) or 1
        figure.add_bar(
            x=list(range(24)), y=[n / total for n in course.hours], name=words.hover(side.name, 24), marker_color=colour,
            customdata=list(course.hours), hovertemplate="%{x}:00: %{y:.1%}, %{customdata:,} requests<extra></extra>",
        )  # fmt: skip
    figure = finish(figure, height=280)
    return figure.update_layout(
        showlegend=True,
        legend=_BELOW,
        yaxis={"tickformat": ".0%"},
        barmode="group",
        xaxis={"dtick": 3},
    )


page()
