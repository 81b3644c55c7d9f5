"""Reads one file of any format into one checked table."""

from __future__ import annotations

from datetime import datetime

import duckdb

from linkage.errors import InputError
from linkage.ingest.folder import InputFile
from linkage.ingest.parquet import read_parquet
from linkage.ingest.reading import Reading
from linkage.progress import Progress, Silent
from linkage.tables import create


def read(
    con: duckdb.DuckDBPyConnection,
    file: InputFile,
    *,
    as_of: datetime,
    target: str,
    issues: str = "set_aside",
    progress: Progress | None = None,
) -> Reading:
    """Create table or view `target` in `con`: the accepted rows of `file`, with the columns of `tables.INPUT` and `record`.

    `record` is 1 for the file's first record. Every row set aside and every cell nulled is appended to table `issues`
    (`tables.SNAPSHOT["set_aside"]`, made when missing). A time over 24 hours after `as_of` (UTC when it has no zone)
    sets its row aside. `progress` is told of rows done; the caller starts and finishes the stage.

    Raises InputError: the file is not of its format, is cut short, or lacks a required column.
    """
    progress = progress or Silent()
    con.execute(
        create("set_aside")
        .replace("CREATE OR REPLACE TABLE", "CREATE TABLE IF NOT EXISTS", 1)
        .replace('"set_aside"', f'"{issues}"', 1)
    )
    try:
        reading = read_parquet(con, file, as_of, target, issues)
    except duckdb.Error as error:
        raise InputError(f"{file.path}: {error}") from None
    progress.advance(reading.rows)
    return reading
