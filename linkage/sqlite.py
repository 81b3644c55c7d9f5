"""How the SQLite file of people's state is opened: for its owner only, with a log beside it, patient with other processes."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine

from linkage.errors import ReadOnlyStore, StoreError

#: Seconds that a write waits for others, and a connection for the server.
PATIENCE: Final = 20


def open_file(store: Path, path: Path) -> Engine:
    """The database file of a store, made where there is none; it begins transactions where we say.

    One that runs with the option `linkage_write` is the only one that writes. Raises StoreError, ReadOnlyStore.
    """
    if not store.is_dir():
        raise StoreError(f"no store at {store}: make one with 'linkage rebuild INPUT --store {store}', or name another")
    try:
        # made here, since SQLite would make it readable to all; its side files take the mode of this one
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
    except OSError as error:
        raise ReadOnlyStore(
            f"{path}: may not be written ({error.strerror or error}); give this user the right to, or choose another store"
        ) from None
    engine = sa.create_engine(URL.create("sqlite", database=str(path)), connect_args={"timeout": PATIENCE})

    def connected(con: sqlite3.Connection, _: object) -> None:
        con.isolation_level = None  # transactions begin where we say: the driver would begin them at the first write
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
            "trusted_schema = OFF",
        ):
            _patiently(con, f"PRAGMA {pragma}")

    def begun(con: Connection) -> None:
        con.exec_driver_sql("BEGIN IMMEDIATE" if con.get_execution_options().get("linkage_write") else "BEGIN")

    sa.event.listen(engine, "connect", connected)
    sa.event.listen(engine, "begin", begun)
    return engine


def _patiently(con: sqlite3.Connection, statement: str) -> None:
    """Run a statement that SQLite refuses at once while another process holds the file: two that turn a new file to WAL."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            con.execute(statement)
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) or time.monotonic() > until:
                raise
            time.sleep(0.01)
