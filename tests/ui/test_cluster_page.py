from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from linkage.views import Window
from tests.ui.conftest import Publish
from tests.ui.factory import World, column, drawn, leads_to, page, texts
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
    app = page("cluster", cluster="bare")
    said = texts(app)
    assert "nothing ties them here" in drawn(app)["nothing"]
    for words_for in (
        "nothing speaks for it",
        "No signal says anything",
        "No identifier is on two",
        "no requests",
    ):
        assert words_for in said


def test_charts_say_in_words_what_they_show(loaded: Path) -> None:
    app = page("cluster", cluster="harvest")
    described = [chart.proto.alt for chart in app.get("plotly_chart")]
    assert described == [
        "Requests per day from 2026-03-01 to 2026-03-02; most on 2026-03-01: 175.",
        "Hour by day: requests in 24 rows and 2 columns; most in one cell: 175.",
    ]


def test_the_graph_is_given_what_it_draws(loaded: Path) -> None:
    data = drawn(page("cluster", cluster="harvest"))
    nodes = {node["id"]: node for node in data["nodes"]}
    assert {"a/a1", "a/a5", "i/payment/card-1", "i/scaffold/template-1"} <= set(nodes)
    assert (nodes["a/a1"]["mark"], nodes["a/a5"]["mark"]) == ("@flagged", "@associate")
    # the address that a4 has with another cluster is around it, and not shown
    assert ["ip", "ip", 2] in nodes["a/a4"]["around"]
    ids = [node["id"] for node in data["nodes"]]
    assert ["a/a1", "i/payment/card-1", 0.9] in [[ids[a], ids[b], weight] for a, b, weight in data["ties"]]
    assert data["marks"]["k/payment"]["points"]


def test_a_large_cluster_is_first_seen_folded(served: Publish) -> None:
    made = World()
    names = [f"a{n:04}" for n in range(1_600)]
    made.cluster("c", 0.9, names)
    for number in range(16):
        made.share("payment", f"p{number}", 0.9, names[number * 100 : number * 100 + 100])
    served(made)
    app = page("cluster", cluster="c")
    assert sorted(node["label"] for node in drawn(app)["nodes"] if node["type"] == "group") == ["100"] * 16
    app.segmented_control(key=session.graph_view("c")).set_value("all").run()
    header = drawn(app)
    assert header["count"] == 1_616
    assert header["looks"][5]["label"] == "payment"


def test_a_time_that_is_picked_narrows_members_and_graph(loaded: Path) -> None:
    app = page("cluster", cluster="harvest")
    app.session_state[session.window("harvest")] = Window(date(2026, 3, 2), date(2026, 3, 2), accounts=("a2", "a5"))
    app.run()
    assert "Only those active 2026-03-02 UTC, 2 accounts: 2 of 5." in texts(app)
    assert column(app, "Members: core", "Account") == ["a2"]
    assert sorted(drawn(app)["active"]) == ["a/a2", "a/a5"]


def test_what_is_selected_is_explained(loaded: Path) -> None:
    app = page("cluster", cluster="harvest")
    assert leads_to(app, "Bridges to other clusters") == [
        "/identifier?kind=ip&value=203.0.113.9",
        "/cluster?cluster=ring",
        "/identifier?kind=network&value=203.0.113.0%2F24",
        "/cluster?cluster=ring",
    ]
    key = session.graph_selected("harvest")
    app.session_state[key] = ("a/a1",)
    app.run()
    assert "a1 is a core member of cluster harvest" in texts(app)
    app.session_state[key] = ("a/a1", "a/a4")
    app.run()
    assert "linked through another account" in texts(app)
    app.session_state[key] = ("i/payment/card-1",)
    app.run()
    said = texts(app)
    assert "Rare: seen on 3 accounts only." in said
    app.session_state[key] = ("a/a1", "i/payment/card-1")
    app.run()
    assert "the link weighs 0.90" in texts(app)
    app.session_state[key] = ("a/a1", "a/a2", "i/payment/card-1")
    app.run()
    assert "3 selected: 2 accounts, 1 × payment." in texts(app)
    app.session_state[key] = ("a/nobody",)
    app.run()
    assert "nobody" in texts(app)


def test_a_cluster_that_grew_back_names_its_predecessor(served: Publish) -> None:
    made = World()
    made.cluster("again", 0.9, ["n1", "n2", "n3"])
    sizes = {"shared": 0, "joined": 3, "left": 0}
    for previous, event in ((None, "born"), ("banned-one", "returned")):
        made.tables["lineage"].append({"cluster_id": "again", "previous_id": previous, "event": event, **sizes})
    served(made)
    app = page("cluster", cluster="again")
    assert not app.exception
    assert any(
        "grew back from banned-one" in str(element.proto) for element in (*app.get("bidi_component"), *app.markdown, *app.text)
    )
