"""What a cluster would be without one of its identifiers."""

from __future__ import annotations

from typing import Final

import streamlit as st

from linkage.errors import NotFound
from linkage.investigate import ClusterSummary, CutLink
from ui import reading, session, words
from ui.components.table import Cell, Column, table, text

#: Up to this size of a cluster the test is made unasked: it is below half a second.
_AT_ONCE: Final = 2_000
_CUT: Final = (Column("Without it", header=True), Column("Accounts", align="right"))


def cut_link(cluster: ClusterSummary, kind: str, value: str) -> None:
    """Draw the test, or the button that makes it where the cluster is large."""
    st.subheader("Cut-link test", anchor=False, help="What the rebuild would say of this cluster without this identifier")
    asked_key = session.cut_tested(cluster.cluster_id)
    asked: set[tuple[str, str]] = st.session_state.setdefault(asked_key, set())
    if cluster.size > _AT_ONCE and (kind, value) not in asked:

        def ask() -> None:
            st.session_state[asked_key] = {*asked, (kind, value)}

        st.button(
            "Make the test", on_click=ask, help="It takes some seconds in a cluster of this size", icon=":material/content_cut:"
        )
        return
    with st.spinner("Taking the identifier away…", show_time=cluster.size > _AT_ONCE):
        try:
            cut = reading.cut_of(cluster.cluster_id, kind, value)
        except NotFound as error:
            st.text(str(error))
            return
    st.text(words.sentence(cut.sentence))
    table("The cluster without the identifier", _CUT, _cut_rows(cut), key="cut")


def _cut_rows(cut: CutLink) -> list[list[Cell]]:
    pieces = ", ".join(words.count(size) for size in cut.pieces[:6]) or words.NOTHING
    return [
        [text("stay flagged"), text(f"{cut.flagged_after:,} of {cut.flagged:,}")],
        [text("stay core"), text(f"{cut.core_after:,} of {cut.core:,}")],
        [text("become associates"), text(words.count(cut.to_associate))],
        [text("leave the cluster"), text(words.count(cut.leaving))],
        [text("pieces that remain"), text(pieces)],
    ]
