from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from linkage.cases import CaseBook, Status
from linkage.store import open_snapshot
from tests.ui.conftest import Publish
from tests.ui.factory import World, column, goes_to, leads_to, many, page, tables, texts
from ui import people, session


def control(app: AppTest, label: str) -> list[str]:
    """The choices of a control."""
    return next(list(each.options) for each in (*app.segmented_control, *app.selectbox) if each.label == label)


def test_the_queue_is_riskiest_first_and_says_why(loaded: Path) -> None:
    app = page()
    texts(app)
    assert column(app, "Clusters", "Cluster") == ["harvest", "ring"]
    assert column(app, "Clusters", "Risk") == ["95 %", "80 %"]
    assert column(app, "Clusters", "Change") == ["new", "grown +1"]
    assert column(app, "Clusters", "Strongest reason") == ["A sentence for harvest.", "A sentence for ring."]
    assert column(app, "Clusters", "Evidence") == ["content, payment"] * 2
    assert leads_to(app, "Clusters") == ["/cluster?cluster=harvest", "/cluster?cluster=ring"]
    assert column(app, "Clusters", "Status") == ["new", "new"]
    assert control(app, "Which clusters") == ["Open or mine", "Mine", "Open", "Decided", "Flagged", "All"]


def test_the_queue_is_filtered_and_ordered_on_the_server(loaded: Path) -> None:
    app = page()
    app.segmented_control(key=session.QUEUE_SHOW).set_value("all").run()
    assert column(app, "Clusters", "Cluster") == ["harvest", "ring", "office"]
    app.selectbox(key=session.QUEUE_ORDER).set_value("recent").run()
    assert column(app, "Clusters", "Cluster") == ["office", "harvest", "ring"]
    assert tables(app)["Clusters"]["sorted"] == "recent"
    app.multiselect(key=session.QUEUE_EVENTS).set_value(["grown"]).run()
    assert column(app, "Clusters", "Cluster") == ["ring"]
    app.multiselect(key=session.QUEUE_EVENTS).set_value(["split"]).run()
    assert "No cluster is like that" in texts(app)


def test_what_is_decided_or_somebody_elses_is_not_open_or_mine(served: Publish) -> None:
    store = served(many(8))
    with CaseBook(store) as book, open_snapshot(store) as snapshot:
        ada, me = book.gate.identity("ada"), book.gate.identity(people.local_name())
        book.set_status(ada, snapshot, "c00000", Status.dismissed, "a shop")
        book.assign(ada, snapshot, ["c00001"], "ada")
        book.assign(ada, snapshot, ["c00007"], me.name)
        book.lease(ada, snapshot, "c00002")
    app = page()
    assert column(app, "Clusters", "Cluster") == ["c00002", "c00003", "c00007"]
    assert [row[6].get("note") for row in tables(app)["Clusters"]["rows"]][:1]
    for show, expected in (
        ("mine", ["c00007"]),
        ("decided", ["c00000"]),
        ("open", ["c00001", "c00002", "c00003"]),
        ("flagged", ["c00000", "c00001", "c00002", "c00003"]),
    ):
        app.segmented_control(key=session.QUEUE_SHOW).set_value(show).run()
        assert column(app, "Clusters", "Cluster") == expected


def test_start_reviewing_hands_out_the_riskiest_that_nobody_holds(served: Publish) -> None:
    store = served(many(8))
    with CaseBook(store) as book, open_snapshot(store) as snapshot:
        book.lease(book.gate.identity("ada"), snapshot, "c00000")
    app = page()
    next(button for button in app.button if button.label == "Start reviewing").click().run()
    assert goes_to(app) == "/cluster?cluster=c00001"
    with CaseBook(store) as book:
        case = book.find("c00001")
        assert case is not None
        assert case.lease is not None
        assert case.lease.holder == people.local_name()


def test_what_is_picked_is_assigned_at_once(served: Publish) -> None:
    store = served(many(8))
    app = page()
    app.session_state[session.QUEUE_PICKED] = {"c00001", "c00003"}
    app.run()
    app.text_input(key=session.QUEUE_ASSIGNEE).set_value("grace")
    next(button for button in app.button if button.label == "Assign").click().run()
    assert "2 cases are assigned to grace." in texts(app)
    with CaseBook(store) as book:
        assert [case.cluster_id for case in book.cases(assignee="grace")] == ["c00001", "c00003"]
    assert column(app, "Clusters", "Cluster") == ["c00000", "c00002"]


def test_a_preview_stands_beside_the_queue(loaded: Path) -> None:
    app = page()
    app.session_state[session.QUEUE_PREVIEW] = "ring"
    app.run()
    assert "at a risk of 80 %" in texts(app)
    assert leads_to(app, "The cluster in the preview") == ["/cluster?cluster=ring"]
    assert tables(app)["Clusters"]["chosen"] == "ring"
    assert "Evidence" not in [each["label"] for each in tables(app)["Clusters"]["columns"]]


def test_activity_is_drawn_and_said(loaded: Path) -> None:
    app = page()
    cell = tables(app)["Clusters"]["rows"][0][-1]
    assert sum(cell["values"]) == 5 * 70
    assert cell["text"] == "requests from 2026-03-01 to 2026-03-10"


def test_the_queue_is_paged_on_the_server(long: Path) -> None:
    app = page()
    assert len(column(app, "Clusters", "Cluster")) == 20
    assert "1 to 20 of 45 clusters" in texts(app)
    app.session_state[session.QUEUE_PAGE] = 3
    app.run()
    assert column(app, "Clusters", "Cluster") == [f"c{n:05}" for n in range(40, 45)]
    assert "41 to 45 of 45 clusters" in texts(app)


def test_another_filter_starts_on_its_first_page(long: Path) -> None:
    app = page()
    app.session_state[session.QUEUE_PAGE] = 3
    app.run()
    app.segmented_control(key=session.QUEUE_SHOW).set_value("all").run()
    assert "1 to 20 of 90 clusters" in texts(app)


def test_a_page_that_is_no_longer_there_becomes_the_last(served: Publish) -> None:
    served(many(90))
    app = page()
    app.session_state[session.QUEUE_PAGE] = 3
    app.run()
    served(many(50))
    app.run()
    assert "21 to 25 of 25 clusters" in texts(app)


def test_where_none_is_flagged_all_are_shown(served: Publish) -> None:
    made = World()
    made.cluster("office", 0.1, ["d1", "d2"], flagged=False)
    served(made)
    app = page()
    assert column(app, "Clusters", "Cluster") == ["office"]
    app.segmented_control(key=session.QUEUE_SHOW).set_value("flagged").run()
    assert "No cluster reaches the risk" in texts(app)
    app.segmented_control(key=session.QUEUE_SHOW).set_value("open").run()
    assert "Nothing is open" in texts(app)
