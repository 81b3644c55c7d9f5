"""What is written is what is read, in private files, under an id that sorts; what is not whole is not published."""

from __future__ import annotations

import json
import os
import stat
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pytest

from linkage.errors import NotFound, StoreError
from linkage.store import (
    InputFile,
    Stage,
    Store,
    current,
    damaged,
    list_snapshots,
    open_snapshot,
    pin,
    previous,
    unpin,
)
from linkage.tables import SNAPSHOT
from tests.store.factory import AS_OF, add_account, build, empty_tables, publish, tables


def test_a_store_holds_private_files_only(store: Path) -> None:
    before = os.umask(0)
    try:
        publish(store, "a")
    finally:
        os.umask(before)
    assert stat.S_IMODE(store.stat().st_mode) == 0o700
    for path in store.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_a_strict_umask_does_not_lock_us_out(store: Path) -> None:
    before = os.umask(0o777)
    try:
        store.parent.mkdir(mode=0o700)
        store.parent.chmod(0o700)
        publish(store, "a")
    finally:
        os.umask(before)
    assert stat.S_IMODE((store / "snapshots").stat().st_mode) == 0o700


def test_a_store_that_was_open_to_others_is_closed(store: Path) -> None:
    publish(store)
    store.chmod(0o755)
    publish(store, day=1)
    assert stat.S_IMODE(store.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["photo.jpg", "snapshots.zip"])
