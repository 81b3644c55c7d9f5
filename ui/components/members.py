"""The accounts of a cluster, a page at a time."""

from __future__ import annotations

import streamlit as st

from linkage.access import Action
from linkage.cases import Decision, Verdict
from linkage.investigate import ClusterSummary, Member
from ui import links, people, reading, session, words
from ui.components.paging import page_of, pager
from ui.components.table import Cell, Column, bar, link, table, text
from ui.components.timing import said, window_of

_COLUMNS = (
    Column("Account", header=True, width="8.5rem"),
    Column("Decision", align="nowrap"),
    Column("Risk", width="7.5rem", help="The account's own risk"),
    Column("Held", align="right", help="Share of its link weight that stays inside the cluster"),
    Column("Requests", align="right"),
    Column("Output tokens", align="right"),
    Column("Signed up", align="nowrap"),
    Column("First seen", align="nowrap"),
    Column("Last seen", align="nowrap"),
    Column("E-mail domain"),
    Column("Country"),
    Column("Organisation"),
    # wide enough for the word "suspended"
    Column("Status", width="5.5rem"),
)


@st.fragment
def members(cluster: ClusterSummary) -> None:
    """Draw a page of the members, core and associates apart; those who were active where only some times are looked at."""
    if st.session_state.pop(session.REDRAW, False):
        st.rerun()
    st.header("Members", anchor=False)
    role_key, page_key = session.members_role(cluster.cluster_id), session.members_page(cluster.cluster_id)
    window = window_of(cluster.cluster_id)
    active = None if window is None else reading.members_active(cluster.cluster_id, window)
    if window is not None and active is not None:
        st.text(f"Only those active {said(window)}: {sum(len(each) for each in active.values()):,} of {cluster.size:,}.")
        sizes = {role: len(active[role]) for role in ("core", "associates")}
    else:
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
    role = role or "core"
    size = sizes[role]
    if not size:
        if active is not None:
            st.text("None of them was active then.")
            return
        st.text("It has no core: nobody in it is held firmly." if role == "core" else "It has no associates: all are core.")
        return
    shown = page_of(size, per_page=reading.MEMBERS, key=page_key)
    if active is not None:
        found = tuple(active[role][shown.skipped : shown.skipped + shown.length])
    else:
        before = 0 if role == "core" else cluster.core
        found = reading.members_page(cluster.cluster_id, limit=shown.length, offset=before + shown.skipped)
    verdicts = people.book().verdicts(cluster.cluster_id)
    picked_key = session.members_picked(cluster.cluster_id)
    picked: set[str] = st.session_state.setdefault(picked_key, set())
    names = [member.account_id for member in found]

    def pick(chosen: list[str]) -> None:
        st.session_state[picked_key] = (picked - set(names)) | set(chosen)

    decides = people.may(Action.decide)
    table(
        f"Members: {role}",
        _COLUMNS,
        [_row(member, verdicts.get(member.account_id)) for member in found],
        key="members",
        picks=names,
        picked=sorted(picked),
        on_pick=pick if decides else None,
    )
    pager(shown, key=page_key, what=role)
    if decides:
        _decide(cluster.cluster_id, sorted(picked))


def _decide(cluster_id: str, picked: list[str]) -> None:
    """What can be decided about the accounts that are picked, whatever is decided on the whole."""
    key = session.form("members-reason", cluster_id)
    many = f"{len(picked):,} {'account is' if len(picked) == 1 else 'accounts are'}"

    def decide(verdict: Verdict | None) -> None:
        reason = str(st.session_state.get(key) or "").strip()

        def act() -> str:
            if verdict is None:
                people.book().split(people.me(), reading.snapshot(), cluster_id, picked, reason)
                return f"{many} split off at the next rebuild, and kept apart until that is undone."
            people.book().decide_accounts(people.me(), reading.snapshot(), cluster_id, picked, verdict, reason or None)
            return f"{many} {verdict}."

        if people.attempt(act):
            st.session_state[session.members_picked(cluster_id)] = set()
            st.session_state[key] = ""
        st.session_state[session.REDRAW] = True

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.text(f"{len(picked):,} picked", width="content")
        st.text_input(
            "Reason",
            key=key,
            max_chars=2_000,
            label_visibility="collapsed",
            placeholder="Why these accounts are spared, confirmed or split off",
            width=380,
        )
        st.button("Spare them", on_click=decide, args=(Verdict.spared,), disabled=not picked, help="Innocent: not part of it")
        st.button("Confirm them", on_click=decide, args=(Verdict.confirmed,), disabled=not picked, help="Part of it")
        if people.may(Action.split_cluster):
            st.button(
                "Split them off",
                on_click=decide,
                args=(None,),
                disabled=not picked,
                help="Another cluster's: every rebuild from the next one on keeps them apart",
            )


def _row(member: Member, verdict: Decision | None) -> list[Cell]:
    return [
        link(
            words.plain(member.account_id),
            links.account(member.account_id),
            mark=None if member.label is None else words.kind(member.label),
            tone="bad" if member.label == "confirmed_fraud" else "good" if member.label == "confirmed_benign" else None,
            title=words.plain(member.account_id, words.LONG),
        ),
        text(words.NOTHING)
        if verdict is None
        else text(
            verdict.verdict, note=f"by {words.plain(verdict.decided_by, 20)}", title=words.plain(verdict.reason, words.LONG)
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
