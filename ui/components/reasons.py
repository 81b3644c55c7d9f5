"""Why a cluster has its risk: what speaks for it and what against, with points and figures."""

from __future__ import annotations

import streamlit as st

from linkage.investigate import ClusterSummary, Reason
from ui import words
from ui.components.table import Column, balance, table, text

_COLUMNS = (
    Column("Points", width="10.5rem", help="Added up as log-odds: right of the line raises the risk, left lowers it"),
    Column("Reason"),
)


def reasons(cluster: ClusterSummary) -> None:
    """Draw the reasons, strongest first, those for before those against."""
    st.header("Why", anchor=False)
    listed = (*_by_strength(cluster.reasons_for), *_by_strength(cluster.reasons_against))
    if not listed:
        st.text("No signal says anything about this cluster, neither for nor against.")
        return
    most = max(abs(reason.points) for reason in listed) or 1.0
    table(
        "Reasons for and against",
        _COLUMNS,
        [
            [
                balance(reason.points / most, f"{reason.points:+.1f}".replace("-", "−")),
                text(words.sentence(reason.sentence), title=f"signal {words.plain(reason.code)}"),
            ]
            for reason in listed
        ],
        key="reasons",
    )
    if not cluster.reasons_against:
        st.caption("Nothing was found that speaks against it.")


def _by_strength(found: tuple[Reason, ...]) -> list[Reason]:
    return sorted(found, key=lambda reason: -abs(reason.points))
