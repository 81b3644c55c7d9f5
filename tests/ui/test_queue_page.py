from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests.ui.conftest import Publish
from tests.ui.factory import World, column, leads_to, many, page, tables, texts
from ui import session


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
    assert control(app, "Which clusters") == ["Flagged (2)", "All (3)"]


def test_the_queue_is_filtered_and_ordered_on_the_server(loaded: Path) -> None:
    app = page()
    app.segmented_control(key=session.QUEUE_SHOW).set_value("all").run()
    assert column(app, "Clusters", "Cluster") == ["harvest", "ring", "office"]
    app.selectbox(key=session.QUEUE_ORDER).set_value("recent").run()
    assert column(app, "Clusters", "Cluster") == ["office", "harvest", "ring"]
    assert tables(app)["Clusters"]["sorted"] == "recent"


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
