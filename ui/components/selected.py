"""What is selected in the graph of a cluster: what it is, why it is linked, and what would be without it."""

from __future__ import annotations

import streamlit as st

from linkage.investigate import ClusterSummary
from ui import session


def selected(cluster: ClusterSummary) -> None:
    """Draw what is known of the selected nodes."""
    st.header("Selected", anchor=False)
    st.text(str(st.session_state.get(session.graph_selected(cluster.cluster_id))))
