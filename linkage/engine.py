"""Opens the dataframe engine: DuckDB in process, offline, bounded in memory, spilling to a folder of ours."""

from __future__ import annotations

from pathlib import Path

import duckdb

_OFFLINE = {"autoinstall_known_extensions": False, "autoload_known_extensions": False}


def open_engine(work: Path, *, memory_bytes: int | None = None, threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """A connection whose tables live in `work` (removed by the caller) once they outgrow memory.

    `memory_bytes` bounds the engine's own buffers, not the process.
    """
    con = duckdb.connect(str(work / "engine.duckdb"), config=_OFFLINE)
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET temp_directory = ?", [str(work / "spill")])
    con.execute("SET preserve_insertion_order = true")
    con.execute("SET enable_progress_bar = false")
    if memory_bytes is not None:
        con.execute("SET memory_limit = ?", [f"{memory_bytes // 2**20}MiB"])
    if threads is not None:
        con.execute("SET threads = ?", [str(threads)])
    return con
