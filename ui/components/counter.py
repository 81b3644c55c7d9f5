"""Counter-evidence: what speaks for the accounts of a cluster."""

from __future__ import annotations

from typing import Final

import streamlit as st

from linkage.investigate import ClusterSummary
from ui import links, reading, words
from ui.components.table import Column, bar, link, table, text

#: From this size on it is looked for when it is asked for: it reads all that the members did.
_AT_ONCE: Final = 2_000
_SHOWN: Final = 10


@st.fragment
def counter(cluster: ClusterSummary) -> None:
    """Draw what speaks against the suspicion, in sum and account by account."""
    st.header("Counter-evidence", anchor=False)
    if cluster.size > _AT_ONCE:
        asked = st.toggle(
            "Look for it", key=f"counter/{cluster.cluster_id}", help="It takes some seconds in a cluster of this size"
        )
        if not asked:
            return
    found = reading.counter_of(cluster.cluster_id)
    if found.narrowed:
        st.text(words.sentence(found.narrowed))
    if not found.common and not found.reasons:
        st.text("Nothing was found that speaks for these accounts.")
        return
    if found.reasons:
        for reason in found.reasons:
            st.text(f"Lowers the risk: {words.sentence(reason.sentence)}")
    if not found.common:
        return
    if found.mixed:
        st.text(words.sentence(found.mixed))
    left, right = st.columns([2, 3], gap="medium")
    with left:
        table(
            "What speaks for accounts, in sum",
            (Column("Of the accounts", width="8rem"), Column("What speaks for them", header=True)),
            [[bar(each.share, words.percent(each.share)), text(words.sentence(each.sentence))] for each in found.common],
            key="counter-common",
        )
    with right:
        table(
            "Accounts for which most speaks",
            (Column("Account", header=True), Column("Role"), Column("What speaks for it")),
            [
                [
                    link(
                        words.plain(each.account_id, 30),
                        links.account(each.account_id),
                        mark="flagged" if each.flagged else None,
                        tone="bad",
                    ),
                    text(words.plain(each.role)),
                    text("; ".join(words.plain(fact.sentence, 200) for fact in each.facts) + "."),
                ]
                for each in found.accounts[:_SHOWN]
            ],
            key="counter-accounts",
        )
    if len(found.accounts) > _SHOWN:
        st.caption(f"and {len(found.accounts) - _SHOWN:,} more accounts for which something speaks")
