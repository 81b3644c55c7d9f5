"""Identifiers in tables: those that tie a cluster, and those of an account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import streamlit as st

from linkage.investigate import Link, SharedIdentifier
from ui import links, session, words
from ui.components.marks import Mark
from ui.components.paging import page_of, pager
from ui.components.table import Cell, Column, bar, link, table, text

PAGE: Final = 10
_SHARED = (
    Column("Identifier", header=True),
    Column("Kind", align="nowrap"),
    Column("Strength", width="9rem", help="Rarity x corroboration, 0 to 1"),
    Column("Accounts here", align="right"),
    Column("Everywhere", align="right"),
    Column("First seen", align="nowrap"),
    Column("Last seen", align="nowrap"),
    Column("What made it so", width="26%"),
)
_HELD = (
    Column("Identifier", header=True),
    Column("Kind", align="nowrap"),
    Column("Strength", width="9rem", help="Rarity x corroboration, 0 to 1"),
    Column("Accounts", align="right", help="Accounts seen with it, in the cluster and everywhere"),
    Column("Seen", align="right"),
    Column("First seen", align="nowrap"),
    Column("Last seen", align="nowrap"),
    Column("First read in", width="16%"),
    Column("What made it so", width="22%"),
)


@st.fragment
def shared_identifiers(cluster_id: str, every: Sequence[SharedIdentifier], given: dict[str, Mark]) -> None:
    """Draw a page of what ties a cluster, by the weight it carries inside."""
    st.header("Identifiers that tie it", anchor=False)
    if not every:
        st.text("No identifier is on two of its accounts.")
        return
    page_key = session.identifiers_page(cluster_id)
    shown = page_of(len(every), per_page=PAGE, key=page_key)
    found = every[shown.skipped : shown.skipped + shown.length]
    table(
        "Identifiers that tie the cluster, the weightiest first",
        _SHARED,
        [
            [
                identifier_link(item.kind, item.value, given, note=_stands_for(item.description, item.sample)),
                text(words.kind(item.kind)),
                strength_bar(item.strength, counts=item.counts),
                text(words.count(item.inside)),
                text(words.count(item.everywhere)),
                text(words.day(item.first_seen)),
                text(words.day(item.last_seen)),
                text(words.sentence(item.note)),
            ]
            for item in found
        ],
        key="identifiers",
    )
    pager(shown, key=page_key, what="identifiers that carry most weight")


@st.fragment
def held_identifiers(account_id: str, every: Sequence[Link], given: dict[str, Mark], *, in_cluster: bool) -> None:
    """Draw a page of the identifiers of one account, with where each was first read."""
    st.header("Identifiers", anchor=False)
    if not every:
        st.text("It was seen with no identifier.")
        return
    page_key = session.identifiers_page(account_id)
    shown = page_of(len(every), per_page=2 * PAGE, key=page_key)
    found = every[shown.skipped : shown.skipped + shown.length]
    table(
        "Identifiers of the account, what counts first",
        _HELD,
        [
            [
                identifier_link(item.kind, item.value, given, note=_stands_for(item.description, item.sample)),
                text(words.kind(item.kind)),
                strength_bar(item.strength, counts=item.counts),
                text(f"{item.inside:,} / {item.accounts:,}" if in_cluster else words.count(item.accounts)),
                text(words.count(item.seen[0].n if item.seen else None)),
                text(words.day(item.seen[0].first_seen if item.seen else None)),
                text(words.day(item.seen[0].last_seen if item.seen else None)),
                _source(item),
                text(words.sentence(item.note)),
            ]
            for item in found
        ],
        key="held",
    )
    pager(shown, key=page_key, what="identifiers, what counts first")


def identifier_link(
    kind: str,
    value: str,
    given: Mapping[str, Mark],
    *,
    limit: int = words.SHORT,
    note: str | None = None,
    says: str = "",
) -> Cell:
    """A cell that leads to an identifier's page: its value cut to `limit`, in full when pointed at, and then `says`."""
    whole = words.plain(value, words.LONG)
    return link(
        words.plain(value, limit),
        links.identifier(kind, value),
        symbol=given[kind].as_data(),
        note=note,
        title=f"{whole}: {says}" if says else whole,
    )


def strength_bar(strength: float, *, counts: bool = True) -> Cell:
    """A cell of an identifier's strength (0..1), or that it does not count."""
    return bar(strength, f"{strength:.2f}") if counts else text("does not count")


def _source(item: Link) -> Cell:
    if not item.seen:
        return text(words.NOTHING)
    where = item.seen[0].source
    return text(words.source(where), title=f"{words.plain(where.path, words.LONG)} SHA-256 {words.plain(where.sha256, 64)}")


def _stands_for(description: str | None, sample: str | None) -> str | None:
    parts = [words.sentence(description)] if description else []
    if sample:
        parts.append(f"Sample: {words.plain(sample, 200)}")
    return " ".join(parts) or None
