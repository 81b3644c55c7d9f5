"""What one input file said is kept until a rebuild no longer uses it, and never trusted when it is damaged."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from linkage.store import Store
from tests.store.factory import build, tables

ONE, TWO = "ab" * 32, "cd" * 16


def save(path: Path, key: str, values: list[int], *, publish: bool = True) -> None:
    with Store(path).lock() as store, store.begin() as draft, duckdb.connect() as con:
        con.execute("CREATE TEMP TABLE t AS SELECT unnest(?::INTEGER[]) AS i", [values])
        folder = draft.save_partial(key, con, {"sightings": "t", "set_aside": "t"})
        assert folder == store.partials(key)
        if publish:
            tables(draft)
            draft.publish(build())


def test_a_partial_comes_back_as_it_was(store: Path) -> None:
    save(store, ONE, [3, 1, 2])
    folder = Store(store).partials(ONE)
    assert folder is not None
    assert sorted(path.name for path in folder.glob("*.parquet")) == ["set_aside.parquet", "sightings.parquet"]
    assert pq.read_table(folder / "sightings.parquet")["i"].to_pylist() == [3, 1, 2]
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert Store(store).partials(TWO) is None


def test_a_partial_saved_again_is_replaced(store: Path) -> None:
    save(store, ONE, [1])
    save(store, ONE, [2, 3])
    folder = Store(store).partials(ONE)
    assert folder is not None
    assert pq.read_table(folder / "sightings.parquet")["i"].to_pylist() == [2, 3]


def test_partials_outlive_a_rebuild_that_fails_and_go_with_one_that_does_not_use_them(store: Path) -> None:
    save(store, ONE, [1], publish=False)
    assert Store(store).partials(ONE) is not None
    with Store(store).lock() as locked:
        assert locked.partials(ONE) is not None  # looked up before the draft is begun
        with locked.begin() as draft:
            tables(draft)
            draft.publish(build())
    assert Store(store).partials(ONE) is not None
    save(store, TWO, [1])
    assert Store(store).partials(ONE) is None
    assert Store(store).partials(TWO) is not None


def test_all_can_be_dropped(store: Path) -> None:
    save(store, ONE, [1])
    with Store(store).lock() as locked:
        locked.drop_partials()
        assert locked.partials(ONE) is None
    assert not list((store / "partials").iterdir())


@pytest.mark.parametrize("name", ["sightings.parquet", "set_aside.parquet", "partial.json"])
@pytest.mark.parametrize("damage", ["gone", "short", "changed", "empty"])
def test_a_damaged_partial_is_none(store: Path, name: str, damage: str) -> None:
    save(store, ONE, list(range(100)), publish=False)
    path = store / "partials" / ONE / name
    content = path.read_bytes()
    path.unlink()
    if damage != "gone":
        path.write_bytes({"short": content[:-1], "changed": content[:-20] + b"\x00" + content[-19:], "empty": b""}[damage])
    assert Store(store).partials(ONE) is None


@pytest.mark.parametrize("key", ["", "../" * 8, "ab", "AB" * 8, "ab/" * 8, "g" * 16, "ab" * 8 + "\n", "a" * 129])
def test_a_key_is_hex(store: Path, key: str) -> None:
    with pytest.raises(ValueError, match="lower-case hex"):
        Store(store).partials(key)


@pytest.mark.parametrize("name", ["", "../x", "a b", "A", "partial.json"])
def test_a_table_of_partials_has_a_plain_name(store: Path, name: str) -> None:
    with Store(store).lock() as locked, locked.begin() as draft, duckdb.connect() as con:
        con.execute("CREATE TABLE t (i INTEGER)")
        with pytest.raises(ValueError, match="cannot name"):
            draft.save_partial(ONE, con, {name: "t"})
        assert locked.partials(ONE) is None
