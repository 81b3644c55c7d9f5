"""A cluster: the verdict and the case, its graph, when it is active, why, who is in it, what changed and what speaks for it."""

from __future__ import annotations

import streamlit as st

from linkage.access import Action
from linkage.errors import NotFound
from linkage.investigate import ClusterDetail, ClusterSummary
from ui import people, reading, words
from ui.components import states
from ui.components.casefile import changes, history, notes
from ui.components.counter import counter
from ui.components.disposition import disposition, standing
from ui.components.facts import facts
from ui.components.graph import kind_marks
from ui.components.heading import heading
from ui.components.identifiers import shared_identifiers
from ui.components.members import members
from ui.components.models import models
from ui.components.reasons import reasons
from ui.components.related import related
from ui.components.timing import timing
from ui.components.workbench import workbench


def page() -> None:
    """Draw the cluster that the address names."""
    cluster_id = st.query_params.get("cluster", "")
    if not cluster_id:
        states.unnamed("cluster")
        return
    try:
        detail = reading.cluster_detail(cluster_id, identifiers=reading.IDENTIFIERS)
    except NotFound:
        states.missing("cluster", cluster_id)
        return
    people.looked(Action.view, f"cluster:{cluster_id}")
    case = people.case_of(cluster_id)
    # close together, so that the graph is on the screen without scrolling
    with st.container(gap="xsmall"):
        _head(detail)
        workbench(detail.summary)
    # filled last: what draws charts is large, and would keep the browser from the graph
    charts = st.container()
    given = kind_marks(detail.summary)
    left, right = st.columns([5, 3], gap="medium")
    with left:
        reasons(detail.summary)
    with right:
        notes(detail.summary, case)
        related(detail.summary, case)
    shared_identifiers(cluster_id, detail.identifiers, given)
    members(detail.summary)
    left, right = st.columns(2, gap="medium")
    with left:
        changes(detail, case)
    with right:
        history(detail.summary, case)
    counter(detail.summary)
    models(detail.models)
    with charts:
        timing(detail.summary, detail.days)


def _head(detail: ClusterDetail) -> None:
    cluster = detail.summary
    marks = {"flagged": "bad"} if cluster.flagged else {"not flagged": ""}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        heading("Cluster", cluster.cluster_id, marks, width="content")
        disposition(cluster)
    standing(cluster)
    st.text(words.verdict(cluster))
    facts(
        {
            "Risk": (words.percent(cluster.risk), f"rank {cluster.rank:,}"),
            "Accounts": (words.count(cluster.size), f"{cluster.core:,} core, {cluster.associates:,} associates"),
            "Requests": (words.brief(cluster.requests), f"{words.brief(cluster.input_tokens)} tokens in"),
            "Output tokens": (words.brief(cluster.output_tokens), _each(cluster)),
            "Active": (words.day(cluster.first_seen), f"to {words.day(cluster.last_seen)}"),
            "Since the last rebuild": (words.change(cluster), _lineage(detail)),
        },
        flat=True,
    )


def _each(cluster: ClusterSummary) -> str:
    return f"{cluster.output_tokens / cluster.requests:,.0f} a request" if cluster.requests else ""


def _lineage(detail: ClusterDetail) -> str:
    before = [line for line in detail.lineage if line.previous_id is not None]
    returned = [line.previous_id for line in before if line.event == "returned"]
    if returned:
        return f"grew back from {words.plain(returned[0], 16)}"
    others = [line.previous_id for line in before if line.previous_id != detail.summary.cluster_id]
    if others:
        named = ", ".join(words.plain(name, 16) for name in others[:3])
        return f"from {named}" + (f" and {len(others) - 3:,} more" if len(others) > 3 else "")
    return f"was {detail.summary.previous_size:,} accounts" if detail.summary.previous_size else "not there before"


page()
