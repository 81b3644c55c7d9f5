"""An identifier: what made it strong or weak, and who was seen with it."""

from __future__ import annotations

from typing import Final

import streamlit as st

from linkage.access import Action
from linkage.errors import NotFound
from linkage.investigate import IdentifierDetail
from ui import links, people, reading, session, words
from ui.components import states
from ui.components.facts import facts
from ui.components.heading import heading
from ui.components.paging import page_of, pager
from ui.components.table import Column, bar, link, table, text

_HOLDERS: Final = 200
_CLUSTERS: Final = 20
_PAGE: Final = 25
_IN = (
    Column("Cluster", header=True, align="nowrap"),
    Column("Its accounts on it", width="14rem"),
    Column("Accounts", align="right"),
    Column("Rank", align="right"),
)
_ON = (
    Column("Account", header=True),
    Column("Cluster", align="nowrap"),
    Column("Role"),
    Column("Risk", width="9rem"),
    Column("Seen", align="right"),
    Column("First seen", align="nowrap"),
    Column("Last seen", align="nowrap"),
    Column("First read in"),
)


def page() -> None:
    """Draw the identifier that the address names."""
    kind, value = st.query_params.get("kind", ""), st.query_params.get("value", "")
    if not kind or not value:
        states.unnamed("identifier")
        return
    try:
        detail = reading.identifier_detail(kind, value, holders=_HOLDERS, clusters=_CLUSTERS)
    except NotFound:
        states.missing("identifier", value, kind=kind)
        return
    people.looked(Action.view, f"identifier:{kind}:{value}")
    _head(detail)
    _clusters(detail)
    _holders(detail)


def _head(detail: IdentifierDetail) -> None:
    shown = words.kind(detail.kind)
    heading(f"{shown[:1].upper()}{shown[1:]}", detail.value)
    if detail.description:
        st.text(words.sentence(detail.description))
    if detail.sample:
        st.text(f"Sample: {words.plain(detail.sample, words.LONG)}")
    st.text(words.sentence(detail.note) if detail.note else "Nothing more is known of it.")
    facts(
        {
            "Accounts": (words.count(detail.accounts), "seen with it"),
            "Strength": (f"{detail.strength:.2f}", "counts in the graph" if detail.counts else "does not count"),
            "Rarity": (_share(detail.rarity), "few accounts on it: near 1"),
            "Corroboration": (_share(detail.corroboration), "they share other evidence: near 1"),
            "Evidence": (words.kind(detail.family), "family"),
            "Seen": (words.day(detail.first_seen), f"to {words.day(detail.last_seen)}"),
        }
    )


def _share(figure: float | None) -> str:
    return words.NOTHING if figure is None else f"{figure:.2f}"


def _clusters(detail: IdentifierDetail) -> None:
    st.header("Clusters", anchor=False)
    if not detail.clusters:
        st.text("None of the accounts on it is in a cluster.")
        return
    table(
        "Clusters with accounts on it",
        _IN,
        [
            [
                link(
                    words.plain(share.cluster_id, 24),
                    links.cluster(share.cluster_id),
                    mark="flagged" if share.flagged else None,
                    tone="bad",
                ),
                bar(share.accounts / share.size if share.size else 0.0, f"{share.accounts:,}"),
                text(words.count(share.size)),
                text(words.count(share.rank)),
            ]
            for share in detail.clusters
        ],
        key="clusters-of",
    )
    if len(detail.clusters) == _CLUSTERS:
        st.caption(f"The {_CLUSTERS} clusters with most accounts on it are shown.")


@st.fragment
def _holders(detail: IdentifierDetail) -> None:
    st.header("Accounts", anchor=False)
    page_key = session.holders_page(detail.kind, detail.value)
    shown = page_of(len(detail.holders), per_page=_PAGE, key=page_key)
    table(
        "Accounts seen with it",
        _ON,
        [
            [
                link(
                    words.plain(holder.account_id),
                    links.account(holder.account_id),
                    title=words.plain(holder.account_id, words.LONG),
                ),
                text(words.NOTHING)
                if holder.cluster_id is None
                else link(words.plain(holder.cluster_id, 24), links.cluster(holder.cluster_id)),
                text(words.plain(holder.role)),
                bar(holder.risk, words.percent(holder.risk), tone="bad" if holder.flagged else None),
                text(words.count(holder.n)),
                text(words.minute(holder.first_seen)),
                text(words.minute(holder.last_seen)),
                text(words.source(holder.source), title=f"SHA-256 {words.plain(holder.source.sha256, 64)}"),
            ]
            for holder in detail.holders[shown.skipped : shown.skipped + shown.length]
        ],
        key="holders",
    )
    pager(shown, key=page_key, what="accounts")
    if len(detail.holders) < detail.accounts:
        st.caption(f"Of {detail.accounts:,} accounts no more than {_HOLDERS} are shown here, flagged and risky ones first.")


page()
