"""The case of a cluster at the head of its page: where it stands, who has it, and what to do with it."""

from __future__ import annotations

from typing import Final, Literal

import streamlit as st

from linkage.access import Action
from linkage.cases import DECIDED, Case, Status
from linkage.evidence import Level
from linkage.investigate import ClusterSummary
from ui import jobs, links, people, reading, session, words
from ui.components import navigation

_LEVELS: Final = {
    "internal": "internal: everything, for colleagues",
    "partner": "partner: names as pseudonyms, for a partner",
    "public": "public: counts only, for everybody",
}


def disposition(cluster: ClusterSummary) -> None:
    """Draw the bar; a decision needs a reason."""
    case = people.case_of(cluster.cluster_id)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="right", gap="xsmall"):
        _where(case)
        if people.may(Action.decide):
            _decide(cluster, case)
        if people.may(Action.lease):
            mine = case is not None and case.lease is not None and case.lease.holder == people.name()
            if mine:
                st.button(
                    "Let go", on_click=_release, args=(cluster.cluster_id,), help="Give it back: somebody else may take it"
                )
            else:
                st.button(
                    "Review",
                    on_click=_lease,
                    args=(cluster.cluster_id,),
                    help="Hold it, so that nobody else takes it meanwhile",
                )
            st.button(
                "Next",
                on_click=_next,
                args=(cluster.cluster_id, False),
                help="The riskiest case that waits",
                icon=":material/skip_next:",
            )
            st.button("Skip", on_click=_next, args=(cluster.cluster_id, True), help="Let this one go, and take the next")
        if people.may(Action.export):
            _export(cluster)
        if case is not None and people.may(Action.undo):
            st.button("Undo", on_click=_undo, args=(cluster.cluster_id,), help="Take back the last thing done to this case")


_COLOURS: Final[dict[Status, Literal["gray", "blue", "red", "green", "orange", "violet"]]] = {
    Status.new: "gray",
    Status.in_review: "blue",
    Status.confirmed: "red",
    Status.dismissed: "green",
    Status.escalated: "orange",
    Status.actioned: "violet",
}


def _where(case: Case | None) -> None:
    status = Status.new if case is None else case.status
    st.badge(str(status), color=_COLOURS[status], width="content")
    if case is not None and case.lease is not None:
        who = "you" if case.lease.holder == people.name() else words.plain(case.lease.holder, 30)
        st.text(f"held by {who} until {case.lease.expires_at:%H:%M} UTC", width="content")
    elif case is not None and case.assignee:
        st.text(f"assigned to {'you' if case.assignee == people.name() else words.plain(case.assignee, 30)}", width="content")


def standing(cluster: ClusterSummary) -> None:
    """Draw what was decided, and what waits; nothing where nothing was done."""
    case = people.case_of(cluster.cluster_id)
    if case is None:
        return
    if case.decision is not None:
        told = case.decision
        by = words.plain(told.decided_by, 30) + (
            f", approved by {words.plain(told.approved_by, 30)}" if told.approved_by else ""
        )
        st.text(
            f"{told.verdict} by {by} on {words.minute(told.decided_at)} UTC: {words.plain(told.reason or 'no reason given', words.LONG)}"
        )
    if case.pending is not None:
        st.text(
            f"Waits for a second person until {words.day(case.pending.lapses_at)}: {words.plain(case.pending.action, 200)}, "
            f"asked by {words.plain(case.pending.requested_by, 30)}."
        )
        if people.may(Action.approve) and case.pending.requested_by != people.name():
            with st.container(horizontal=True):
                st.button("Approve", on_click=_answer, args=(case.pending.id, True), type="primary")
                st.button("Refuse", on_click=_answer, args=(case.pending.id, False))
    if case.hold is not None:
        st.text(f"Under legal hold: {words.plain(case.hold, 200)}.")


