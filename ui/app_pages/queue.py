"""The queue: clusters, riskiest first, with where their cases stand; what is open, or mine, unless asked otherwise."""

from __future__ import annotations

from typing import Final

import streamlit as st

from linkage.access import Action
from linkage.cases import Case
from linkage.investigate import ClusterSummary
from ui import links, people, reading, session, words
from ui.components.disposition import take_next
from ui.components.paging import page_of, pager
from ui.components.preview import preview
from ui.components.table import Cell, Column, bar, link, spark, table, text

PAGE: Final = 20
_SHOWS: Final = {
    "open or mine": "Open or mine",
    "mine": "Mine",
    "open": "Open",
    "decided": "Decided",
    "flagged": "Flagged",
    "all": "All",
}
_ORDERS: Final = {
    "risk": "Riskiest first",
    "size": "Largest first",
    "growth": "Most new accounts first",
    "recent": "Last active first",
    "requests": "Most requests first",
    "tokens": "Most output tokens first",
    "status": "By status",
    "assignee": "By assignee",
}
_EVENTS: Final = ("born", "grown", "merged", "split", "shrunk", "unchanged")
_NUMBER = Column("#", align="right", order="risk", rising=True, help="Rank by risk")
_CLUSTER = Column("Cluster", header=True, align="nowrap")
_RISK = Column("Risk", width="7.5rem")
_SIZE = Column("Accounts", align="right", order="size")
_CHANGE = Column("Change", order="growth", help="Since the last rebuild: what happened, and who is new")
_REASON = Column("Strongest reason", width="20rem")
_EVIDENCE = Column("Evidence", width="10rem")
_USE = Column("Requests", align="right", width="6.5rem", order="requests", help="With output tokens below")
_STATUS = Column("Status", order="status", help="With who has it below")
_ACTIVITY = Column("Activity", order="recent", help="Requests over time, all of this page on one scale of time")


def page() -> None:
    """Draw the queue: what is shown of it, a page, a preview, and what can be done with what is picked."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title("Queue", anchor=False, width="content")
        if people.may(Action.lease):
            st.button(
                "Start reviewing",
                type="primary",
                icon=":material/play_arrow:",
                on_click=take_next,
                help="Takes the riskiest case that waits; nobody else is handed it meanwhile",
            )
    if not reading.cluster_count(flagged=False):
        st.text("This snapshot has no clusters: no accounts are tied closely enough to others.")
        return
    cases = people.book().by_cluster()
    show, order, families, events = _choices()
    found = reading.desk_page(
        tuple(cases.values()), show=show, order=order, families=families, events=events, limit=PAGE, offset=_offset()
    )
    if not found.total:
        st.text(_nothing(show))
        return
    shown = page_of(found.total, per_page=PAGE, key=session.QUEUE_PAGE)
    if not found.clusters:
        # fewer than when this page was picked
        found = reading.desk_page(
            tuple(cases.values()), show=show, order=order, families=families, events=events, limit=PAGE, offset=shown.skipped
        )
    previewed = st.session_state.get(session.QUEUE_PREVIEW)
    beside = next((cluster for cluster in found.clusters if cluster.cluster_id == previewed), None)
    if beside is None:
        _table(found.clusters, cases, order, None)
    else:
        left, right = st.columns([13, 5], gap="medium")
        with left:
            _table(found.clusters, cases, order, beside)
        with right:
            preview(beside, cases.get(beside.cluster_id))
    pager(shown, key=session.QUEUE_PAGE, what="clusters")
    if people.may(Action.assign):
        _bulk([cluster.cluster_id for cluster in found.clusters])


def _choices() -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
    with st.container(horizontal=True, vertical_alignment="center"):
        show = st.segmented_control(
            "Which clusters",
            list(_SHOWS),
            key=session.QUEUE_SHOW,
            default="open or mine" if reading.cluster_count(flagged=True) else "all",
            required=True,
            format_func=_SHOWS.__getitem__,
            label_visibility="collapsed",
            persist_state="session",
            on_change=_first_page,
        )
        order = st.selectbox(
            "Order",
            list(_ORDERS),
            key=session.QUEUE_ORDER,
            format_func=_ORDERS.__getitem__,
            label_visibility="collapsed",
            persist_state="session",
            on_change=_first_page,
            width=230,
        )
        families = st.multiselect(
            "Evidence",
            reading.family_names(),
            key=session.QUEUE_FAMILIES,
            format_func=words.choice,
            placeholder="Any evidence",
            label_visibility="collapsed",
            persist_state="session",
            on_change=_first_page,
            width=200,
        )
        events = st.multiselect(
            "Change",
            _EVENTS,
            key=session.QUEUE_EVENTS,
            placeholder="Any change",
            label_visibility="collapsed",
            persist_state="session",
            on_change=_first_page,
            width=180,
        )
    return show or "all", order or "risk", tuple(families), tuple(events)


def _nothing(show: str) -> str:
    if show in ("open or mine", "open"):
        return (
            "Nothing is open: every flagged cluster is decided. Decided ones and those below the risk that flags are under All."
        )
    if show == "mine":
        return "No case is assigned to you. Start reviewing takes the next one."
    if show == "flagged":
        return "No cluster reaches the risk from which on it is flagged. The others are under All."
    return "No cluster is like that; choose other evidence, another change, or All."


def _offset() -> int:
    number = st.session_state.get(session.QUEUE_PAGE) or 1
    return (max(1, int(number)) - 1) * PAGE


def _table(clusters: tuple[ClusterSummary, ...], cases: dict[str, Case], order: str, beside: ClusterSummary | None) -> None:
    lines = reading.spark_lines(tuple(cluster.cluster_id for cluster in clusters))
    # there is no room for these beside a preview, which says them
    more = (_EVIDENCE, _USE) if beside is None else ()
    columns = (_NUMBER, _CLUSTER, _RISK, _SIZE, _CHANGE, _REASON, *more, _STATUS, _ACTIVITY)
    table(
        "Clusters",
        columns,
        [
            [cells[column.label] for column in columns]
            for cells in (_row(each, cases.get(each.cluster_id), lines[each.cluster_id]) for each in clusters)
        ],
        key="queue",
        sorted_by=order,
        on_sort=_sort,
        picks=[cluster.cluster_id for cluster in clusters],
        picked=sorted(st.session_state.get(session.QUEUE_PICKED) or ()),
        on_pick=_pick if people.may(Action.assign) else None,
        chosen=None if beside is None else beside.cluster_id,
        on_choose=_choose,
    )


def _row(cluster: ClusterSummary, case: Case | None, line: tuple[int, ...]) -> dict[str, Cell]:
    return {
        "#": text(words.count(cluster.rank)),
        "Cluster": link(
            words.plain(cluster.cluster_id, 24),
            links.cluster(cluster.cluster_id),
            note=", ".join(words.plain(tag, 20) for tag in case.tags[:3]) if case and case.tags else None,
        ),
        "Risk": bar(
            cluster.risk,
            words.percent(cluster.risk),
            tone="bad" if cluster.flagged else None,
            mark="flagged" if cluster.flagged else None,
        ),
        "Accounts": text(words.count(cluster.size), note=f"{cluster.core:,} core"),
        "Change": text(words.change(cluster)),
        "Strongest reason": text(words.strongest(cluster), note=words.second(cluster)),
        "Evidence": text(words.families(cluster)),
        "Requests": text(
            words.brief(cluster.requests),
            note=f"{words.brief(cluster.output_tokens)} tokens",
            title=f"{words.count(cluster.requests)} requests, {words.count(cluster.output_tokens)} output tokens",
        ),
        "Status": text("new" if case is None else str(case.status), note=_who(case)),
        "Activity": {
            **spark(line, f"requests from {words.day(cluster.first_seen)} to {words.day(cluster.last_seen)}"),
            "note": _days(cluster),
        },
    }


def _days(cluster: ClusterSummary) -> str:
    """From when to when: days of one year, or months where there is no room for two years' days."""
    first, last = words.day(cluster.first_seen), words.day(cluster.last_seen)
    if not cluster.first_seen:
        return words.NOTHING
    return f"{first} – {last[5:]}" if first[:4] == last[:4] else f"{first[:7]} – {last[:7]}"


