"""Notes, history, and what changed: the memory of a cluster's case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from linkage.access import Action
from linkage.cases import Case
from linkage.investigate import ClusterDetail, ClusterSummary
from ui import jobs, links, people, reading, session, words
from ui.components.table import Cell, Column, bar, link, table, text

_HISTORY: Final = (Column("When", align="nowrap"), Column("Who", align="nowrap"), Column("What"))
_SHOWN: Final = 12


def notes(cluster: ClusterSummary, case: Case | None) -> None:
    """Draw the notes, and a box for another."""
    st.header("Notes", anchor=False)
    key = session.form("note", cluster.cluster_id)
    if people.may(Action.note):

        def write() -> None:
            given = str(st.session_state.get(key) or "").strip()
            if given and people.attempt(lambda: _note(cluster.cluster_id, given)):
                st.session_state[key] = ""

        with st.form(f"form/note/{cluster.cluster_id}", border=False):
            st.text_area(
                "Note", key=key, height=80, max_chars=20_000, label_visibility="collapsed", placeholder="A note for colleagues"
            )
            st.form_submit_button("Add the note", on_click=write)
    written = [] if case is None else [note for note in people.book().file(case.id).notes if note.retracted_at is None]
    if not written:
        st.caption("Nobody wrote a note yet.")
    for note in written[:_SHOWN]:
        st.caption(f"{words.minute(note.at)} UTC")
        st.text(f"{words.plain(note.author, 30)}: {words.plain(note.text, 4_000)}")


def _note(cluster_id: str, given: str) -> str:
    people.book().note(people.me(), reading.snapshot(), cluster_id, given)
    return "The note is written."


def history(cluster: ClusterSummary, case: Case | None) -> None:
    """Draw what happened to the case, newest first, and the exports of the cluster."""
    st.header("History", anchor=False)
    events = () if case is None else people.book().file(case.id).history
    if not events:
        st.text("Nothing was done to this cluster yet.")
    else:
        table(
            "History of the case",
            _HISTORY,
            [
                [
                    text(words.minute(event.at)),
                    text(words.plain(event.actor, 30)),
                    text(words.sentence(event.sentence), note="taken back" if event.undone_at else None),
                ]
                for event in events[:40]
            ],
            key="history",
        )
    exports(cluster.cluster_id)


@st.fragment
def exports(cluster_id: str) -> None:
    """Draw the exports of a cluster, as far as this server made them; a link fetches each."""
    found = jobs.jobs(str(reading.store())).of(cluster_id)
    if not found:
        return
    st.header("Exports", anchor=False)
    job_table(found, key="exports")
    if any(job.state in ("waiting", "running") for job in found):
        look_again(progress_of(found))


def progress_of(found: Sequence[jobs.Job]) -> dict[int, tuple[str, str]]:
    """How far exports are, by number."""
    return {job.number: (job.state, job.said) for job in found}


@st.fragment(run_every=1)
def look_again(drawn: dict[int, tuple[str, str]]) -> None:
    """Draw the page again once an export went on from where it was drawn."""
    now = progress_of([job for job in jobs.jobs(str(reading.store())).all() if job.number in drawn])
    if now != drawn:
        st.rerun()


def job_table(found: Sequence[jobs.Job], *, key: str) -> None:
    """Draw exports with their progress."""
    table(
        "Exports",
        (
            Column("Bundle", header=True),
            Column("For"),
            Column("Who", align="nowrap"),
            Column("Began", align="nowrap"),
            Column("State"),
        ),
        [
            [
                link(words.plain(job.file, 80), links.download(job.file), note=f"SHA-256 {job.sha256}")
                if job.file
                else text(words.plain(job.cluster_id, 30)),
                text(job.level),
                text(words.plain(job.who, 30)),
                text(words.minute(job.began)),
                _state(job),
            ]
            for job in found
        ],
        key=key,
    )


def _state(job: jobs.Job) -> Cell:
    said = words.plain(job.said, words.LONG) if job.said else None
    if job.state == "running":
        return {**bar(job.share, job.state), "note": said or "begins"}
    return text(job.state, note=said)


def changes(detail: ClusterDetail, case: Case | None) -> None:
    """Draw what changed since the last rebuild, and since the decision."""
    cluster = detail.summary
    st.header("Changes", anchor=False)
    st.text(f"Since the last rebuild: {words.change(cluster)}{_before(detail)}.")
    changed = None if case is None else people.book().changed(case, reading.snapshot())
    if changed is None:
        st.text("No decision stands on this cluster.")
    elif not changed.sentence:
        st.text("Nobody joined or left since the decision.")
    else:
        st.text(words.sentence(changed.sentence))
        _moved("Joined since the decision", changed.joined)
        _moved("Left since the decision", changed.left)
    moved = reading.moved(cluster.cluster_id)
    if moved is None:
        st.caption("There is no earlier snapshot to compare with.")
        return
    joined = [move.account_id for move in moved if move.new == cluster.cluster_id]
    left = [move.account_id for move in moved if move.old == cluster.cluster_id]
    if not joined and not left:
        st.text("The same accounts as in the snapshot before.")
    _moved("Joined since the last rebuild", joined)
    _moved("Left since the last rebuild", left)


def _before(detail: ClusterDetail) -> str:
    others = [line.previous_id for line in detail.lineage if line.previous_id not in (None, detail.summary.cluster_id)]
    named = ", ".join(words.plain(name, 20) for name in others[:3])
    return f", from {named}" + (f" and {len(others) - 3:,} more" if len(others) > 3 else "") if others else ""


def _moved(label: str, names: Sequence[str]) -> None:
    if not names:
        return
    table(
        label,
        (Column(f"{label}: {len(names):,}", header=True),),
        [[link(words.plain(name), links.account(name))] for name in names[:_SHOWN]],
        key=label,
    )
    if len(names) > _SHOWN:
        st.caption(f"and {len(names) - _SHOWN:,} more; 'linkage diff' lists all")
