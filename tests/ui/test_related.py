"""What else belongs to a case, on its page: tags, links to other cases, merges and splits by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from linkage.cases import Case, CaseBook
from tests.ui.conftest import Publish
from tests.ui.factory import HOSTILE, column, leads_to, page, tables, texts, world
from ui import session, words


@pytest.fixture
def store(served: Publish) -> Path:
    return served(world())


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label == label).click().run()


def field(app: AppTest, name: str, of: str = "harvest") -> Any:
    return app.text_input(key=session.form(name, of))


def case_of(store: Path, cluster: str) -> Case:
    with CaseBook(store) as book:
        case = book.find(cluster)
        assert case is not None
        return case


def test_a_tag_is_put_on_and_taken_off_and_stands_in_the_queue(store: Path) -> None:
    app = page("cluster", cluster="harvest")
    assert "No tags." in texts(app)
    for tag in ("reseller", HOSTILE["markdown"][:50]):
        field(app, "tag").set_value(tag)
        press(app, "Add the tag")
    assert set(case_of(store, "harvest").tags) == {"reseller", HOSTILE["markdown"][:50]}
    assert "reseller" in texts(app)
    assert words.plain(HOSTILE["markdown"][:50], 60) in texts(app)
    field(app, "tag").set_value(HOSTILE["markdown"][:50])
    press(app, "Take it off")
    assert case_of(store, "harvest").tags == ("reseller",)
    notes = [row[1].get("note") for row in tables(page())["Clusters"]["rows"]]
    assert notes[0] == "reseller"


def test_an_empty_tag_is_refused_in_words(store: Path) -> None:
    app = press(page("cluster", cluster="harvest"), "Add the tag")
    assert "tag" in texts(app)
    with CaseBook(store) as book:
        assert book.find("harvest") is None


def test_cases_are_linked_both_ways_and_apart_again(store: Path) -> None:
    app = page("cluster", cluster="harvest")
    field(app, "other").set_value("ring")
    press(app, "Link")
    assert leads_to(app, "Related cases") == ["/cluster?cluster=ring"]
    assert column(app, "Related cases", "How") == ["related"]
    assert leads_to(page("cluster", cluster="ring"), "Related cases") == ["/cluster?cluster=harvest"]
    field(app, "other").set_value("ring")
    press(app, "Unlink")
    assert "Related cases" not in tables(app)
    field(app, "other").set_value("nobody")
    press(app, "Link")
    assert "nobody" in texts(app)


def test_a_merge_waits_for_the_next_rebuild_and_can_be_undone(store: Path) -> None:
    app = page("cluster", cluster="harvest")
    field(app, "other").set_value("ring")
    field(app, "other-why").set_value("one owner")
    press(app, "Merge at the next rebuild")
    assert column(app, "Merges and splits by hand", "By hand") == ["merge with ring"]
    assert column(app, "Merges and splits by hand", "State") == ["waiting for the next rebuild"]
    assert column(app, "Merges and splits by hand", "Why") == ["one owner"]
    press(app, "Undo")
    assert column(app, "Merges and splits by hand", "State") == ["undone"]


def test_accounts_are_split_off_with_a_reason(store: Path) -> None:
    app = page("cluster", cluster="harvest")
    app.session_state[session.members_picked("harvest")] = {"a1"}
    app.run()
    app.text_input(key=session.form("members-reason", "harvest")).set_value("a shop's own card")
    press(app, "Split them off")
    assert column(app, "Merges and splits by hand", "By hand") == ["split off 1 account"]
    assert column(app, "Merges and splits by hand", "Why") == ["a shop's own card"]
