"""What else belongs to a case: tags, links to other cases, and merges and splits by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from linkage.access import Action
from linkage.cases import Case, HandEdit
from linkage.investigate import ClusterSummary
from ui import links, people, reading, session, words
from ui.components.table import Column, link, table, text

_MOST: Final = 12


def related(cluster: ClusterSummary, case: Case | None) -> None:
    """Draw them, each with a field to add and to take off."""
    st.header("Tags and related clusters", anchor=False)
    _tags(cluster.cluster_id, case)
    _others(cluster.cluster_id, case)


def _tags(cluster_id: str, case: Case | None) -> None:
    given = () if case is None else case.tags
    st.text(f"Tags: {', '.join(words.plain(tag, 60) for tag in given)}" if given else "No tags.")
    if not people.may(Action.tag):
        return
    key = session.form("tag", cluster_id)

    def tag(on: bool) -> None:
        name = _given(key)

        def act() -> str:
            people.book().tag(people.me(), reading.snapshot(), cluster_id, name, on=on)
            return (
                f"The case has the tag {words.plain(name, 60)}." if on else f"The tag {words.plain(name, 60)} is off the case."
            )

        _once(key, act)

    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.text_input("Tag", key=key, max_chars=60, label_visibility="collapsed", placeholder="A tag", width=180)
        st.button("Add the tag", on_click=tag, args=(True,))
        st.button("Take it off", on_click=tag, args=(False,), disabled=not given)


def _others(cluster_id: str, case: Case | None) -> None:
    file = None if case is None else people.book().file(case.id)
    if file is not None and file.links:
        table(
            "Related cases",
            (Column("Cluster", header=True, align="nowrap"), Column("How", align="nowrap"), Column("By")),
            [
                [
                    link(words.plain(each.other_cluster_id, 24), links.cluster(each.other_cluster_id)),
                    text(each.kind),
                    text(words.plain(each.linked_by, 30), note=words.day(each.linked_at)),
                ]
                for each in file.links[:_MOST]
            ],
            key="related",
        )
    if file is not None and file.edits:
        table(
            "Merges and splits by hand",
            (Column("By hand", header=True), Column("State"), Column("Why")),
            [
                [
                    text(_edit(each), note=f"{words.plain(each.made_by, 30)}, {words.day(each.made_at)}"),
                    text(each.state),
                    text(words.plain(each.reason, 300)),
                ]
                for each in file.edits[:_MOST]
            ],
            key="edits",
        )
    if people.may(Action.link):
        _relate(cluster_id)


def _edit(edit: HandEdit) -> str:
    if edit.kind == "split":
        return f"split off {edit.accounts:,} {'account' if edit.accounts == 1 else 'accounts'}"
    return f"merge with {', '.join(words.plain(name, 24) for name in edit.clusters[1:])}"


def _relate(cluster_id: str) -> None:
    other_key, why_key = session.form("other", cluster_id), session.form("other-why", cluster_id)

    def link_them(on: bool) -> None:
        other = _given(other_key)

        def act() -> str:
            people.book().link(people.me(), reading.snapshot(), cluster_id, other, on=on)
            return f"The case is {'linked to' if on else 'not linked any more to'} that of cluster {words.plain(other, 40)}."

        _once(other_key, act)

    def merge() -> None:
        other = _given(other_key)

        def act() -> str:
            people.book().merge(people.me(), reading.snapshot(), cluster_id, [other], _given(why_key))
            return f"At the next rebuild the cluster is one with {words.plain(other, 40)}, until that is undone."

        if _once(other_key, act):
            st.session_state[why_key] = ""

    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.text_input(
            "Other cluster",
            key=other_key,
            max_chars=500,
            label_visibility="collapsed",
            placeholder="Another cluster's id",
            width=180,
        )
        st.button("Link", on_click=link_them, args=(True,), help="Related: each page leads to the other")
        st.button("Unlink", on_click=link_them, args=(False,))
        if people.may(Action.merge_clusters):
            with st.popover("Merge"):
                st.text_input("Why they are one", key=why_key, max_chars=2_000, placeholder="What it rests on")
                st.button(
                    "Merge at the next rebuild",
                    on_click=merge,
                    help="Every rebuild from then on keeps them one, until it is undone",
                )


def _given(key: str) -> str:
    return str(st.session_state.get(key) or "").strip()


def _once(key: str, act: Callable[[], str]) -> bool:
    done = people.attempt(act)
    if done:
        st.session_state[key] = ""
    return done
