"""All accounts of a cluster at once."""

from __future__ import annotations

import streamlit as st

from linkage.investigate import ClusterSummary


def draw(cluster: ClusterSummary) -> None:
    """Draw the whole of a cluster."""
    st.text("not yet")