def _decide(cluster: ClusterSummary, case: Case | None) -> None:
    status_key, reason_key = session.form("status", cluster.cluster_id), session.form("reason", cluster.cluster_id)
    revision = 0 if case is None else case.revision

    def decide() -> None:
        status, reason = st.session_state.get(status_key), str(st.session_state.get(reason_key) or "").strip()
        if status is None:
            return

        def act() -> str:
            if not reason and status in DECIDED:
                from linkage.errors import UsageError

                raise UsageError("a decision needs a reason; say in a sentence why")
            outcome = people.book().set_status(
                people.me(), reading.snapshot(), cluster.cluster_id, Status(status), reason or None, expected=revision
            )
            if outcome.approval is not None:
                return f"'{status}' waits for a second person until {outcome.approval.lapses_at:%Y-%m-%d}: {cluster.size:,} accounts need one."
            return f"The cluster is now: {status}."

        if people.attempt(act):
            st.session_state[reason_key] = ""

    with (
        st.popover("Decide", type="primary", icon=":material/gavel:"),
        st.form(f"form/decide/{cluster.cluster_id}", border=False),
    ):
        st.radio("Decision", [str(status) for status in (*DECIDED, Status.in_review)], key=status_key, horizontal=True)
        st.text_area(
            "Reason", key=reason_key, max_chars=2_000, height=90, placeholder="What it rests on, for who reads it later"
        )
        st.form_submit_button("Record the decision", on_click=decide, type="primary")


def _export(cluster: ClusterSummary) -> None:
    level_key, why_key = session.form("level", cluster.cluster_id), session.form("why", cluster.cluster_id)
    levels = [name for name in _LEVELS if name == "internal" or people.may(Action.disclose)]
    key = jobs.signing_key(reading.store())

    def begin() -> None:
        why = str(st.session_state.get(why_key) or "").strip()
        level = Level(str(st.session_state.get(level_key) or "internal"))

        def act() -> str:
            jobs.jobs(str(reading.store())).start(
                people.book().gate, people.me(), reading.store(), cluster.cluster_id, level=level, why=why,
                snapshot=reading.snapshot().id, key=key,
            )  # fmt: skip
            return "The export has begun: it is below under Exports, and on the page Decisions and exports."

        people.attempt(act)

    with st.popover("Export", icon=":material/inventory_2:"), st.form(f"form/export/{cluster.cluster_id}", border=False):
        st.radio("For whom", levels, key=level_key, format_func=_LEVELS.__getitem__)
        st.text_input("Why", key=why_key, max_chars=500, placeholder="the appeal, the request, the ticket")
        sealed = (
            "It is sealed with linkage.key of the store."
            if key
            else "Not sealed: the store has no linkage.key ('linkage keygen STORE')."
        )
        st.caption(sealed)
        st.form_submit_button("Export the evidence", on_click=begin, type="primary")


def _lease(cluster_id: str) -> None:
    def act() -> str:
        case = people.book().lease(people.me(), reading.snapshot(), cluster_id)
        return f"You hold this case until {case.lease.expires_at:%H:%M} UTC." if case.lease else "You hold this case."

    people.attempt(act)


def _release(cluster_id: str) -> None:
    def act() -> str:
        people.book().release(people.me(), reading.snapshot(), cluster_id)
        return "Somebody else may take this case now."

    people.attempt(act)


def take_next(*skip: str) -> None:
    """Lease the riskiest case that waits, and go to its page."""

    def act() -> str | None:
        case = people.book().lease_next(people.me(), reading.snapshot(), skip=skip)
        if case is None:
            return "Nothing waits: every flagged cluster is decided, or held by somebody."
        navigation.ask(links.cluster(case.cluster_id))
        return None

    people.attempt(act)


def _next(cluster_id: str, skip: bool) -> None:
    case = people.case_of(cluster_id)
    if skip and case is not None and case.lease is not None and case.lease.holder == people.name():
        people.attempt(lambda: _let_go(cluster_id))
    passed: set[str] = st.session_state.setdefault(session.SKIPPED, set())
    passed.add(cluster_id)
    take_next(*passed)


def _let_go(cluster_id: str) -> None:
    people.book().release(people.me(), reading.snapshot(), cluster_id)


def _undo(cluster_id: str) -> None:
    def act() -> str:
        _, said = people.book().undo(people.me(), reading.snapshot(), cluster_id)
        return f"Taken back: {said}"

    people.attempt(act)


def _answer(request: int, approve: bool) -> None:
    def act() -> str:
        people.book().answer(people.me(), reading.snapshot(), request, approve=approve)
        return "Approved." if approve else "Refused."

    people.attempt(act)
