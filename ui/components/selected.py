"""What is selected in the graph of a cluster: what it is, why it is linked, and what would be without it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import streamlit as st

from linkage.errors import LinkageError, NotFound
from linkage.investigate import ClusterSummary, CutLink, EvidencePath, Link
from linkage.views import account_of, identifier_of
from ui import links, reading, session, words
from ui.components.identifiers import identifier_link, strength_bar
from ui.components.marks import Mark, marks
from ui.components.table import Cell, Column, bar, link, table, text

#: Up to this size of a cluster the cut-link test is made unasked: it is below half a second.
_AT_ONCE: Final = 2_000
_PATHS: Final = 8
_WHY = (Column("Shared", header=True), Column("Strength", width="6.5rem"))
_CUT = (Column("Without it", header=True), Column("Accounts", align="right"))


def selected(cluster: ClusterSummary) -> None:
    """Draw what is known of the selected nodes."""
    nodes = tuple(st.session_state.get(session.graph_selected(cluster.cluster_id)) or ())
    accounts = [name for node in nodes if (name := account_of(node)) is not None]
    keys = [key for node in nodes if (key := identifier_of(node)) is not None]
    folded = [int(node[2:]) for node in nodes if node.startswith("g/") and node[2:].isdecimal()]
    with st.container(horizontal=True, vertical_alignment="center", height=38, border=False):
        st.header("Selected", anchor=False)
    try:
        if not nodes:
            _bridges(cluster)
        elif len(nodes) == 1 and accounts:
            _account(accounts[0])
        elif len(nodes) == 1 and keys:
            _identifier(cluster, *keys[0])
        elif len(nodes) == 1 and folded:
            _group(cluster, folded[0])
        elif len(nodes) == 2 and len(accounts) == 2:
            _two(accounts[0], accounts[1])
        elif len(nodes) == 2 and accounts and keys:
            _link(accounts[0], keys[0])
        else:
            _many(accounts, keys, folded)
    except NotFound as error:
        st.text(str(error))
    except LinkageError as error:
        st.error("This cannot be said now.", icon=":material/error:")
        st.text(str(error))


def _bridges(cluster: ClusterSummary) -> None:
    st.caption("Click a node to see what it is. These identifiers lead to other clusters:")
    found = reading.bridges_of(cluster.cluster_id, limit=reading.BRIDGES)
    if not found:
        st.text("No identifier that counts leads to another cluster.")
        return
    given = marks(bridge.kind for bridge in found)
    table(
        "Bridges to other clusters",
        (Column("Bridge", header=True), Column("Leads to")),
        [
            [
                identifier_link(
                    bridge.kind,
                    bridge.value,
                    given,
                    limit=30,
                    note=f"{words.kind(bridge.kind)}, strength {bridge.strength:.2f}, on {bridge.inside:,} accounts here",
                ),
                link(
                    words.plain(bridge.ends[0].cluster_id, 20),
                    links.cluster(bridge.ends[0].cluster_id),
                    mark="flagged" if bridge.ends[0].flagged else None,
                    tone="bad",
                    note=f"{bridge.ends[0].accounts:,} of its {bridge.ends[0].size:,} accounts"
                    + (f", and {len(bridge.ends) - 1:,} more clusters" if len(bridge.ends) > 1 else ""),
                ),
            ]
            for bridge in found
            if bridge.ends
        ],
        key="bridges",
    )


def _account(account_id: str) -> None:
    why = reading.explained(account_id, None, limit=_PATHS)
    table(
        "The selected account",
        (Column("Account", header=True),),
        [[link(words.plain(account_id), links.account(account_id), note="opens its page")]],
        key="selected-account",
    )
    st.text(words.stopped(why.sentence))
    _shared([path.links[0] for path in why.paths], account_id)


def _two(one: str, other: str) -> None:
    why = reading.explained(one, other, limit=_PATHS)
    st.text(words.stopped(why.sentence))
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
    _shared([path.links[0] for path in why.paths if len(path.links) == 1], one)
    if why.uncounted:
        named = ", ".join(f"{words.kind(item.kind)} {words.plain(item.value, 30)}" for item in why.uncounted[:5])
        st.caption("They share as well, but it does not count:")
        st.text(named)


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


def _shared(shared: Sequence[Link], account_id: str) -> None:
    if not shared:
        return
    given = marks(item.kind for item in shared)
    table(
        "What it shares with others here, the weightiest first",
        _WHY,
        [[_said(item, given), bar(item.weight, f"{item.weight or 0:.2f}")] for item in shared],
        key="why",
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


def _link(account_id: str, key: tuple[str, str]) -> None:
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
    _shared([item], account_id)
    if item.note:
        st.text(words.sentence(item.note))


def _identifier(cluster: ClusterSummary, kind: str, value: str) -> None:
    detail = reading.identifier_detail(kind, value, holders=1, clusters=6)
    given = marks([kind])
    table(
        "The selected identifier",
        (Column("Identifier", header=True), Column("Strength", width="6.5rem")),
        [
            [
                identifier_link(
                    kind,
                    value,
                    given,
                    limit=40,
                    note=f"{words.kind(kind)}, on {detail.accounts:,} accounts everywhere, "
                    f"{words.day(detail.first_seen)} to {words.day(detail.last_seen)}",
                ),
                strength_bar(detail.strength),
            ]
        ],
        key="selected-identifier",
    )
    st.text(words.sentence(detail.note))
    if detail.description:
        st.text(words.sentence(detail.description))
    others = [share for share in detail.clusters if share.cluster_id != cluster.cluster_id]
    if others:
        table(
            "Other clusters with accounts on it",
            (Column("Also in", header=True), Column("Accounts on it", align="right"), Column("")),
            [
                [
                    link(
                        words.plain(share.cluster_id, 20),
                        links.cluster(share.cluster_id),
                        mark="flagged" if share.flagged else None,
                        tone="bad",
                    ),
                    text(f"{share.accounts:,} of {share.size:,}"),
                    link("compare", links.compare("cluster", cluster.cluster_id, share.cluster_id)),
                ]
                for share in others
            ],
            key="also-in",
        )
    _cut_link(cluster, kind, value)


def _cut_link(cluster: ClusterSummary, kind: str, value: str) -> None:
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


def _group(cluster: ClusterSummary, number: int) -> None:
    found = reading.groups_of(cluster.cluster_id).groups
    if number >= len(found):
        st.text("That group is not there any more.")
        return
    group = found[number]
    st.text(f"Group {number + 1}: {group.accounts:,} accounts, {group.core:,} core, {group.flagged:,} flagged.")
    shares = [(key, share) for hub, share in group.shares if (key := identifier_of(hub)) is not None]
    given = marks(kind for (kind, _), _ in shares)
    if shares:
        table(
            "Hubs that accounts of the group are on",
            (Column("They are on", header=True), Column("Share of them", width="8rem")),
            [
                [identifier_link(kind, value, given, limit=36, note=words.kind(kind)), bar(share, words.percent(share))]
                for (kind, value), share in shares
            ],
            key="hubs",
        )
    table(
        "Accounts of the group",
        (Column("Accounts", header=True),),
        [[link(words.plain(name), links.account(name))] for name in group.examples[:12]],
        key="group-accounts",
    )
    if group.accounts > 12:
        st.caption(f"and {group.accounts - 12:,} more")


def _many(accounts: list[str], keys: list[tuple[str, str]], folded: list[int]) -> None:
    kinds = Counter(kind for kind, _ in keys)
    parts = [f"{len(accounts):,} accounts"] if accounts else []
    parts += [f"{n:,} × {words.kind(kind)}" for kind, n in kinds.most_common()]
    parts += [f"{len(folded):,} groups"] if folded else []
    st.text(f"{len(accounts) + len(keys) + len(folded):,} selected: {', '.join(parts)}.")
    st.caption("Select one to see what it is, or two to see why they are linked.")
    if accounts:
        table(
            "Selected accounts",
            (Column("Accounts", header=True),),
            [[link(words.plain(name), links.account(name))] for name in accounts[:15]],
            key="selected-accounts",
        )
        if len(accounts) > 15:
            st.caption(f"and {len(accounts) - 15:,} more")
