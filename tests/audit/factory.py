"""A log with a few records, and an attacker who may write to its database and not to the key."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from linkage.audit import AuditLog
from linkage.store import Store

RECORDS = 12


def store(path: Path) -> Path:
    """An empty store."""
    with Store(path).lock():
        pass
    return path


def fill(path: Path, count: int = RECORDS) -> None:
    """Write records of every shape."""
    with AuditLog(path, "") as log:
        for number in range(count):
            log.record(
                "ada", "investigator", ("view", "decide", "export")[number % 3], f"cluster:K{number}", "20260301T000000Z-00000000",
                f"reason {number}" if number % 2 else None, detail={"n": number} if number % 4 == 0 else None,
            )  # fmt: skip


@contextmanager
def attack(path: Path) -> Iterator[sqlite3.Connection]:
    """The database, without the triggers that keep it append-only."""
    with closing(sqlite3.connect(path / "cases.sqlite")) as con:
        for event in ("update", "delete"):
            con.execute(f"DROP TRIGGER audit_records_no_{event}")
        yield con
        con.commit()


def faults(path: Path) -> tuple[str, ...]:
    """What verification finds."""
    with AuditLog(path, "") as log:
        return log.verify().faults
