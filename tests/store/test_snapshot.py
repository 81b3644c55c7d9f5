"""A reader gets the snapshot's tables and nothing else, and one plain line for everything else."""

from __future__ import annotations

import contextlib
import json
import random
import threading
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from linkage.errors import LinkageError, NotFound, StoreError, UsageError
from linkage.store import Store, list_snapshots, open_snapshot
from linkage.store.manifest import digest
from linkage.tables import SNAPSHOT
from tests.store.factory import publish


def test_tables_are_queried_by_name_with_values_as_parameters(store: Path) -> None:
    publish(store, "b", "a", "it's; DROP TABLE accounts --")
    with open_snapshot(store) as snapshot:
        names = snapshot.query("SELECT account_id FROM accounts WHERE account_id > ? ORDER BY 1", ["a"])
        assert names["account_id"].to_pylist() == ["b", "it's; DROP TABLE accounts --"]
        found = snapshot.query(
            "SELECT count(*) AS n FROM accounts WHERE account_id = $name", {"name": "it's; DROP TABLE accounts --"}
        )
        assert found["n"].to_pylist() == [1]
        listed = snapshot.query(
            "SELECT account_id FROM accounts WHERE account_id IN (SELECT unnest(?::VARCHAR[]))", [["a", "z"]]
        )
        assert listed["account_id"].to_pylist() == ["a"]
        assert snapshot.query("FROM accounts").schema.names == list(SNAPSHOT["accounts"])
        assert {row["name"] for row in snapshot.query("SHOW TABLES").to_pylist()} == set(SNAPSHOT)


