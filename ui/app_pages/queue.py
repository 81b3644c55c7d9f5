"""The queue: clusters, riskiest first."""

from __future__ import annotations

from typing import Final

import streamlit as st

from linkage.investigate import ClusterSummary
from ui import links, reading, session, words
from ui.components.paging import page_of, pager
from ui.components.table import Cell, Column, bar, link, table, text

PAGE: Final = 20
_ORDERS: Final = {
    "risk": "Riskiest first",
    "size": "Largest first",
    "recent": "Last active first",
    "growth": "Grown most first",
    "requests": "Most requests first",
}
_COLUMNS = (
    Column("#", align="right", order="risk", rising=True, help="Rank by risk"),
    Column("Cluster", header=True, align="nowrap"),
    Column("Risk", width="8.5rem"),
    Column("Accounts", align="right", order="size"),
    Column("Change", align="nowrap", order="growth", help="Since the last rebuild"),
    Column("Strongest reason"),
    Column("Evidence", width="12rem"),
    Column("First seen", align="nowrap"),
    Column("Last seen", align="nowrap", order="recent"),
    Column("Requests", align="right", order="requests"),
    Column("Output tokens", align="right"),
)


def page() -> None:
    """Draw the queue: what is shown of it, a page, and the way to the others."""
    st.title("Queue", anchor=False)
    everything, flagged = reading.cluster_count(flagged=False), reading.cluster_count(flagged=True)
    if not everything:
        st.text("This snapshot has no clusters: no accounts are tied closely enough to others.")
        return
    sizes = {"flagged": flagged, "all": everything}
    with st.container(horizontal=True, vertical_alignment="center"):
        show = st.segmented_control(
            "Which clusters",
            list(sizes),
            key=session.QUEUE_SHOW,
            default="flagged" if flagged else "all",
            required=True,
            format_func=lambda name: f"{name.capitalize()} ({sizes[name]:,})",
            label_visibility="collapsed",
            persist_state="session",
            on_change=_first_page,
        )
        order = st.selectbox(
            "Order",
            list(_ORDERS),
            key=session.QUEUE_ORDER,
            format_func=_ORDERS.__getitem__,
            label_visibility="collapsed",
            persist_state="session",
            on_change=_first_page,
            width=210,
        )
    size = sizes[show or "all"]
    if not size:
        st.text("No cluster reaches the risk from which on it is flagged. The others are under All.")
        return
    shown = page_of(size, per_page=PAGE, key=session.QUEUE_PAGE)
    found = reading.queue_page(flagged=show == "flagged", order=order or "risk", limit=PAGE, offset=shown.skipped)
    table(
        "Clusters",
        _COLUMNS,
        [_row(cluster) for cluster in found],
        key="queue",
        sorted_by=order,
        on_sort=_sort,
    )
    pager(shown, key=session.QUEUE_PAGE, what="clusters")


def _first_page() -> None:
    st.session_state[session.QUEUE_PAGE] = 1


def _sort(order: str) -> None:
    st.session_state[session.QUEUE_ORDER] = order
    _first_page()


def _row(cluster: ClusterSummary) -> list[Cell]:
    return [
        text(words.count(cluster.rank)),
        link(words.plain(cluster.cluster_id, 24), links.cluster(cluster.cluster_id)),
        bar(
            cluster.risk,
            words.percent(cluster.risk),
            tone="bad" if cluster.flagged else None,
            mark="flagged" if cluster.flagged else None,
        ),
        text(words.count(cluster.size), note=f"{cluster.core:,} core"),
        text(words.change(cluster)),
        text(words.strongest(cluster), note=words.second(cluster)),
        text(words.families(cluster)),
        text(words.day(cluster.first_seen)),
        text(words.day(cluster.last_seen)),
        text(words.brief(cluster.requests), title=words.count(cluster.requests)),
        text(words.brief(cluster.output_tokens), title=words.count(cluster.output_tokens)),
    ]


page()
