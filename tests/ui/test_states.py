"""What pages say when there is nothing to show, and how they follow a new snapshot."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.conftest import Publish
from tests.ui.factory import LOADED, column, page, texts, visit, world
from ui import session


@pytest.mark.parametrize("name", LOADED)
def test_a_page_is_drawn_with_the_search_box_and_the_snapshot(loaded: Path, name: str) -> None:
    app = page(name, **LOADED[name])
    assert "Snapshot of 2026-03-10 00:00 UTC · 13 accounts" in texts(app)
    assert app.text_input(key=session.SEARCH).placeholder
    assert not app.error


@pytest.mark.parametrize("store", ["world", "empty"])
def test_what_is_not_there_is_said_in_words(stores: dict[str, Path], monkeypatch: pytest.MonkeyPatch, store: str) -> None:
    monkeypatch.setenv("LINKAGE_STORE", str(stores[store]))
    app = page()
    for name, parameters, said in (
        ("cluster", {"cluster": "nope"}, "This snapshot has no cluster nope"),
        ("account", {"account": "nope"}, "This snapshot has no account nope"),
        ("identifier", {"kind": "ip", "value": "nope"}, "This snapshot has no identifier nope of the kind ip"),
        ("cluster", {}, "names no cluster"),
        ("account", {}, "names no account"),
        ("identifier", {"kind": "ip"}, "names no identifier"),
    ):
        visit(app, name, **parameters)
        assert said in texts(app)
        assert app.text_input(key=session.SEARCH)


def test_an_empty_store_is_said_in_words(stores: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINKAGE_STORE", str(stores["empty"]))
    app = page()
    assert "This snapshot has no clusters" in texts(app)
    for name in ("cluster", "account", "identifier"):
        assert "This snapshot has no " in texts(visit(app, name, **LOADED[name]))
    assert "Nothing is called" in texts(visit(app, "search", **LOADED["search"]))


@pytest.mark.parametrize("state", ["unnamed", "missing", "never rebuilt", "no folder", "damaged"])
def test_without_a_snapshot_every_page_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str) -> None:
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
    app = page()
    for name in ("queue", "cluster", "cluster"):
        said = texts(visit(app, name, **LOADED[name]))
        assert "Nothing to show yet" in said
        assert ("linkage ui" if state == "unnamed" else str(store)) in said


def test_the_first_snapshot_is_shown_once_it_is_there(served: Publish, tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    app = page()
    assert "Nothing to show yet" in texts(app)
    served(world())
    app.run()
    assert column(app, "Clusters", "Cluster") == ["harvest", "ring"]


def test_a_store_that_goes_away_is_said_in_words(served: Publish) -> None:
    store = served(world())
    app = page()
    store.rename(store.with_name("gone"))
    app.run()
    assert "no store at" in texts(app)


def test_a_new_snapshot_is_followed_with_a_notice(served: Publish) -> None:
    store = served(world())
    app = page("cluster", cluster="harvest")
    before = app.session_state[session.SNAPSHOT]
    app.run()
    assert not app.toast
    made = world()
    made.tables["clusters"][0]["risk"] = 0.5
    now = made.publish(store, day=11)
    app.run()
    assert app.session_state[session.SNAPSHOT] == now != before
    assert [now in toast.value for toast in app.toast] == [True]
    assert "Snapshot of 2026-03-11" in texts(app)
    assert "at a risk of 50 %" in texts(app)
    app.run()
    assert not app.toast
