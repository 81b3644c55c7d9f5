"""A cluster beside the queue: enough to tell whether to open it."""

from __future__ import annotations

import streamlit as st

from linkage.cases import Case
from linkage.investigate import ClusterSummary
from ui import links, session, words
from ui.components.facts import facts
from ui.components.table import Column, link, table


def preview(cluster: ClusterSummary, case: Case | None) -> None:
    """Draw the verdict, the reasons and the size of a cluster."""
    with st.container(border=True):
        table(
            "The cluster in the preview",
            (Column("Preview", header=True),),
            [
                [
                    link(
                        words.plain(cluster.cluster_id, 24),
                        links.cluster(cluster.cluster_id),
                        mark="flagged" if cluster.flagged else None,
                        tone="bad",
                        note="opens its page",
                    )
                ]
            ],
            key="preview-name",
        )
        st.text(words.verdict(cluster))
        facts(
            {
                "Accounts": (words.count(cluster.size), f"{cluster.core:,} core"),
                "Requests": (words.brief(cluster.requests), f"{words.brief(cluster.output_tokens)} tokens out"),
                "Case": ("new" if case is None else str(case.status), "" if case is None else words.plain(case.assignee, 20)),
            },
            key="preview-facts",
        )
        for reason in sorted(cluster.reasons, key=lambda each: -abs(each.points))[:8]:
            st.text(
                f"{reason.points:+.1f}  {words.sentence(reason.sentence)}".replace("-", "−", 1)
                if reason.points < 0
                else f"{reason.points:+.1f}  {words.sentence(reason.sentence)}"
            )
        st.caption("It rests on")
        st.text(words.families(cluster))
        st.button("Close the preview", on_click=_close)


def _close() -> None:
    st.session_state[session.QUEUE_PREVIEW] = None
