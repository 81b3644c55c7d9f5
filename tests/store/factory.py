"""Builds engines with the tables of a snapshot, and publishes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from linkage.config import Config
from linkage.store import Build, Draft, Store
from linkage.tables import SNAPSHOT, create

AS_OF = datetime(2026, 3, 1, 12, tzinfo=UTC)


def build(*, day: int = 0, **changes: object) -> Build:
    """What a pipeline would say of a rebuild, `day` days after AS_OF."""
    config = Config()
    values: dict[str, object] = {
        "version": "0.1.0",
        "config": config.model_dump(mode="json"),
        "config_sha256": config.digest(),
        "seed": 1,
        "engine": "duckdb",
        "engine_version": duckdb.__version__,
        "algorithm": "leiden",
        "as_of": AS_OF + timedelta(days=day),
        "counts": {"accounts": 1},
    }
    return Build.model_validate(values | changes)


def empty_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Every table of a snapshot, empty."""
    for name in SNAPSHOT:
        con.execute(create(name))


def add_account(con: duckdb.DuckDBPyConnection, account: str) -> None:
    """One row in `accounts`."""
    con.execute("INSERT INTO accounts (account_id, requests, flagged) VALUES (?, 0, false)", [account])


def tables(draft: Draft, *accounts: str) -> None:
    """Write every table into a draft: these accounts and nothing else."""
    with duckdb.connect(config={"threads": 1}) as con:
        empty_tables(con)
        for account in accounts:
            add_account(con, account)
        for name in SNAPSHOT:
            draft.write(con, name)


def publish(path: Path, *accounts: str, day: int = 0, keep: int = 30) -> str:
    """Rebuild a store with these accounts and nothing else; the snapshot's id."""
    with Store(path).lock() as store, store.begin() as draft:
        tables(draft, *accounts)
        return draft.publish(build(day=day), keep=keep)
