"""Opens the dataframe engine: DuckDB in process, offline, bounded in memory, spilling to a folder of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb

from linkage.errors import Unavailable, UsageError

_OFFLINE: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


def open_engine(work: Path, *, memory_bytes: int | None = None, threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """A connection whose tables live in `work` (removed by the caller) once they outgrow memory.

    `memory_bytes` bounds the engine's own buffers, not the process. Raises UsageError: a path with '?', from which on
    the engine takes the rest for options of the database and writes its log elsewhere.
    """
    if "?" in str(work):
        raise UsageError(f"{work}: the engine cannot write below a folder with '?' in its name; name another place")
    con = duckdb.connect(str(work / "engine.duckdb"), config=_OFFLINE)
    con.execute("SET TimeZone = 'UTC'")
    con.execute("SET temp_directory = ?", [str(work / "spill")])
    con.execute("SET preserve_insertion_order = false")
    con.execute("SET enable_progress_bar = false")
    if memory_bytes is not None:
        con.execute("SET memory_limit = ?", [f"{memory_bytes // 2**20}MiB"])
    if threads is not None:
        con.execute("SET threads = ?", [str(threads)])
    return con


@contextmanager
def engine_refusals() -> Iterator[None]:
    """Say in one line why the engine cannot go on: raises Unavailable where memory or the disk does not suffice."""
    try:
        yield
    except duckdb.InterruptException:
        raise KeyboardInterrupt from None
    except duckdb.Error as error:
        message = str(error)
        # what does not fit into memory goes to the disk, and a full disk then shows as a limit of the temporary folder
        if "No space left" in message or "max_temp_directory_size" in message:
            raise Unavailable("the disk is full; free some space, or move the store, and run the rebuild again") from None
        if isinstance(error, duckdb.OutOfMemoryException):
            raise Unavailable(
                "memory is not enough for this rebuild; allow more with --memory, or use a larger machine"
            ) from None
        if isinstance(error, duckdb.IOException):
            raise Unavailable(
                f"the rebuild cannot read or write its files: {message.splitlines()[0]}; mend that, run it again"
            ) from None
        raise


def engine_memory(process_bytes: int | None, input_bytes: int) -> int:
    """The engine's share of memory, in bytes, for a bound on the whole process and the size of what it reads.

    The rest is Python's: arrays of the graph and buffers between the two.
    """
    if process_bytes is not None:
        return max(process_bytes * 11 // 20, 256 * 2**20)
    return min(max(4 * input_bytes, 2**30), 4 * 2**30)


def first_row(con: duckdb.DuckDBPyConnection, query: str, parameters: object = None) -> tuple[Any, ...]:
    """The first row of a query that always has one; the result is read to its end, so the connection is free again."""
    return con.execute(query, parameters).fetchall()[0]
