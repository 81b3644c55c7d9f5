"""Opens the dataframe engine: DuckDB in process, offline, bounded in memory, spilling to a folder of ours."""

from __future__ import annotations

from pathlib import Path

from typing import Any

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


def engine_memory(process_bytes: int | None, input_bytes: int) -> int:
    """The engine's share of memory, in bytes, for a bound on the whole process and the size of what it reads.

    The rest is Python's: arrays of the graph and buffers between the two.
    """
    if process_bytes is not None:
        return max(process_bytes * 11 // 20, 256 * 2**20)
    return min(max(4 * input_bytes, 2**30), 4 * 2**30)


def first_row(con: duckdb.DuckDBPyConnection, query: str, parameters: object = None) -> tuple[Any, ...]:
    """The first row of a query that always has one; the result is read to its end, so the connection is free again."""
    return con.execute(query, parameters).fetchall()[0]  # type: ignore[no-any-return]
