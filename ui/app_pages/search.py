"""What a search finds: clusters, accounts and identifiers."""

from __future__ import annotations

from typing import Final

import streamlit as st

from linkage.investigate import Hit
from ui import links, people, reading, words
from ui.components.table import Cell, Column, link, table, text

_HITS: Final = 50
_COLUMNS = (
    Column("Found", header=True),
    Column("What it is"),
    Column("Accounts", align="right"),
    Column("Cluster", align="nowrap"),
    Column("Match"),
)
_MATCHES: Final = {
    "equal": "exact",
    "begins": "begins with it",
    "holds": "contains it",
    "inside": "inside or around that range",
}


def page() -> None:
    """Draw what the address asks for."""
    st.title("Search", anchor=False)
    asked = st.query_params.get("q", "").strip()
    if not asked:
        st.text(
            "Type above an account, a cluster, an identifier of any kind, an address, or a range such as 203.0.113.0/24. "
            "A part of a name will do."
        )
        return
    people.searched(asked)
    found = reading.hits(asked, limit=_HITS)
    if not found:
        st.text(f"Nothing is called {words.plain(asked)} or has that in its name.")
        return
    st.text(f"{'The first ' if len(found) == _HITS else ''}{len(found)} found for {words.plain(asked)}:")
    table("What was found", _COLUMNS, [_row(hit) for hit in found], key="hits")


def _row(hit: Hit) -> list[Cell]:
    inside = hit.cluster_id is not None and hit.type != "cluster"
    return [
        link(
            words.plain(hit.value),
            links.hit(hit),
            mark="flagged" if hit.flagged else None,
            tone="bad",
            title=words.plain(hit.value, words.LONG),
        ),
        text(hit.type if hit.kind is None else words.kind(hit.kind)),
        text(words.NOTHING if hit.type == "account" else words.count(hit.accounts)),
        link(words.plain(hit.cluster_id, 24), links.cluster(hit.cluster_id or "")) if inside else text(words.NOTHING),
        text(_MATCHES.get(hit.match, hit.match)),
    ]


page()
