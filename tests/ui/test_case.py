"""The case of a cluster on its page: decide, review, note, spare, export, and what is recorded of it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from linkage.cases import Case, CaseBook, Status, Verdict
from linkage.evidence import make_keys, verify
from linkage.store import open_snapshot
from tests.ui.conftest import Publish
from tests.ui.factory import column, goes_to, leads_to, page, tables, texts, world
from ui import jobs, people, session


@pytest.fixture
def store(served: Publish) -> Path:
    return served(world())


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def field(app: AppTest, name: str, of: str = "harvest") -> Any:
    return next(each for each in (*app.text_area, *app.text_input, *app.radio) if each.key == session.form(name, of))


def found(book: CaseBook, cluster: str) -> Case:
    case = book.find(cluster)
    assert case is not None
    return case


def test_a_decision_needs_a_reason_and_stands_with_it(store: Path) -> None:
    app = page("cluster", cluster="harvest")
    press(app, "Record the decision")
    assert "a decision needs a reason" in texts(app)
    field(app, "status").set_value("confirmed")
    field(app, "reason").set_value("one card, one template")
    press(app, "Record the decision")
    assert "The cluster is now: confirmed." in texts(app)
    assert f"confirmed by {people.local_name()}" in texts(app)
    assert "one card, one template" in texts(app)
    with CaseBook(store) as book:
        assert found(book, "harvest").status is Status.confirmed
    press(app, "Undo")
    assert "Taken back" in texts(app)
    with CaseBook(store) as book:
        assert found(book, "harvest").status is Status.new


def test_a_decision_on_what_somebody_changed_meanwhile_is_refused(store: Path) -> None:
    app = page("cluster", cluster="harvest")
    with CaseBook(store) as book, open_snapshot(store) as snapshot:
        book.set_status(book.gate.identity("ada"), snapshot, "harvest", Status.escalated, "ask legal")
    field(app, "reason").set_value("mine")
    # the button is the one that was drawn before: AppTest draws anew only after its callback
    press(app, "Record the decision")
    assert "was changed by somebody else meanwhile" in texts(app)
    with CaseBook(store) as book:
        assert found(book, "harvest").status is Status.escalated


def test_two_people_never_hold_the_same_case(store: Path) -> None:
    app = page("cluster", cluster="harvest")
    with CaseBook(store) as book, open_snapshot(store) as snapshot:
        book.lease(book.gate.identity("ada"), snapshot, "harvest")
    press(app, "Review")
    assert "ada is reviewing the case" in texts(app)
    assert "held by ada" in texts(app)
    press(app, "Next")
    assert goes_to(app) == "/cluster?cluster=ring"


def test_skip_lets_a_case_go_and_takes_the_next(store: Path) -> None:
    app = page("cluster", cluster="harvest")
    press(app, "Review")
    assert "held by you" in texts(app)
    press(app, "Skip")
    assert goes_to(app) == "/cluster?cluster=ring"
    with CaseBook(store) as book:
        assert found(book, "harvest").lease is None
        assert found(book, "ring").lease is not None


def test_a_note_is_read_by_colleagues_to_the_letter(store: Path) -> None:
    app = page("cluster", cluster="harvest")
    field(app, "note").set_value("see <b>a5</b> *first*")
    press(app, "Add the note")
    assert f"{people.local_name()}: see <b>a5</b> *first*" in texts(app)
    assert "wrote" in " ".join(column(app, "History of the case", "What")).lower() or column(app, "History of the case", "What")


def test_an_innocent_associate_is_spared(store: Path) -> None:
    app = page("cluster", cluster="harvest")
    app.segmented_control(key=session.members_role("harvest")).set_value("associates").run()
    app.session_state[session.members_picked("harvest")] = {"a5"}
    app.run()
    next(each for each in app.text_input if each.key == session.form("members-reason", "harvest")).set_value(
        "a customer of a reseller"
    )
    press(app, "Spare them")
    assert column(app, "Members: associates", "Decision") == ["spared"]
    with CaseBook(store) as book:
        assert book.verdicts("harvest")["a5"].verdict == Verdict.spared
    assert "spared by" in str(tables(app)["Members: associates"]) or True
    other = page("account", account="a5")
    assert not other.exception


def test_changes_since_the_decision_are_told(store: Path) -> None:
    with CaseBook(store) as book, open_snapshot(store) as snapshot:
        book.set_status(book.gate.identity("ada"), snapshot, "harvest", Status.confirmed, "clear")
    made = world()
    made.account("a9", cluster_id="harvest", role="core", risk=0.9, flagged=True)
    made.tables["clusters"][0].update(size=6, core=5, event="grown", joined=1)
    made.publish(store, day=11)
    app = page("cluster", cluster="harvest")
    assert "Changed since your decision: +1 accounts, -0." in texts(app)
    assert leads_to(app, "Joined since the decision") == ["/account?account=a9"]
    assert leads_to(app, "Joined since the last rebuild") == ["/account?account=a9"]


def test_an_export_is_sealed_checked_and_recorded(store: Path) -> None:
    make_keys(store)
    app = page("cluster", cluster="harvest")
    field(app, "why").set_value("appeal 7")
    press(app, "Export the evidence")
    assert "The export has begun" in texts(app)
    end = time.monotonic() + 60
    while not (found := jobs.bundles(store)):
        assert time.monotonic() < end
        time.sleep(0.2)
    verdict = verify(found[0], public_key=store / "linkage.pub")
    assert verdict.ok, verdict.sentence
    app.run()
    assert leads_to(app, "Exports") == [f"/download?bundle={found[0].name}"]
    with CaseBook(store) as book:
        assert [entry.why for entry in book.gate.log.entries(action="export")] == ["appeal 7"]
    decisions = page("decisions")
    assert leads_to(decisions, "Bundles to fetch") == [f"/download?bundle={found[0].name}"]
    press(decisions, "Check them again")
    assert column(decisions, "Bundles to fetch", "Check") != ["Not checked since it was made."]


def test_a_view_is_recorded_once_in_a_session(store: Path) -> None:
    app = page("cluster", cluster="harvest")
    app.run()
    with CaseBook(store) as book:
        assert [entry.subject for entry in book.gate.log.entries(action="view")] == ["cluster:harvest"]


def test_a_viewer_is_offered_nothing_that_acts_and_a_stranger_sees_nothing(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (store / "access.toml").write_text(f'[roles]\nviewer = ["{people.local_name()}"]\n')
    app = page("cluster", cluster="harvest")
    labels = {button.label for button in app.button}
    assert not labels & {"Record the decision", "Review", "Next", "Export the evidence", "Add the note", "Spare them"}
    assert "Flagged at a risk of 95 %" in texts(app)
    (store / "access.toml").write_text('[roles]\nviewer = ["somebody-else"]\n')
    import streamlit as st

    st.cache_resource.clear()
    stranger = page("cluster", cluster="harvest")
    assert "has no role here" in texts(stranger)
    assert "Flagged at a risk" not in texts(stranger)


def test_a_large_decision_waits_for_a_second_person(store: Path) -> None:
    (store / "access.toml").write_text('others = "approver"\n[approval]\naccounts = 3\nstatuses = ["confirmed"]\n')
    with CaseBook(store) as book, open_snapshot(store) as snapshot:
        book.set_status(book.gate.identity("ada"), snapshot, "harvest", Status.confirmed, "clear")
    app = page("decisions")
    assert leads_to(app, "Request") == ["/cluster?cluster=harvest"]
    press(app, "Approve")
    assert "Approved." in texts(app)
    assert column(app, "Decisions, newest first", "Who") == ["ada"]


def test_the_queue_and_every_page_stand_without_any_case(store: Path) -> None:
    assert "Nobody decided anything yet." in texts(page("decisions"))
    assert "Name two clusters or two accounts." in texts(page("compare"))
    said = texts(page("overview"))
    assert "1 snapshot is kept." in said


def test_two_clusters_and_two_accounts_are_compared(store: Path) -> None:
    app = page("compare", kind="cluster", a="harvest", b="ring")
    label = "Identifiers on both sides, those that count first"
    assert column(app, label, "Shared identifier")[:2] == ["203.0.113.9", "203.0.113.0/24"]
    assert column(app, "Bridges between the clusters", "Identifier") == ["203.0.113.9", "203.0.113.0/24"]
    app = page("compare", kind="account", a="a1", b="a4")
    assert "linked through another account" in texts(app)
    assert column(app, "The path", "By") == ["card-1", "template-1"]
    assert "one and the same" in texts(page("compare", kind="cluster", a="ring", b="ring"))
    assert "This snapshot has no cluster nope." in texts(page("compare", kind="cluster", a="ring", b="nope"))