def _who(case: Case | None) -> str | None:
    if case is None:
        return None
    if case.lease is not None:
        return f"held by {'you' if case.lease.holder == people.name() else words.plain(case.lease.holder, 20)}"
    if case.pending is not None:
        return "waits for a second person"
    if case.assignee:
        return "you" if case.assignee == people.name() else words.plain(case.assignee, 20)
    return None


def _bulk(on_page: list[str]) -> None:
    """Give what is picked to somebody."""
    picked = sorted(st.session_state.get(session.QUEUE_PICKED) or ())

    def assign(to: str | None) -> None:
        name = to if to is not None else str(st.session_state.get(session.QUEUE_ASSIGNEE) or "").strip()

        def act() -> str:
            people.book().assign(people.me(), reading.snapshot(), picked, name or None)
            many = f"{len(picked):,} {'case is' if len(picked) == 1 else 'cases are'}"
            return f"{many} assigned to {words.plain(name, 40)}." if name else f"{many} assigned to nobody."

        if people.attempt(act):
            st.session_state[session.QUEUE_PICKED] = set()

    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.text(f"{len(picked):,} picked", width="content")
        st.text_input(
            "Assignee",
            key=session.QUEUE_ASSIGNEE,
            max_chars=200,
            placeholder="A colleague's name; empty for nobody",
            label_visibility="collapsed",
            width=300,
        )
        st.button("Assign", on_click=assign, args=(None,), disabled=not picked)
        st.button("Assign to me", on_click=assign, args=(people.name(),), disabled=not picked)


def _first_page() -> None:
    st.session_state[session.QUEUE_PAGE] = 1


def _sort(order: str) -> None:
    st.session_state[session.QUEUE_ORDER] = order
    _first_page()


def _pick(names: list[str]) -> None:
    # what is picked is on this page: who turns it picks anew
    st.session_state[session.QUEUE_PICKED] = set(names)


def _choose(name: str) -> None:
    same = st.session_state.get(session.QUEUE_PREVIEW) == name
    st.session_state[session.QUEUE_PREVIEW] = None if same else name


page()
