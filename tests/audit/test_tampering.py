"""Every way to falsify the log is found; the attacker may do anything to the database, and does not have the key."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linkage.audit import AuditLog
from linkage.audit.chain import GENESIS, Record, commitment, digest
from linkage.audit.keys import sign
from linkage.audit.log import _all
from tests.audit.factory import RECORDS, attack, faults, fill

#: Every column that tells something, with another value of its kind.
CHANGES = {
    "at": "2026-01-01T00:00:00.000000Z", "actor": "bob", "role": "admin", "action": "search", "outcome": "denied",
    "snapshot": "20260302T000000Z-00000000", "commitment": "0" * 64, "erased": "[3]", "previous": "1" * 64, "hash": "2" * 64,
    "signature": "3" * 128,
}  # fmt: skip


def test_a_sound_log_holds(path: Path) -> None:
    assert faults(path) == ()
    with AuditLog(path, "") as log:
        found = log.verify()
    assert found.holds and found.records == RECORDS and found.checkpoint is not None
    assert (found.checkpoint.length, found.checkpoint.head) == (RECORDS, found.head)


def test_the_database_refuses_to_change_or_remove_a_record(path: Path) -> None:
    with sqlite3.connect(path / "cases.sqlite") as con:
        for statement in ("UPDATE audit_records SET actor = 'bob'", "DELETE FROM audit_records WHERE seq = 3"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                con.execute(statement)


@pytest.mark.parametrize("seq", [1, 5, RECORDS])
@pytest.mark.parametrize("column", CHANGES)
def test_a_changed_record_is_found(path: Path, column: str, seq: int) -> None:
    with attack(path) as con:
        assert con.execute(f"UPDATE audit_records SET {column} = ? WHERE seq = ?", [CHANGES[column], seq]).rowcount == 1
    assert any(f"record {seq}" in fault for fault in faults(path))


@pytest.mark.parametrize("column", ["subject", "why", "detail", "salt"])
def test_changed_words_are_found(path: Path, column: str) -> None:
    with attack(path) as con:
        con.execute(f"UPDATE audit_texts SET {column} = 'x' WHERE seq = 5")
    assert faults(path) == ("record 5: what it is about was changed",)


def test_removed_words_are_found(path: Path) -> None:
    with attack(path) as con:
        con.execute("DELETE FROM audit_texts WHERE seq = 5")
    assert faults(path) == ("record 5: what it is about was removed, and no erasure says so",)


@pytest.mark.parametrize(("first", "last"), [(1, 1), (5, 5), (4, 7), (1, 6)])
def test_a_removal_in_the_middle_is_found(path: Path, first: int, last: int) -> None:
    with attack(path) as con:
        for table in ("audit_records", "audit_texts"):
            con.execute(f"DELETE FROM {table} WHERE seq BETWEEN ? AND ?", [first, last])
    named = f"record {first} is missing" if first == last else f"records {first} to {last} are missing"
    assert named in faults(path)


def test_a_removal_that_is_numbered_anew_is_found(path: Path) -> None:
    with attack(path) as con:
        for table in ("audit_records", "audit_texts"):
            con.execute(f"DELETE FROM {table} WHERE seq = 5")
            con.execute(f"UPDATE {table} SET seq = seq - 1 WHERE seq > 5")
    assert any("record 5" in fault for fault in faults(path))


@pytest.mark.parametrize("left", [0, 1, RECORDS - 1])
def test_a_cut_tail_is_found(path: Path, left: int) -> None:
    with attack(path) as con:
        for table in ("audit_records", "audit_texts"):
            con.execute(f"DELETE FROM {table} WHERE seq > ?", [left])
    assert any("the end was cut off" in fault for fault in faults(path))


def test_a_cut_tail_stays_found_when_the_log_goes_on(path: Path) -> None:
    with attack(path) as con:
        for table in ("audit_records", "audit_texts"):
            con.execute(f"DELETE FROM {table} WHERE seq > 8")
    fill(path, 3)
    assert any("the end was cut off" in fault for fault in faults(path))
    fill(path, 10)
    assert any(f"record {RECORDS} is not the one" in fault for fault in faults(path))


@pytest.mark.parametrize("key", [None, Ed25519PrivateKey.from_private_bytes(b"k" * 32)])
def test_a_restamped_chain_is_found(path: Path, key: Ed25519PrivateKey | None) -> None:
    """The attacker changes record 5 and makes every hash after it anew, signing with a key of their own or copying signatures."""
    with AuditLog(path, "") as log, log.database.read() as read:
        records = [record for record, _ in _all(read)]
    previous, anew = GENESIS, []
    for record in records:
        changed = replace(record, actor="bob") if record.seq == 5 else record
        changed = replace(changed, previous=previous, hash="", signature=record.signature)
        changed = replace(changed, hash=digest(replace(changed, signature="")))
        if key is not None:
            changed = replace(changed, signature=sign(key, changed.seq, changed.hash))
        previous = changed.hash
        anew.append(changed)
    with attack(path) as con:
        for record in anew:
            con.execute(
                "UPDATE audit_records SET actor = ?, previous = ?, hash = ?, signature = ? WHERE seq = ?",
                [record.actor, record.previous, record.hash, record.signature, record.seq],
            )
    found = faults(path)
    assert any("record 5 was not signed with this key" in fault for fault in found)
    assert any(f"record {RECORDS} is not the one" in fault for fault in found)


def test_a_database_that_is_gone_is_found(path: Path) -> None:
    for name in ("cases.sqlite", "cases.sqlite-wal", "cases.sqlite-shm"):
        (path / name).unlink(missing_ok=True)
    assert any("the end was cut off" in fault for fault in faults(path))


def test_a_missing_or_forged_checkpoint_is_found(path: Path) -> None:
    file = path / "audit" / "checkpoint.json"
    content = file.read_text()
    file.unlink()
    assert any("no checkpoint" in fault for fault in faults(path))
    file.write_text(content.replace('"length": 12', '"length": 11'))
    assert any("checkpoint" in fault and "not signed" in fault for fault in faults(path))


def test_a_checkpoint_kept_elsewhere_finds_what_an_attacker_with_the_key_cut(path: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    with AuditLog(path, "") as log:
        checkpoint = log.checkpoint()
        assert checkpoint is not None
        kept.write_bytes(checkpoint.content())
    with attack(path) as con:
        for table in ("audit_records", "audit_texts"):
            con.execute(f"DELETE FROM {table} WHERE seq > 8")
    (path / "audit" / "checkpoint.json").unlink()
    fill(path, 1)
    assert faults(path) == ()
    with AuditLog(path, "") as log:
        assert any("the end was cut off" in fault for fault in log.verify(against=kept).faults)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_edit_of_any_cell_is_found(path: Path, data: st.DataObject) -> None:
    """One byte of one cell of one record, wherever it is: found; and once it is put back, all is well again."""
    seq = data.draw(st.integers(1, RECORDS))
    table = data.draw(st.sampled_from(["audit_records", "audit_texts"]))
    with sqlite3.connect(path / "cases.sqlite") as con:
        for event in ("update", "delete"):
            con.execute(f"DROP TRIGGER IF EXISTS audit_records_no_{event}")
        names = [row[1] for row in con.execute(f"PRAGMA table_info({table})") if row[1] != "seq"]
        column = data.draw(st.sampled_from(names))
        (before,) = con.execute(f"SELECT {column} FROM {table} WHERE seq = ?", [seq]).fetchone()
        place = data.draw(st.integers(0, max(len(before) - 1, 0)))
        after = before[:place] + data.draw(st.characters(codec="ascii", exclude_characters="\\")) + before[place + 1 :]
        con.execute(f"UPDATE {table} SET {column} = ? WHERE seq = ?", [after, seq])
    if before != after:
        assert faults(path) != ()
    with sqlite3.connect(path / "cases.sqlite") as con:
        con.execute(f"UPDATE {table} SET {column} = ? WHERE seq = ?", [before, seq])
    assert faults(path) == ()


def test_what_is_hidden_behind_a_commitment_cannot_be_guessed() -> None:
    """Salted: two records about one account commit to different values."""
    assert commitment("a", "account:x", "", "") != commitment("b", "account:x", "", "")
    assert Record.__dataclass_params__.frozen
