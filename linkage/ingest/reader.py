"""Reads one file of any format into one checked table."""

from __future__ import annotations

from datetime import datetime

import duckdb

from linkage.errors import InputError, Unavailable
from linkage.ingest.delimited import read_csv
from linkage.ingest.folder import InputFile
from linkage.ingest.jsonlines import read_jsonl
from linkage.ingest.parquet import read_parquet
from linkage.ingest.quoting import identifier
from linkage.ingest.reading import Reading
from linkage.progress import Progress, Silent
from linkage.tables import SNAPSHOT


def read(
    con: duckdb.DuckDBPyConnection,
    file: InputFile,
    *,
    as_of: datetime,
    target: str,
    issues: str = "set_aside",
    progress: Progress | None = None,
) -> Reading:
    """Create view (Parquet) or temporary table `target` of the accepted rows of `file`, replacing one of that name.

    Its columns are those of `tables.INPUT` and `record`.
    `record` is 1 for the file's first record. Every row set aside and every cell nulled is appended to table `issues`
    (`tables.SNAPSHOT["set_aside"]`, made when missing). A time over 24 hours after `as_of` (UTC when it has no zone)
    sets its row aside. `progress` is told of rows done; the caller starts and finishes the stage.

    Raises InputError: the file is not of its format, is cut short, or lacks a required column.
    """
    progress = progress or Silent()
    columns = ", ".join(f"{identifier(column)} {kind}" for column, kind in SNAPSHOT["set_aside"].items())
    con.execute(f"CREATE TABLE IF NOT EXISTS {identifier(issues)} ({columns})")
    _drop(con, target)
    try:
        if file.format == "parquet":
            return read_parquet(con, file, as_of, target, issues, progress)
        if file.format == "csv":
            return read_csv(con, file, as_of, target, issues, progress)
        return read_jsonl(con, file, as_of, target, issues, progress)
    except duckdb.InterruptException:
        raise KeyboardInterrupt from None
    except duckdb.OutOfMemoryException:
        raise Unavailable(f"{file.path}: memory is not enough to read it; allow more with --memory") from None
    except duckdb.Error as error:
        if "No space left" in str(error):
            raise Unavailable(f"{file.path}: the disk is full; free some space and run again") from None
        raise InputError(f"{file.path}: is damaged and cannot be read to its end; write it again") from None


def _drop(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Drop what goes by `name`: CREATE OR REPLACE does not replace a view by a table."""
    found = con.execute("SELECT table_type FROM information_schema.tables WHERE table_name = ?", [name]).fetchall()
    for (kind,) in found:
        con.execute(f"DROP {'VIEW' if kind == 'VIEW' else 'TABLE'} {identifier(name)}")
