"""Why accounts are linked: what they share, and by way of whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import streamlit as st

from linkage.investigate import EvidencePath, Link
from ui import links, reading, words
from ui.components.identifiers import identifier_link
from ui.components.marks import Mark, marks
from ui.components.table import Cell, Column, bar, link, table

#: Paths that are told of.
PATHS: Final = 8
_WHY: Final = (Column("Shared", header=True), Column("Strength", width="6.5rem"))


def two(one: str, other: str) -> None:
    """Draw what joins two accounts: what both share, and the paths by way of others."""
    why = reading.explained(one, other, limit=PATHS)
    st.text(words.stopped(why.sentence, names=[one, other]))
    table(
        "The two selected accounts",
        (Column("The first", header=True), Column("The second", header=True), Column("")),
        [
            [
                link(words.plain(one, 24), links.account(one)),
                link(words.plain(other, 24), links.account(other)),
                link("compare", links.compare("account", one, other)),
            ]
        ],
        key="two",
    )
    for number, path in enumerate(why.paths):
        if len(path.links) == 1:
            continue
        st.text(f"By way of {', '.join(words.plain(name, 30) for name in path.accounts[1:-1])}:")
        _chain(path, number)
    shared([path.links[0] for path in why.paths if len(path.links) == 1])
    if why.uncounted:
        named = ", ".join(f"{words.kind(item.kind)} {words.plain(item.value, 30)}" for item in why.uncounted[:5])
        st.caption("They share as well, but it does not count:")
        st.text(named)


def one_link(account_id: str, key: tuple[str, str]) -> None:
    """Draw an account's link to an identifier, by kind and value."""
    held = [
        item for item in reading.account_detail(account_id, identifiers=2_000).identifiers if (item.kind, item.value) == key
    ]
    if not held:
        st.text(f"{words.plain(account_id)} was not seen with {words.kind(key[0])} {words.plain(key[1])}.")
        return
    item = held[0]
    st.text(
        f"{words.plain(account_id)} and {words.kind(item.kind)} {words.plain(item.value)}: "
        + (f"the link weighs {item.weight:.2f}." if item.weight is not None else "the link does not count.")
    )
    shared([item])
    if item.note:
        st.text(words.sentence(item.note))


def shared(found: Sequence[Link]) -> None:
    """Draw what is shared, the weightiest first; nothing where nothing is."""
    if not found:
        return
    given = marks(item.kind for item in found)
    table(
        "What it shares with others here, the weightiest first",
        _WHY,
        [[_said(item, given), bar(item.weight, f"{item.weight or 0:.2f}")] for item in found],
        key="why",
    )


def _chain(path: EvidencePath, number: int) -> None:
    given = marks(item.kind for item in path.links)
    table(
        f"Path {number + 1}",
        _WHY,
        [
            [
                _said(item, given, between=(path.accounts[step], path.accounts[step + 1])),
                bar(item.weight, f"{item.weight or 0:.2f}"),
            ]
            for step, item in enumerate(path.links)
        ],
        key=f"path-{number}",
    )


def _said(item: Link, given: Mapping[str, Mark], between: tuple[str, str] | None = None) -> Cell:
    seen = item.seen[0] if item.seen else None
    when = (
        f"seen {words.day(seen.first_seen)} to {words.day(seen.last_seen)}" if seen and seen.first_seen else "not seen itself"
    )
    where = f"; {words.source(seen.source)}" if seen and seen.source.record is not None else ""
    ends = f"{words.plain(between[0], 20)} – {words.plain(between[1], 20)}: " if between else ""
    return identifier_link(
        item.kind,
        item.value,
        given,
        limit=36,
        note=f"{ends}{words.kind(item.kind)}, on {item.inside:,} here, {item.accounts:,} everywhere; {when}{where}",
        says=words.sentence(item.says),
    )
