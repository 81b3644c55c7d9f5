"""Decisions and exports: who decided what, what waits for a second person, and bundles to fetch and check."""

from __future__ import annotations

from typing import Final

import streamlit as st

from linkage.access import Action
from linkage.audit import Entry
from linkage.cases import Approval, Decision
from ui import downloads, jobs, links, people, reading, session, words
from ui.components.casefile import job_table, look_again, progress_of
from ui.components.table import Cell, Column, link, table, text

_MOST: Final = 200
_DECISIONS = (
    Column("When", align="nowrap"),
    Column("Who", align="nowrap"),
    Column("Cluster", header=True, align="nowrap"),
    Column("Account"),
    Column("Decision", align="nowrap"),
    Column("Accounts then", align="right"),
    Column("Reason", width="34%"),
)


def page() -> None:
    """Draw what was decided and what was exported."""
    st.title("Decisions and exports", anchor=False)
    people.looked(Action.view, "store")
    _pending()
    _decided()
    _exports()
    if people.may(Action.read_audit):
        _log()


def _pending() -> None:
    waiting = people.book().approvals(pending=True)
    if not waiting:
        return
    st.header("Waits for a second person", anchor=False)
    for request in waiting:
        _request(request)


def _request(request: Approval) -> None:
    mine = request.requested_by == people.name()
    with st.container(border=True):
        table(
            "Request",
            (
                Column("Cluster", header=True),
                Column("Asked for"),
                Column("By"),
                Column("Lapses"),
                Column("Reason", width="40%"),
            ),
            [
                [
                    link(
                        words.plain(request.cluster_id, 24),
                        links.cluster(request.cluster_id),
                        note=f"{request.accounts:,} accounts",
                    ),
                    text(words.plain(request.action, 120)),
                    text(words.plain(request.requested_by, 30), note=f"{words.minute(request.requested_at)} UTC"),
                    text(words.day(request.lapses_at)),
                    text(words.plain(request.reason, words.LONG)),
                ]
            ],
            key=f"request-{request.id}",
        )
        if mine:
            st.caption("You asked; a second person answers.")
        elif people.may(Action.approve):
            with st.container(horizontal=True):
                st.button("Approve", key=f"approve-{request.id}", on_click=_answer, args=(request.id, True), type="primary")
                st.button("Refuse", key=f"refuse-{request.id}", on_click=_answer, args=(request.id, False))


def _answer(request: int, approve: bool) -> None:
    def act() -> str:
        people.book().answer(people.me(), reading.snapshot(), request, approve=approve)
        return "Approved." if approve else "Refused."

    people.attempt(act)


def _decided() -> None:
    st.header("Decisions", anchor=False)
    mine = st.toggle("Only mine", key=session.DECISIONS_MINE, persist_state="session")
    found = people.book().decisions(by=people.name() if mine else None, limit=_MOST)
    if not found:
        st.text("Nobody decided anything yet." if not mine else "You decided nothing yet.")
        return
    table("Decisions, newest first", _DECISIONS, [_row(each) for each in found], key="decisions")
    if len(found) == _MOST:
        st.caption(f"The last {_MOST} are shown; 'linkage audit' lists all.")


def _row(each: Decision) -> list[Cell]:
    undone = f"taken back by {words.plain(each.undone_by, 20)}" if each.undone_at else None
    approved = f"approved by {words.plain(each.approved_by, 20)}" if each.approved_by else None
    return [
        text(words.minute(each.decided_at)),
        text(words.plain(each.decided_by, 30), note=approved),
        link(words.plain(each.cluster_id, 24), links.cluster(each.cluster_id)),
        text("the cluster")
        if each.account_id is None
        else link(words.plain(each.account_id, 40), links.account(each.account_id)),
        text(each.verdict, note=undone),
        text(words.count(each.accounts)),
        text(words.plain(each.reason, words.LONG) if each.reason else "no reason given"),
    ]


def _exports() -> None:
    st.header("Exports", anchor=False)
    running = jobs.jobs(str(reading.store())).all()
    if running:
        job_table(running, key="jobs")
    if any(job.state in ("waiting", "running") for job in running):
        look_again(progress_of(running))
    there = jobs.bundles(reading.store())
    # where people sign in, others' bundles are not theirs to fetch
    there = [path for path in there if not people.may(Action.export) or people.may(downloads.takes(path, people.me()))]
    if not there:
        st.text("No bundle was exported from these pages yet: the button is on each cluster's page.")
        return
    if not people.may(Action.export):
        st.text(f"{len(there):,} bundles are there; fetching them takes another role.")
        return
    checks: dict[str, str] = st.session_state.setdefault(session.CHECKS, {})
    table(
        "Bundles to fetch",
        (Column("Bundle", header=True), Column("Size", align="right"), Column("Check")),
        [
            [
                link(words.plain(path.name, 120), links.download(path.name)),
                text(f"{path.stat().st_size / 1e6:,.2f} MB"),
                text(words.sentence(checks.get(path.name, "not checked since it was made"))),
            ]
            for path in there[:30]
        ],
        key="bundles",
    )
    st.button(
        "Check them again", on_click=_check, help="Reads each bundle whole: is it what was sealed?", icon=":material/verified:"
    )


def _check() -> None:
    checks = st.session_state.setdefault(session.CHECKS, {})
    for path in jobs.bundles(reading.store())[:30]:
        checks[path.name] = jobs.checked(path).sentence


def _log() -> None:
    st.header("Audit log", anchor=False)
    if not st.toggle("Show the last records", key=session.LOG_SHOWN, persist_state="session"):
        return
    people.looked(Action.read_audit, "store")
    table(
        "Audit log, newest first",
        (
            Column("#", align="right"),
            Column("When", align="nowrap"),
            Column("Who", header=True, align="nowrap"),
            Column("What", align="nowrap"),
            Column("Of", width="30%"),
            Column("Why"),
        ),
        [_record(each) for each in people.book().gate.log.entries(limit=50)],
        key="log",
    )


def _record(each: Entry) -> list[Cell]:
    return [
        text(words.count(each.seq)),
        text(words.minute(each.at)),
        text(words.plain(each.actor, 30), note=words.plain(each.role, 20)),
        text(words.plain(each.action, 30), note=None if each.outcome == "done" else words.plain(each.outcome, 20)),
        text("erased" if each.subject is None else words.plain(each.subject, 120)),
        text(words.plain(each.why, 200)),
    ]


page()
