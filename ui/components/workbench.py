"""The middle of a cluster's page: its graph on the left, what is selected in it on the right."""

from __future__ import annotations

import streamlit as st

from linkage.investigate import ClusterSummary
from ui import session
from ui.components.graph import graph
from ui.components.selected import selected


@st.fragment
def workbench(cluster: ClusterSummary) -> None:
    """Draw both; what happens in the graph runs only this, unless it leads to another page."""
    if st.session_state.pop(session.REDRAW, False):
        st.rerun()
    left, right = st.columns([5, 3], gap="medium")
    with left:
        graph(cluster)
    with right:
        selected(cluster)