def test_a_folder_that_holds_something_else_is_no_store(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(StoreError, match="is not a store, and not empty"), Store(tmp_path).lock():
        pass
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_tables_are_sorted_by_their_columns_nulls_last(store: Path) -> None:
    with Store(store).lock() as locked, locked.begin() as draft, duckdb.connect() as con:
        empty_tables(con)
        con.execute(
            "INSERT INTO reasons (cluster_id, rank) VALUES ('b', 1), ('a', NULL), (NULL, 1), ('a', 2), ('a', 1), ('Z', 9)"
        )
        for name in SNAPSHOT:
            draft.write(con, name)
        draft.publish(build())
    with open_snapshot(store) as snapshot:
        rows = snapshot.table("reasons").select(["cluster_id", "rank"]).to_pylist()
    assert [(row["cluster_id"], row["rank"]) for row in rows] == [
        ("Z", 9), ("a", 1), ("a", 2), ("a", None), ("b", 1), (None, 1)
    ]  # fmt: skip


def test_every_type_comes_back_as_it_went_in(store: Path) -> None:
    text = "“ü” \u202e \U0001f600 ' \" \\ \x01 " + "x" * 10_000
    with Store(store).lock() as locked, locked.begin() as draft, duckdb.connect() as con:
        empty_tables(con)
        con.execute(
            "INSERT INTO clusters (cluster_id, rank, risk, flagged, first_seen, families) VALUES (?, ?, ?, ?, ?, ?)",
            [text, -(2**63), 0.1, True, datetime(1, 1, 1, 0, 0, 0, 1), ["a", "", text]],
        )
        for name in SNAPSHOT:
            draft.write(con, name)
        draft.publish(build())
    with open_snapshot(store) as snapshot:
        [row] = snapshot.table("clusters").to_pylist()
        assert snapshot.table("clusters").schema.names == list(SNAPSHOT["clusters"])
    found = [row[name] for name in ("cluster_id", "rank", "risk", "flagged", "first_seen", "families", "size", "summary")]
    assert found == [text, -(2**63), 0.1, True, datetime(1, 1, 1, 0, 0, 0, 1), ["a", "", text], None, None]


def test_temporary_tables_and_views_are_written_like_others(store: Path) -> None:
    with Store(store).lock() as locked, locked.begin() as draft, duckdb.connect() as con:
        empty_tables(con)
        columns = ", ".join(f"NULL::{kind} AS {name}" for name, kind in SNAPSHOT["members"].items())
        con.execute(f"CREATE TEMP TABLE held AS SELECT {columns}")
        con.execute("DROP TABLE members; CREATE TEMP VIEW members AS SELECT * FROM held")
        assert draft.write(con, "members").rows == 1


def test_an_id_is_the_as_of_time_and_a_digest(store: Path) -> None:
    first = publish(store)
    assert first.startswith("20260301T120000Z-")
    assert len({first, publish(store), publish(store)}) == 3
    with Store(store).lock() as locked, locked.begin() as draft:
        tables(draft)
        early = datetime(70, 1, 2, 5, 4, 5, tzinfo=timezone(timedelta(hours=2)))
        assert draft.publish(build(as_of=early)).startswith("00700102T030405Z-")


def test_the_manifest_says_what_was_built(store: Path) -> None:
    first = publish(store)
    said = build(
        inputs=(InputFile(table="requests", path="requests/a.csv", bytes=10, sha256="ab" * 32, rows=5, set_aside=1, nulled=2),),
        stages=(Stage(name="ingest", seconds=1.5, rows=5),),
        notices=("column colour of accounts.csv is ignored",),
        actor="ü",
    )
    with Store(store).lock() as locked, locked.begin() as draft:
        tables(draft, "a", "b")
        second = draft.publish(said)
    with open_snapshot(store, second) as snapshot:
        manifest = snapshot.manifest
        raw = json.loads((snapshot.path / "manifest.json").read_bytes())
    assert (manifest.id, manifest.previous, manifest.sequence) == (second, first, 2)
    assert manifest.model_dump(include=set(type(said).model_fields)) == said.model_dump()
    assert manifest.input("ab" * 32) == said.inputs[0]
    assert manifest.input("cd" * 32) is None
    assert [file.table for file in manifest.outputs] == list(SNAPSHOT)
    assert next(file.rows for file in manifest.outputs if file.table == "accounts") == 2
    assert raw["config"]["communities"]["algorithm"] == "leiden"
    assert raw["created_at"].endswith("Z")
    assert datetime.now(UTC) - manifest.created_at < timedelta(minutes=5)


def test_a_table_that_is_missing_or_of_other_columns_is_not_published(store: Path) -> None:
    with Store(store).lock() as locked, locked.begin() as draft, duckdb.connect() as con:
        with pytest.raises(StoreError, match="table accounts: cannot be written"):
            draft.write(con, "accounts")
        empty_tables(con)
        con.execute("ALTER TABLE lineage RENAME joined TO jointed")
        con.execute("ALTER TABLE lineage ALTER shared TYPE INTEGER")
        with pytest.raises(StoreError) as error:
            draft.write(con, "lineage")
        assert "shared is INTEGER, not BIGINT; joined is missing, not BIGINT; jointed is not a column of it" in str(error.value)
        draft.write(con, "accounts")
        with pytest.raises(StoreError, match="sightings, identifiers"):
            draft.publish(build())
        with pytest.raises(ValueError, match="not a table of a snapshot"):
            draft.write(con, "../accounts")
    with pytest.raises(StoreError, match="no snapshot was published yet"):
        current(store)


def test_a_table_written_again_replaces_the_first(store: Path) -> None:
    with Store(store).lock() as locked, locked.begin() as draft, duckdb.connect() as con:
        tables(draft, "a")
        empty_tables(con)
        add_account(con, "b")
        draft.write(con, "accounts")
        draft.publish(build())
    with open_snapshot(store) as snapshot:
        assert snapshot.table("accounts")["account_id"].to_pylist() == ["b"]
        assert snapshot.verify() == []


def test_a_draft_that_fails_leaves_nothing(store: Path) -> None:
    first = publish(store)
    with pytest.raises(ZeroDivisionError), Store(store).lock() as locked:
        draft = locked.begin()
        tables(draft)
        (draft.work / "engine.duckdb").touch()
        raise ZeroDivisionError
    assert not list((store / "work").iterdir())
    assert [entry.id for entry in list_snapshots(store)] == [first]


def test_drafts_are_of_their_lock(store: Path) -> None:
    locked = Store(store)
    with pytest.raises(ValueError, match="inside"):
        locked.begin()
    with pytest.raises(ValueError, match="inside"):
        locked.drop_partials()
    with locked.lock():
        draft = locked.begin()
        tables(draft)
        draft.publish(build())
        with pytest.raises(ValueError, match="published or closed"):
            draft.publish(build())
        other = locked.begin()
    with pytest.raises(ValueError, match="published or closed"):
        other.publish(build())


def test_the_newest_are_kept_and_the_pinned(store: Path) -> None:
    ids = [publish(store, day=0), publish(store, day=1)]
    pin(store, ids[0], "cited in a bundle")
    pin(store, ids[0], "cited twice")
    # as-of times go back, publication does not
    ids += [publish(store, day=day, keep=3) for day in (5, 4, 3)]
    entries = list_snapshots(store)
    assert [(entry.id, entry.pinned, entry.current) for entry in entries] == [
        (ids[0], True, False), (ids[2], False, False), (ids[3], False, False), (ids[4], False, True)
    ]  # fmt: skip
    assert (store / "pins" / ids[0]).read_text() == "cited in a bundle"
    assert [previous(store, entry.id) for entry in entries] == [None, ids[0], ids[2], ids[3]]
    unpin(store, ids[0])
    unpin(store, ids[0])
    publish(store, day=6, keep=1)
    assert len(list_snapshots(store)) == 1
    for gone in (ids[1], "20260301T120000Z-00000000", "..", "x"):
        with pytest.raises(NotFound):
            previous(store, gone)
        with pytest.raises(NotFound):
            pin(store, gone, "")
    assert not list((store / "pins").iterdir())


def test_a_damaged_snapshot_keeps_neither_the_list_nor_a_rebuild(store: Path) -> None:
    first, second = publish(store, "a"), publish(store, "b", day=1)
    (store / "snapshots" / second / "manifest.json").write_text("{")
    assert [entry.id for entry in list_snapshots(store)] == [first]
    [line] = damaged(store)
    assert second in line and "is damaged" in line
    with Store(store).lock() as locked, locked.begin() as draft:
        assert draft.previous == first
        tables(draft)
        third = draft.publish(build(day=2))
    with open_snapshot(store, third) as snapshot:
        assert snapshot.manifest.previous == first
        assert "built without the last snapshot" in snapshot.manifest.notices[0]
        assert second in snapshot.manifest.notices[0]
    assert [entry.as_of for entry in list_snapshots(store)] == [AS_OF, AS_OF + timedelta(days=2)]


def test_a_damaged_current_is_said_with_its_mend(store: Path) -> None:
    publish(store)
    (store / "CURRENT").write_text("../../etc")
    for call in (lambda: open_snapshot(store), lambda: list_snapshots(store), lambda: publish(store)):
        with pytest.raises(StoreError, match="CURRENT is damaged"):
            call()
