from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.conftest import Publish
from tests.ui.factory import World, column, leads_to, page, texts
from ui import session


def test_a_cluster_says_its_verdict_in_one_sentence(loaded: Path) -> None:
    app = page("cluster", cluster="harvest")
    assert "Flagged at a risk of 95 %: a sentence for harvest; against it: a sentence against harvest." in texts(app)
    assert column(app, "Reasons for and against", "Reason") == ["A sentence for harvest.", "A sentence against harvest."]
    assert column(app, "Reasons for and against", "Points") == ["+3.0", "−1.0"]


def test_a_cluster_shows_what_ties_it_inside_and_everywhere(loaded: Path) -> None:
    app = page("cluster", cluster="harvest")
    label = "Identifiers that tie the cluster, the weightiest first"
    values = column(app, label, "Identifier")
    counts = dict(
        zip(values, zip(column(app, label, "Accounts here"), column(app, label, "Everywhere"), strict=True), strict=True)
    )
    assert counts["card-1"] == ("3", "3")
    assert counts["curl/8"] == ("5", "11")
    assert dict(zip(values, column(app, label, "Strength"), strict=True))["curl/8"] == "does not count"
    assert "/identifier?kind=payment&value=card-1" in leads_to(app, label)


def test_core_and_associates_are_apart(loaded: Path) -> None:
    app = page("cluster", cluster="harvest")
    assert column(app, "Members: core", "Account") == ["a1", "a2", "a3", "a4"]
    app.segmented_control(key=session.members_role("harvest")).set_value("associates").run()
    assert column(app, "Members: associates", "Account") == ["a5"]
    assert leads_to(app, "Members: associates") == ["/account?account=a5"]


@pytest.mark.parametrize(("core", "associates"), [(60, 30), (0, 30), (30, 0), (25, 25)])
def test_every_member_is_on_one_page(served: Publish, core: int, associates: int) -> None:
    made = World()
    names = [f"a{n:03}" for n in range(core + associates)]
    made.cluster("c", 0.9, names[:core], names[core:])
    served(made)
    app = page("cluster", cluster="c")
    seen = []
    for role, size in (("core", core), ("associates", associates)):
        app.segmented_control(key=session.members_role("c")).set_value(role).run()
        for number in range(1, -(-size // 25) + 1):
            app.session_state[session.members_page("c")] = number
            app.run()
            seen += column(app, f"Members: {role}", "Account")
    assert seen == names
    assert not app.exception


def test_a_cluster_of_which_nothing_else_is_known(served: Publish) -> None:
    made = World()
    made.cluster("bare", 0.9, ["a1", "a2"])
    made.tables["reasons"], made.tables["activity"], made.tables["models"] = [], [], []
    served(made)
    said = texts(page("cluster", cluster="bare"))
    for words_for in (
        "nothing speaks for it",
        "No signal says anything",
        "nothing to draw",
        "No identifier is on two",
        "no requests",
    ):
        assert words_for in said


def test_charts_say_in_words_what_they_show(loaded: Path) -> None:
    app = page("cluster", cluster="harvest")
    described = [chart.proto.alt for chart in app.get("plotly_chart")]
    assert len(described) == 3
    assert "5 accounts" in described[0]
    assert described[1] == "Requests per day from 2026-03-01 to 2026-03-02; most on 2026-03-01: 175."
    assert described[2] == "Requests by weekday and hour; most on Mon at 02:00: 175."
