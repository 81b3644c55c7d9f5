"""The log as it is written and read, its key, and stores that may not be mixed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from linkage.audit import AuditLog
from linkage.errors import StoreError
from tests.audit.factory import RECORDS, faults, fill, store


def test_records_are_read_back_newest_first(path: Path) -> None:
    with AuditLog(path, "") as log:
        entries = log.entries()
        assert [entry.seq for entry in entries] == list(range(RECORDS, 0, -1))
        assert entries[-1].detail == {"n": 0} and entries[-1].why is None and entries[-2].why == "reason 1"
        assert [entry.seq for entry in log.entries(subject="cluster:K3")] == [4]
        assert len(log.entries(action="view")) == 4 and log.entries(actor="bob") == [] and len(log.entries(limit=5)) == 5


def test_anything_can_be_recorded_and_nothing_fills_the_log(path: Path) -> None:
    hostile = ["\udcff", "a\0b", "'; DROP TABLE audit_records; --", "x" * 100_000, "\u202e\x1b[2J", ""]
    with AuditLog(path, "") as log:
        for text in hostile:
            log.record(text, "none", "search", text, None, text, detail={"text": text[:50]})
        assert log.verify().holds
        assert max(len(entry.subject or "") for entry in log.entries()) == 4_000


def test_a_failed_deed_leaves_no_record(path: Path) -> None:
    with AuditLog(path, "") as log:
        with pytest.raises(ZeroDivisionError), log.writing() as writer:
            writer.append("ada", "admin", "decide", "cluster:A", None, None)
            raise ZeroDivisionError
        assert len(log.entries()) == RECORDS and log.verify().holds


def test_the_key_is_outside_the_database_and_its_owners_only(path: Path) -> None:
    key = path / "audit" / "audit.key"
    assert key.stat().st_mode & 0o777 == 0o600
    secret = re.sub(r"-----.*?-----|\s", "", key.read_text()).encode()
    for file in path.glob("cases.sqlite*"):
        assert secret not in file.read_bytes()
    key.chmod(0o644)
    with pytest.raises(StoreError, match="chmod 600"), AuditLog(path, "") as log:
        log.verify()


def test_a_key_elsewhere_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINKAGE_AUDIT_KEY", str(tmp_path / "elsewhere.key"))
    made = store(tmp_path / "store")
    fill(made, 2)
    assert (tmp_path / "elsewhere.key").exists() and not (made / "audit" / "audit.key").exists()
    assert faults(made) == ()


def test_the_database_of_another_store_is_refused(path: Path, tmp_path: Path) -> None:
    other = store(tmp_path / "other")
    for file in path.glob("cases.sqlite*"):
        shutil.copy(file, other / file.name)
    with AuditLog(other, "") as log, pytest.raises(StoreError, match="another key than this store's"):
        log.record("ada", "admin", "view", "cluster:A", None, None)
    fill(path, 1)
    assert faults(path) == ()


def test_there_is_no_log_without_a_store(tmp_path: Path) -> None:
    with AuditLog(tmp_path / "nosuch", "") as log, pytest.raises(StoreError, match="no store"):
        log.record("ada", "admin", "view", "cluster:A", None, None)


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_damaged_key_is_one_line(path: Path, content: bytes) -> None:
    (path / "audit" / "audit.key").write_bytes(content)
    with AuditLog(path, "") as log, pytest.raises(StoreError, match=r"audit\.key"):
        log.verify()


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"length": "x"}', b"\xff"])
def test_a_damaged_checkpoint_is_one_line(path: Path, content: bytes) -> None:
    (path / "audit" / "checkpoint.json").write_bytes(content)
    with AuditLog(path, "") as log, pytest.raises(StoreError, match="checkpoint"):
        log.verify()
