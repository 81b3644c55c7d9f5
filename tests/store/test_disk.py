"""A disk that is full or refuses is one plain line, and the last snapshot stays."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from linkage.errors import StoreError
from linkage.store import Store, list_snapshots, open_snapshot
from linkage.tables import SNAPSHOT
from tests.store.factory import build, empty_tables, publish, tables


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes."""
    path = tmp_path / "disk"
    path.mkdir()
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(path)], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield path
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=True)


def fill(con: duckdb.DuckDBPyConnection, rows: int) -> None:
    """Accounts whose names do not compress: some 40 bytes each."""
    empty_tables(con)
    con.execute("INSERT INTO accounts (account_id) SELECT md5(i::VARCHAR) FROM range(?) r(i)", [rows])


def refused(error: StoreError) -> str:
    text = str(error)
    assert "\n" not in text
    assert error.exit_code == 3
    return text


def test_a_full_disk_is_said_and_the_last_snapshot_stays(small_disk: Path) -> None:
    store = small_disk / "store"
    first = publish(store, "a")
    with duckdb.connect() as con:
        fill(con, 300_000)
        with pytest.raises(StoreError) as full, Store(store).lock() as locked:
            locked.begin().write(con, "accounts")
        assert "the disk is full" in refused(full.value)
        assert "accounts.parquet" in refused(full.value)
        with pytest.raises(StoreError) as full, Store(store).lock() as locked:
            locked.begin().save_partial("ab" * 8, con, {"sightings": "accounts"})
        assert "No space left on device" in refused(full.value)
    with open_snapshot(store) as snapshot:
        assert snapshot.id == first
        assert snapshot.verify() == []
    assert not list((store / "work").iterdir())
    second = publish(store, "b", day=1)
    assert [entry.id for entry in list_snapshots(store)] == [first, second]


def test_a_disk_that_fills_up_at_any_file_publishes_nothing_in_part(small_disk: Path) -> None:
    store = small_disk / "store"
    known = {publish(store, "a")}
    free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
    ballast = small_disk / "ballast"
    # from room for nothing, page by page, to room for all of it
    for room in range(0, 40 * 4096, 4096):
        ballast.write_bytes(b"\0" * (free - room))
        try:
            known.add(publish(store, "b", day=1, keep=1))
            break
        except StoreError as error:
            assert "the disk is full" in refused(error)
        finally:
            ballast.unlink()
        with open_snapshot(store) as snapshot:
            assert {snapshot.id} == known
            assert snapshot.verify() == []
    assert room > 4096
    assert len(known) == 2
    assert [entry.id in known for entry in list_snapshots(store)] == [True]


def test_a_read_only_disk_can_be_read_and_not_built_in(small_disk: Path) -> None:
    store = small_disk / "store"
    first = publish(store, "a")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with open_snapshot(store) as snapshot:
        assert snapshot.id == first
        assert snapshot.table("accounts").num_rows == 1
    with pytest.raises(StoreError) as error:
        publish(store, "b")
    assert "may not be read or written (Read-only file system)" in refused(error.value)


@pytest.mark.parametrize("path", ["/proc/store", "/dev/null", "/dev/null/store", "/sys/kernel/store"])
def test_a_path_where_no_store_can_be_is_said(path: str) -> None:
    with pytest.raises(StoreError) as error, Store(Path(path)).lock():
        pass
    assert refused(error.value).startswith(path)


def test_the_engine_out_of_memory_is_said(store: Path) -> None:
    with duckdb.connect(config={"memory_limit": "4MB", "temp_directory": "", "threads": 1}) as con:
        kinds = ", ".join(f"NULL::{kind} AS {name}" for name, kind in SNAPSHOT["accounts"].items() if name != "account_id")
        con.execute(f"CREATE VIEW accounts AS SELECT repeat('x', 1000) || i AS account_id, {kinds} FROM range(1000000) r(i)")
        with pytest.raises(StoreError) as error, Store(store).lock() as locked:
            locked.begin().write(con, "accounts")
        refused(error.value)


def test_after_a_full_disk_the_same_process_can_go_on(small_disk: Path) -> None:
    store = small_disk / "store"
    with Store(store).lock() as locked, duckdb.connect() as con:
        fill(con, 300_000)
        draft = locked.begin()
        with pytest.raises(StoreError):
            draft.write(con, "accounts")
        draft = locked.begin()
        tables(draft, "a")
        draft.publish(build())
    assert len(list_snapshots(store)) == 1
