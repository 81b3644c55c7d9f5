"""The accounts of a cluster, a page at a time."""

from __future__ import annotations

from typing import Final

import streamlit as st

from linkage.investigate import ClusterSummary, Member
from ui import links, reading, session, words
from ui.components.paging import page_of, pager
from ui.components.table import Cell, Column, bar, link, table, text

PAGE: Final = 25
_COLUMNS = (
    Column("Account", header=True),
    Column("Risk", width="9rem", help="The account's own risk"),
    Column("Held", align="right", help="Share of its link weight that stays inside the cluster"),
    Column("Requests", align="right"),
    Column("Output tokens", align="right"),
    Column("Signed up", align="nowrap"),
    Column("First seen", align="nowrap"),
    Column("Last seen", align="nowrap"),
    Column("E-mail domain"),
    Column("Country"),
    Column("Organisation"),
    Column("Status"),
)


@st.fragment
def members(cluster: ClusterSummary) -> None:
    """Draw a page of the members; core and associates apart."""
    st.header("Members", anchor=False)
    role_key, page_key = session.members_role(cluster.cluster_id), session.members_page(cluster.cluster_id)
    sizes = {"core": cluster.core, "associates": cluster.associates}
    role = st.segmented_control(
        "Role",
        list(sizes),
        key=role_key,
        default="core" if cluster.core else "associates",
        required=True,
        format_func=lambda name: f"{name.capitalize()} ({sizes[name]:,})",
        label_visibility="collapsed",
        on_change=lambda: st.session_state.pop(page_key, None),
    )
    size, before = sizes[role or "core"], 0 if role == "core" else cluster.core
    if not size:
        st.text("It has no core: nobody in it is held firmly." if role == "core" else "It has no associates: all are core.")
        return
    shown = page_of(size, per_page=PAGE, key=page_key)
    found = reading.members_page(cluster.cluster_id, limit=shown.length, offset=before + shown.skipped)
    table(f"Members: {role}", _COLUMNS, [_row(member) for member in found], key="members")
    pager(shown, key=page_key, what=role or "core")


def _row(member: Member) -> list[Cell]:
    return [
        link(
            words.plain(member.account_id),
            links.account(member.account_id),
            mark=None if member.label is None else words.kind(member.label),
            tone="bad" if member.label == "confirmed_fraud" else "good" if member.label == "confirmed_benign" else None,
            title=words.plain(member.account_id, words.LONG),
        ),
        bar(member.risk, words.percent(member.risk), tone="bad" if member.flagged else None),
        text(words.percent(member.attachment)),
        text(words.brief(member.requests), title=words.count(member.requests)),
        text(words.brief(member.output_tokens), title=words.count(member.output_tokens)),
        text(words.day(member.created_at)),
        text(words.day(member.first_seen)),
        text(words.day(member.last_seen)),
        text(words.plain(member.email_domain, 40)),
        text(words.plain(member.country, 12)),
        text(words.plain(member.org_id, 30)),
        text(words.plain(member.status, 20)),
    ]
