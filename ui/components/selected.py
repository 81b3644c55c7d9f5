"""What is selected in the graph of a cluster; why it is linked (`linked`) and what would be without it (`without`) follow."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from linkage.errors import LinkageError, NotFound
from linkage.investigate import ClusterSummary
from linkage.views import account_of, identifier_of
from ui import links, reading, session, words
from ui.components.identifiers import identifier_link, strength_bar
from ui.components.linked import PATHS, one_link, shared, two
from ui.components.marks import marks
from ui.components.table import Column, bar, link, table, text
from ui.components.without import cut_link


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
            two(accounts[0], accounts[1])
        elif len(nodes) == 2 and accounts and keys:
            one_link(accounts[0], keys[0])
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
    why = reading.explained(account_id, None, limit=PATHS)
    table(
        "The selected account",
        (Column("Account", header=True),),
        [[link(words.plain(account_id), links.account(account_id), note="opens its page")]],
        key="selected-account",
    )
    st.text(words.stopped(why.sentence, names=[account_id]))
    shared([path.links[0] for path in why.paths])


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
    cut_link(cluster, kind, value)


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
