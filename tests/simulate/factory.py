"""Small worlds, each made once a run, and the questions that tests ask of them."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from linkage.simulate import simulate

ROOT = Path(tempfile.mkdtemp(prefix="linkage-worlds-"))


@cache
def world(accounts: int = 2500, seed: int = 1, evasion: str = "none", days: int = 12, format: str = "parquet") -> Path:
    """The folder of a world; the same arguments give the same folder."""
    out = ROOT / f"{accounts}-{seed}-{evasion}-{days}-{format}"
    simulate(out, accounts=accounts, seed=seed, evasion=evasion, days=days, format=format)
    return out


def ask(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """Rows of a query over a Parquet world's accounts, payments, requests, labels, networks and truth."""
    con = duckdb.connect()
    try:
        for name in ("accounts", "payments", "labels", "networks"):
            con.read_parquet(str(folder / "input" / f"{name}.parquet")).create_view(name)
        con.read_parquet(str(folder / "input" / "requests" / "*.parquet")).create_view("requests")
        con.read_parquet(str(folder / "truth.parquet")).create_view("truth")
        return con.execute(query).fetchall()
    finally:
        con.close()


def one(folder: Path, query: str) -> Any:
    """The only cell of a query's answer."""
    ((cell,),) = ask(folder, query)
    return cell