@pytest.fixture(scope="module")
def two_snapshots(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A store, and the first of its two snapshots."""
    store = tmp_path_factory.mktemp("it's") / "store"
    other = publish(store, "other")
    publish(store, "a", day=1)
    return store, other


@pytest.mark.parametrize(
    "sql",
    [
        "", "nonsense", "SELECT * FROM nowhere", "SELECT nothing FROM accounts", "SELECT 1; SELECT 2",
        "DROP VIEW accounts", "CREATE TABLE x AS SELECT 1", "SET threads = 1", "COPY accounts TO '{out}'",
        "INSTALL httpfs", "LOAD httpfs", "ATTACH '{out}'", "PRAGMA version", "EXPORT DATABASE '{out}'",
        "SELECT * FROM read_csv('/etc/passwd')", "SELECT * FROM '/etc/passwd'", "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM glob('/etc/*')", "SELECT * FROM read_parquet('{other}')", "SELECT * FROM read_blob('{current}')",
        "SELECT ?", "SELECT CAST(account_id AS BIGINT) FROM accounts", "SELECT error('x')", "SELECT * FROM leaked",
    ],
)  # fmt: skip
def test_a_query_that_is_not_one_select_over_the_tables_is_refused(two_snapshots: tuple[Path, str], sql: str) -> None:
    store, other = two_snapshots
    leaked = pa.table({"secret": [1]})
    assert len(leaked) == 1
    paths = {"out": store / "out", "other": store / "snapshots" / other / "accounts.parquet", "current": store / "CURRENT"}
    text = sql.format(**{name: str(path).replace("'", "''") for name, path in paths.items()})
    with open_snapshot(store) as snapshot:
        with pytest.raises(UsageError) as error:
            snapshot.query(text)
        assert "\n" not in str(error.value)
        assert snapshot.query("SELECT account_id FROM accounts")["account_id"].to_pylist() == ["a"]
    assert not (store / "out").exists()


def test_threads_share_a_snapshot_and_closing_waits_for_them(store: Path) -> None:
    first = publish(store, *(f"account {n}" for n in range(50)))
    snapshot = open_snapshot(store)
    found: list[int] = []
    began = threading.Barrier(5)

    def ask() -> None:
        began.wait()
        with contextlib.suppress(UsageError):  # came after the close
            found.append(
                snapshot.query("SELECT count(*) AS n FROM accounts a, accounts b, accounts c, accounts d")["n"][0].as_py()
            )

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    began.wait()
    while snapshot._queries == 0 and not found:
        pass
    snapshot.close()
    snapshot.close()
    for thread in threads:
        thread.join()
    # whoever had begun got a whole answer
    assert found and set(found) == {50**4}
    with pytest.raises(UsageError, match="is closed"):
        snapshot.query("SELECT 1")
    assert publish(store, day=1, keep=1) != first
    assert len(list_snapshots(store)) == 1


def test_no_store_and_an_empty_one_say_what_to_do(tmp_path: Path, store: Path) -> None:
    for path in (tmp_path / "nowhere", Path("/dev/null"), tmp_path):
        for call in (open_snapshot, list_snapshots):
            with pytest.raises(StoreError, match="linkage rebuild INPUT"):
                call(path)
    with Store(store).lock():
        pass
    with pytest.raises(StoreError, match="no snapshot was published yet"):
        open_snapshot(store)


def test_an_answer_comes_as_a_frame_too(two_snapshots: tuple[Path, str]) -> None:
    store, _ = two_snapshots
    with open_snapshot(store) as snapshot:
        frame = snapshot.frame("SELECT account_id FROM accounts ORDER BY account_id")
        assert (
            frame["account_id"].tolist()
            == snapshot.query("SELECT account_id FROM accounts ORDER BY 1")["account_id"].to_pylist()
        )


def _traversals() -> list[str]:
    chance = random.Random(7)
    real = "20260301T120000Z-1a2b3c4d"
    parts = [
        "..",
        ".",
        "",
        "/",
        "//",
        "~",
        real,
        "snapshots",
        "CURRENT",
        "etc",
        "passwd",
        "%2e%2e",
        "..%2f",
        "\x00",
        "\n",
        "\\",
        "é",
        "*",
        "?",
    ]
    names = [real[:-1], real + "\n", real + " ", " " + real, real.lower(), real.upper(), real + "/..", real + "\x00"]
    names += ["../snapshots/" + real, "./" + real, real.replace("2", "２"), "", "x" * 100_000]
    names += ["/", "/etc/passwd", "..", ".", "-", "a/b"]
    while len(names) < 220:
        names.append(chance.choice(["/", "", "\\"]).join(chance.choices(parts, k=chance.randint(2, 5))))
    return [name for name in dict.fromkeys(names) if name != real]


def test_no_name_leads_out_of_the_store(store: Path) -> None:
    publish(store)
    names = _traversals()
    assert len(names) > 200
    for name in names:
        with pytest.raises(NotFound) as error:
            open_snapshot(store, name)
        assert "\n" not in str(error.value)
        assert len(str(error.value)) < 1000
    with pytest.raises(NotFound, match="linkage snapshots"):
        open_snapshot(store, "20260301T120000Z-00000000")


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _overwrite(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4:40] = b"\xff" * 36
    path.write_bytes(content)


def _overwrite_end(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-60:-8] = b"\xff" * 52
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [Path.unlink, _truncate, _overwrite, _overwrite_end])
def test_a_damaged_table_is_named(store: Path, damage: Callable[[Path], None]) -> None:
    publish(store, *(f"account {n}" for n in range(300)))
    path = store / "snapshots" / list_snapshots(store)[0].id / "accounts.parquet"
    damage(path)
    with pytest.raises(StoreError) as error, open_snapshot(store) as snapshot:
        assert [line.split(":")[0] for line in snapshot.verify()] == [str(path)]
        snapshot.table("accounts")
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)
    assert "rebuild" in str(error.value)


def test_every_byte_of_a_table_is_under_a_digest(store: Path) -> None:
    publish(store, "a")
    with open_snapshot(store) as snapshot:
        assert snapshot.verify() == []
        (snapshot.path / "extra.parquet").touch()
        path = snapshot.path / "members.parquet"
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + b"\x00")
        assert [line.split(": ")[0] for line in snapshot.verify()] == [str(path), str(snapshot.path / "extra.parquet")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"", None),
        (b'"sequence": 1', b'"sequence": 2'),
        (b'"seed": 1', b'"seed": "x"'),
        (b'"format": 1', b'"format": 99'),
        (b"{", b"["),
    ],
)
def test_a_damaged_manifest_is_named(store: Path, old: bytes, new: bytes | None) -> None:
    path = store / "snapshots" / publish(store) / "manifest.json"
    content = path.read_bytes()
    path.write_bytes(b"" if new is None else content.replace(old, new, 1))
    with pytest.raises(StoreError) as error:
        open_snapshot(store)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_snapshot_that_current_names_and_is_gone_is_said(store: Path) -> None:
    path = store / "snapshots" / publish(store)
    path.rename(store / "elsewhere")
    with pytest.raises(StoreError, match="and not there"):
        open_snapshot(store)


def _republish(folder: Path, change: Callable[[dict[str, object]], None]) -> str:
    """Give a snapshot another manifest, and the id that goes with it."""
    values = json.loads((folder / "manifest.json").read_bytes())
    change(values)
    values["id"] = f"{folder.name.split('-')[0]}-{digest(json.dumps(values).encode())[:8]}"
    (folder / "manifest.json").write_text(json.dumps(values))
    folder.rename(folder.parent / values["id"])
    (folder.parent.parent / "CURRENT").write_text(values["id"] + "\n")
    return str(values["id"])


def test_a_snapshot_of_an_older_version_is_read_with_what_it_has(store: Path) -> None:
    folder = store / "snapshots" / publish(store, "a")
    path = folder / "accounts.parquet"
    pq.write_table(pq.read_table(path).select(["account_id"]).append_column("colour", pa.array(["red"])), path)
    (folder / "lineage.parquet").unlink()

    def older(values: dict[str, object]) -> None:
        outputs = [file for file in values["outputs"] if file["table"] != "lineage"]  # type: ignore[index,attr-defined]
        next(file for file in outputs if file["table"] == "accounts")["bytes"] = path.stat().st_size
        values["outputs"] = outputs
        values["something_of_old"] = 1

    new = _republish(folder, older)
    with open_snapshot(store) as snapshot:
        assert snapshot.id == new
        [row] = snapshot.table("accounts").to_pylist()
        assert row == dict.fromkeys(SNAPSHOT["accounts"]) | {"account_id": "a"}
        assert snapshot.table("lineage").num_rows == 0
        assert snapshot.table("lineage").schema.names == list(SNAPSHOT["lineage"])


def test_a_manifest_names_files_of_its_own_folder_only(store: Path) -> None:
    folder = store / "snapshots" / publish(store, "a")

    def outward(values: dict[str, object]) -> None:
        for file in values["outputs"]:  # type: ignore[attr-defined]
            file["path"] = "../../../" + file["path"]

    _republish(folder, outward)
    with open_snapshot(store) as snapshot:
        assert snapshot.table("accounts")["account_id"].to_pylist() == ["a"]


def test_every_message_is_of_our_own_errors(store: Path) -> None:
    publish(store)
    with open_snapshot(store) as snapshot, pytest.raises(LinkageError, match="it has accounts, sightings"):
        snapshot.table("account\x00s")
