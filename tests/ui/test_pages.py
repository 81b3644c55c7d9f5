"""Each page as the script draws it: loaded, empty, without a store, and over names of an attacker's choosing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from linkage.investigate import printable
from tests.ui.conftest import Publish
from tests.ui.factory import HOSTILE, World, hostile, many, page, tables, texts, world
from ui import links, session, words

#: A page of every kind over `world`.
LOADED = {
    "queue": {},
    "cluster": {"cluster": "harvest"},
    "account": {"account": "a4"},
    "identifier": {"kind": "payment", "value": "card-1"},
    "search": {"q": "card"},
}


def column(app: AppTest, table: str, name: str) -> list[str]:
    data = tables(app)[table]
    place = [each["label"] for each in data["columns"]].index(name)
    return [row[place].get("text", "") for row in data["rows"]]


def leads_to(app: AppTest, table: str) -> list[str]:
    """Every address in a table."""
    return [cell["link"]["address"] for row in tables(app)[table]["rows"] for cell in row if "link" in cell]


def control(app: AppTest, label: str) -> list[str]:
    """The choices of a control."""
    return next(list(each.options) for each in (*app.segmented_control, *app.selectbox) if each.label == label)


def drawn(app: AppTest) -> str:
    assert not app.exception
    return texts(app)


@pytest.mark.parametrize("name", LOADED)
def test_a_page_is_drawn_with_the_search_box_and_the_snapshot(served: Publish, name: str) -> None:
    store = served(world())
    app = page(store, name, **LOADED[name])
    assert "Snapshot of 2026-03-10 00:00 UTC · 13 accounts" in drawn(app)
    assert app.text_input(key=session.SEARCH).placeholder
    assert not app.error


def test_the_queue_is_riskiest_first_and_says_why(served: Publish) -> None:
    app = page(served(world()))
    drawn(app)
    assert column(app, "Clusters", "Cluster") == ["harvest", "ring"]
    assert column(app, "Clusters", "Risk") == ["95 %", "80 %"]
    assert column(app, "Clusters", "Change") == ["new", "grown +1"]
    assert column(app, "Clusters", "Strongest reason") == ["A sentence for harvest.", "A sentence for ring."]
    assert column(app, "Clusters", "Evidence") == ["content, payment"] * 2
    assert leads_to(app, "Clusters") == ["/cluster?cluster=harvest", "/cluster?cluster=ring"]
    assert control(app, "Which clusters") == ["Flagged (2)", "All (3)"]


def test_the_queue_is_filtered_and_ordered_on_the_server(served: Publish) -> None:
    app = page(served(world()))
    app.segmented_control(key=session.QUEUE_SHOW).set_value("all").run()
    assert column(app, "Clusters", "Cluster") == ["harvest", "ring", "office"]
    app.selectbox(key=session.QUEUE_ORDER).set_value("recent").run()
    assert column(app, "Clusters", "Cluster") == ["office", "harvest", "ring"]
    assert tables(app)["Clusters"]["sorted"] == "recent"


def test_the_queue_is_paged_on_the_server(served: Publish) -> None:
    app = page(served(many(90)))
    assert len(column(app, "Clusters", "Cluster")) == 20
    assert "1 to 20 of 45 clusters" in drawn(app)
    app.session_state[session.QUEUE_PAGE] = 3
    app.run()
    assert column(app, "Clusters", "Cluster") == [f"c{n:05}" for n in range(40, 45)]
    assert "41 to 45 of 45 clusters" in drawn(app)


def test_another_filter_starts_on_its_first_page(served: Publish) -> None:
    app = page(served(many(90)))
    app.session_state[session.QUEUE_PAGE] = 3
    app.run()
    app.segmented_control(key=session.QUEUE_SHOW).set_value("all").run()
    assert "1 to 20 of 90 clusters" in drawn(app)


def test_a_page_that_is_no_longer_there_becomes_the_last(served: Publish) -> None:
    app = page(served(many(90)))
    app.session_state[session.QUEUE_PAGE] = 3
    app.run()
    served(many(50))
    app.run()
    assert "21 to 25 of 25 clusters" in drawn(app)


def test_where_none_is_flagged_all_are_shown(served: Publish) -> None:
    made = World()
    made.cluster("office", 0.1, ["d1", "d2"], flagged=False)
    app = page(served(made))
    assert column(app, "Clusters", "Cluster") == ["office"]
    app.segmented_control(key=session.QUEUE_SHOW).set_value("flagged").run()
    assert "No cluster reaches the risk" in drawn(app)


def test_a_cluster_says_its_verdict_in_one_sentence(served: Publish) -> None:
    app = page(served(world()), "cluster", cluster="harvest")
    assert "Flagged at a risk of 95 %: a sentence for harvest; against it: a sentence against harvest." in drawn(app)
    assert column(app, "Reasons for and against", "Reason") == ["A sentence for harvest.", "A sentence against harvest."]
    assert column(app, "Reasons for and against", "Points") == ["+3.0", "−1.0"]


def test_a_cluster_shows_what_ties_it_inside_and_everywhere(served: Publish) -> None:
    app = page(served(world()), "cluster", cluster="harvest")
    label = "Identifiers that tie the cluster, the weightiest first"
    values = column(app, label, "Identifier")
    counts = dict(
        zip(values, zip(column(app, label, "Accounts here"), column(app, label, "Everywhere"), strict=True), strict=True)
    )
    assert counts["card-1"] == ("3", "3")
    assert counts["curl/8"] == ("5", "11")
    assert dict(zip(values, column(app, label, "Strength"), strict=True))["curl/8"] == "does not count"
    assert "/identifier?kind=payment&value=card-1" in leads_to(app, label)


def test_core_and_associates_are_apart(served: Publish) -> None:
    app = page(served(world()), "cluster", cluster="harvest")
    assert column(app, "Members: core", "Account") == ["a1", "a2", "a3", "a4"]
    app.segmented_control(key=session.members_role("harvest")).set_value("associates").run()
    assert column(app, "Members: associates", "Account") == ["a5"]
    assert leads_to(app, "Members: associates") == ["/account?account=a5"]


@pytest.mark.parametrize(("core", "associates"), [(60, 30), (0, 30), (30, 0), (25, 25)])
def test_every_member_is_on_one_page(served: Publish, core: int, associates: int) -> None:
    made = World()
    names = [f"a{n:03}" for n in range(core + associates)]
    made.cluster("c", 0.9, names[:core], names[core:])
    app = page(served(made), "cluster", cluster="c")
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
    said = drawn(page(served(made), "cluster", cluster="bare"))
    for words_for in (
        "nothing speaks for it",
        "No signal says anything",
        "nothing to draw",
        "No identifier is on two",
        "no requests",
    ):
        assert words_for in said


def test_charts_say_in_words_what_they_show(served: Publish) -> None:
    app = page(served(world()), "cluster", cluster="harvest")
    described = [chart.proto.alt for chart in app.get("plotly_chart")]
    assert len(described) == 3
    assert "5 accounts" in described[0]
    assert described[1] == "Requests per day from 2026-03-01 to 2026-03-02; most on 2026-03-01: 175."
    assert described[2] == "Requests by weekday and hour; most on Mon at 02:00: 175."


def test_an_account_says_why_it_is_where_it_is(served: Publish) -> None:
    app = page(served(world()), "account", account="a4")
    assert "a4 is a core member of cluster harvest" in drawn(app)
    assert leads_to(app, "The cluster of the account") == ["/cluster?cluster=harvest"]
    label = "Identifiers of the account, what counts first"
    assert column(app, label, "Identifier")[0] == "template-1"
    assert "requests/2026-03-01.parquet, record 2" in column(app, label, "First read in")


def test_an_account_in_no_cluster(served: Publish) -> None:
    app = page(served(world()), "account", account="e2")
    assert "It is in no cluster" in drawn(app)
    assert column(app, "Identifiers of the account, what counts first", "Identifier") == ["192.0.2.1"]


def test_an_identifier_says_who_was_seen_with_it(served: Publish) -> None:
    app = page(served(world()), "identifier", kind="ip", value="203.0.113.9")
    assert "Rare." in drawn(app)
    assert leads_to(app, "Clusters with accounts on it") == ["/cluster?cluster=harvest", "/cluster?cluster=ring"]
    assert column(app, "Accounts seen with it", "Account") == ["a4", "b3"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("ring", ["/cluster?cluster=ring"]),
        ("a4", ["/account?account=a4"]),
        ("203.0.113.0/24", ["/identifier?kind=network&value=203.0.113.0%2F24", "/identifier?kind=ip&value=203.0.113.9"]),
        ("TEMPLATE", ["/identifier?kind=scaffold&value=template-1"]),
    ],
)
def test_a_search_leads_to_what_it_finds(served: Publish, asked: str, found: list[str]) -> None:
    app = page(served(world()), "search", q=asked)
    drawn(app)
    addresses = leads_to(app, "What was found")
    assert [address for address in addresses if address in found] == found


def test_a_search_that_finds_nothing_says_so(served: Publish) -> None:
    assert "Nothing is called ` nobody `" in drawn(page(served(world()), "search", q="nobody"))
    assert "Type above" in drawn(page(served(world()), "search", q="  "))


def test_the_search_box_goes_to_the_search(served: Publish) -> None:
    app = page(served(world()), "account", account="a4")
    app.text_input(key=session.SEARCH).set_value(" card ").run()
    assert "2 found for ` card `" in drawn(app)
    assert app.query_params == {"q": "card"}


@pytest.mark.parametrize(
    ("name", "parameters", "said"),
    [
        ("cluster", {"cluster": "nope"}, "This snapshot has no cluster ` nope `"),
        ("account", {"account": "nope"}, "This snapshot has no account ` nope `"),
        ("identifier", {"kind": "ip", "value": "nope"}, "This snapshot has no identifier of the kind ` ip ` ` nope `"),
        ("cluster", {}, "names no cluster"),
        ("account", {}, "names no account"),
        ("identifier", {"kind": "ip"}, "names no identifier"),
    ],
)
def test_what_is_not_there_is_said_in_words(served: Publish, name: str, parameters: dict[str, str], said: str) -> None:
    for made in (world(), World()):
        app = page(served(made), name, **parameters)
        assert said in drawn(app)
        assert app.text_input(key=session.SEARCH)


@pytest.mark.parametrize("name", LOADED)
def test_an_empty_store_is_said_in_words(served: Publish, name: str) -> None:
    said = drawn(page(served(World()), name, **LOADED[name]))
    assert "no clusters" in said or "has no " in said or "Nothing is called" in said


@pytest.mark.parametrize("state", ["unnamed", "missing", "never rebuilt", "no folder", "damaged"])
@pytest.mark.parametrize("name", ["queue", "cluster"])
def test_without_a_snapshot_every_page_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str, name: str
) -> None:
    store = tmp_path / "elsewhere"
    if state == "unnamed":
        monkeypatch.delenv("LINKAGE_STORE", raising=False)
    else:
        monkeypatch.setenv("LINKAGE_STORE", str(store))
    if state == "never rebuilt":
        store.mkdir()
    elif state == "no folder":
        store.write_text("a file")
    elif state == "damaged":
        snapshot = world().publish(store)
        (store / "snapshots" / snapshot / "members.parquet").write_bytes(b"PAR1")
    app = page(store, name, **LOADED[name])
    said = drawn(app)
    assert "Nothing to show yet" in said
    assert "linkage ui" in said if state == "unnamed" else str(store) in said
    assert "Traceback" not in said
    app.run()
    assert drawn(app) == said


def test_the_first_snapshot_is_shown_once_it_is_there(served: Publish, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    app = page(tmp_path / "store")
    assert "Nothing to show yet" in drawn(app)
    served(world())
    app.run()
    assert column(app, "Clusters", "Cluster") == ["harvest", "ring"]


def test_a_store_that_goes_away_is_said_in_words(served: Publish) -> None:
    store = served(world())
    app = page(store)
    store.rename(store.with_name("gone"))
    app.run()
    assert "no store at" in drawn(app)


def test_a_new_snapshot_is_followed_with_a_notice(served: Publish) -> None:
    store = served(world())
    app = page(store, "cluster", cluster="harvest")
    before = app.session_state[session.SNAPSHOT]
    app.run()
    assert not app.toast
    made = world()
    made.tables["clusters"][0]["risk"] = 0.5
    now = made.publish(store, day=11)
    app.run()
    assert app.session_state[session.SNAPSHOT] == now != before
    assert [words.code(now) in toast.value for toast in app.toast] == [True]
    assert "Snapshot of 2026-03-11" in drawn(app)
    assert "at a risk of 50 %" in drawn(app)
    app.run()
    assert not app.toast


def test_a_snapshot_that_retention_took_is_left_for_the_one_in_service(served: Publish) -> None:
    store = served(world())
    app = page(store)
    before = app.session_state[session.SNAPSHOT]
    for day in range(11, 14):
        world().publish(store, day=day)
    app.run()
    assert app.session_state[session.SNAPSHOT] != before
    assert column(app, "Clusters", "Cluster") == ["harvest", "ring"]


@pytest.mark.parametrize(
    "asked", [None, {"page": "nowhere", "parameters": {}}, {"page": "cluster", "parameters": {"cluster": 1}}]
)
def test_what_a_browser_asks_for_is_looked_at(served: Publish, asked: object) -> None:
    from ui.components import table

    before = dict(table.st.session_state)
    table._go(asked)
    assert dict(table.st.session_state) == before


# Names of an attacker's choosing.


def seen_on(app: AppTest) -> list[str]:
    """Every text of the page: elements, tables, labels of charts."""
    found = texts(app).split("\n")
    for data in tables(app).values():
        for row in data["rows"]:
            for cell in row:
                found += [cell.get(part, "") for part in ("text", "note", "title")] + [cell.get("mark", {}).get("text", "")]
    for chart in app.get("plotly_chart"):
        for trace in json.loads(chart.proto.spec)["data"]:
            found += [*trace.get("text", []), trace.get("name", "")]
    return found


@pytest.mark.parametrize("name", ["queue", "cluster", "search"])
def test_no_page_hides_or_reorders_what_a_name_is(served: Publish, name: str) -> None:
    parameters = {"cluster": {"cluster": "evil"}, "search": {"q": HOSTILE["override"]}}.get(name, {})
    app = page(served(hostile()), name, **parameters)
    drawn(app)
    for text in seen_on(app):
        assert printable(text.replace("\n", "")) == text.replace("\n", "")
        assert len(text) <= 1_500


@pytest.mark.parametrize("which", HOSTILE)
def test_an_account_and_an_identifier_of_any_name_have_a_page(served: Publish, which: str) -> None:
    value = HOSTILE[which]
    store = served(hostile())
    for name, parameters in (("account", {"account": value}), ("identifier", {"kind": "device", "value": value})):
        app = page(store, name, **parameters)
        assert words.code(value) in drawn(app)
        for text in seen_on(app):
            assert printable(text.replace("\n", "")) == text.replace("\n", "")
    app = page(store, "search", q=value.strip() or value)
    drawn(app)
    if value.strip() == value:
        assert links.account(value).address in leads_to(app, "What was found")


def test_a_chart_takes_no_markup_from_a_name(served: Publish) -> None:
    app = page(served(hostile()), "cluster", cluster="evil")
    for chart in app.get("plotly_chart"):
        for trace in json.loads(chart.proto.spec)["data"]:
            for text in [*trace.get("text", []), trace.get("name", "")]:
                bare = text.replace("<b>", "").replace("</b>", "").replace("<br>", "")
                assert not set("<>$") & set(bare)
