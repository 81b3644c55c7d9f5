"""What input files say, kept in the store until a file or the settings change.

Part of the pipeline: it knows that reading comes before fingerprints and sightings, and nothing of what follows. The
files of one table that are new since the last rebuild are worked through together and kept as one partial, since a
stage costs about as much for a day's file as for a month's; the record number of a row carries the file's place in it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from linkage import __version__, fingerprints, ingest, sightings
from linkage.config import Config
from linkage.forget import hide_erased, install
from linkage.progress import Progress, Ways
from linkage.store import Draft, Store
from linkage.tables import INPUT, SNAPSHOT, create

#: how far after the rebuild's own time a row may lie (contract)
AHEAD: Final = timedelta(hours=24)
#: bits of a record number below the file's place
PLACE: Final = 40
#: what a partial's key begins with: the form of its tables
_FORM: Final = "05"
#: columns that may name an account, where it is not account_id alone
NAMING: Final[dict[str, tuple[str, ...]]] = {"sightings": ("account_id", "value"), "networks": ()}
#: columns of a partial's text sightings
TEXT: Final = f"{sightings.PARTIAL}, pick UBIGINT"
#: tables of a partial that are kept, by input table
_KEPT: Final[dict[str, tuple[str, ...]]] = {
    "accounts": ("rows",),
    "labels": ("rows",),
    "networks": ("rows",),
    "payments": ("sightings",),
    "sightings": ("sightings",),
    "requests": ("sightings", "text", "activity", "models"),
}
_READING: Final = (
    "place INTEGER, sha256 VARCHAR, format VARCHAR, rows BIGINT, set_aside BIGINT, nulled BIGINT, max_time TIMESTAMP, "
    "as_of TIMESTAMP, notices VARCHAR[], input VARCHAR, settings VARCHAR"
)


@dataclass(frozen=True)
class Reading:
    """What came of one file: rows read, set aside, cells nulled."""

    file: ingest.InputFile
    rows: int
    set_aside: int
    nulled: int
    notices: tuple[str, ...]


@dataclass(frozen=True)
class Partial:
    """The part of a rebuild that some files of one table make; `tables` are names of relations in the engine."""

    table: str
    readings: tuple[Reading, ...]
    tables: dict[str, str]


def rows_known(files: Sequence[ingest.InputFile]) -> int | None:
    """Rows of the files, as Parquet says in its footers; None where a file is of another format or cannot be read."""
    try:
        return sum(pq.read_metadata(file.location).num_rows for file in files) if _footed(files) else None
    except (OSError, pa.ArrowException):
        return None  # whoever reads it says what is wrong with it


def _footed(files: Sequence[ingest.InputFile]) -> bool:
    return all(file.format == "parquet" for file in files)


def read_files(
    con: duckdb.DuckDBPyConnection,
    store: Store,
    draft: Draft,
    files: Sequence[ingest.InputFile],
    *,
    config: Config,
    as_of: datetime,
    progress: Progress,
) -> list[Partial]:
    """Partials that together cover `files`, each file once: kept ones where they still hold, the rest made now."""
    settings = _settings(config)
    install(con, store.path)
    left = {(file.table, file.format, file.sha256): file for file in files}
    twins = [file for file in files if left[(file.table, file.format, file.sha256)] is not file]
    parts: list[Partial] = []
    for key in store.partial_keys():
        if not key.startswith(_FORM):
            continue
        kept = _load(con, store, key, left, settings=settings, as_of=as_of, number=len(parts))
        if kept is not None:
            parts.append(kept)
            progress.advance(sum(reading.rows for reading in kept.readings))
            for reading in kept.readings:
                del left[(reading.file.table, reading.file.format, reading.file.sha256)]
    for table in INPUT:
        fresh = [file for file in left.values() if file.table == table]
        batches = [fresh] if fresh else []
        # a file that stands twice counts twice: each copy in a batch of its own
        batches += [[file] for file in twins if file.table == table]
        for batch in batches:
            parts.append(
                _build(con, draft, batch, settings=settings, config=config, as_of=as_of, number=len(parts), progress=progress)
            )
    return parts


def _settings(config: Config) -> str:
    """Digest of all that shapes a partial besides its files: a public list counts by what it holds, not by its name, and
    texts are picked by the engine's own hash."""
    shaping = config.fingerprints.model_dump_json(exclude={"samples", "sample_characters"})
    digest = hashlib.sha256(f"{__version__}\n{duckdb.__version__}\n{shaping}".encode())
    for name in config.fingerprints.public_lists:
        # one that cannot be read is the fingerprints' to refuse
        with suppress(OSError):
            digest.update(hashlib.sha256(Path(name).read_bytes()).digest())
    return digest.hexdigest()


def _build(
    con: duckdb.DuckDBPyConnection,
    draft: Draft,
    files: Sequence[ingest.InputFile],
    *,
    settings: str,
    config: Config,
    as_of: datetime,
    number: int,
    progress: Progress,
) -> Partial:
    """Read files of one table and keep what they say."""
    table = files[0].table
    con.execute(create("set_aside").replace('"set_aside"', "part_set_aside", 1))
    con.execute(f"CREATE OR REPLACE TABLE part_reading ({_READING})")
    readings: list[Reading] = []
    # a request is read, counted, then its text is read: each is a third of its way
    ways = Ways(progress, 3 if table == "requests" else 1)
    for place, (file, found) in enumerate(zip(files, _checked(con, files, as_of=as_of, progress=ways), strict=True)):
        con.execute("UPDATE part_set_aside SET file = ? WHERE file = ?", [file.sha256, file.path])
        con.execute(
            "INSERT INTO part_reading VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [place, file.sha256, file.format, found.rows, found.set_aside, found.nulled, found.max_time, as_of,
             list(found.notices), table, settings],
        )  # fmt: skip
        readings.append(Reading(file, found.rows, found.set_aside, found.nulled, tuple(found.notices)))
    columns = ", ".join(INPUT[table])
    con.execute(
        "CREATE OR REPLACE TEMP VIEW part_read AS "
        + " UNION ALL ".join(
            f"SELECT {columns}, record + ({place}::BIGINT << {PLACE}) AS record FROM part_file{place}"
            for place in range(len(files))
        )
    )
    hidden = hide_erased(con, "part_read", "part_rows", NAMING.get(table, ("account_id",)))
    if hidden:
        line = f"{table}: rows of erased accounts left out: {hidden:,}"
        readings[-1] = replace(readings[-1], notices=(*readings[-1].notices, line))
        con.execute("UPDATE part_reading SET notices = list_append(notices, ?) WHERE place = ?", [line, len(files) - 1])
    names = {"set_aside": "part_set_aside", "reading": "part_reading"}
    names |= {name: f"part_{name}" for name in _KEPT[table]}
    if "sightings" in names:
        con.execute(f"CREATE OR REPLACE TABLE part_sightings ({sightings.PARTIAL})")
        sightings.extract(con, table=table, source="part_rows", target="part_sightings")
    if table == "requests":
        for name in ("activity", "models"):
            con.execute(create(name).replace(f'"{name}"', f"part_{name}", 1))
        sightings.extract_usage(con, source="part_rows", activity="part_activity", models="part_models")
        ways.advance(sum(reading.rows for reading in readings))
        con.execute(
            "CREATE OR REPLACE TEMP TABLE part_busy AS SELECT account_id FROM part_activity GROUP BY account_id"
            " HAVING sum(requests) > ?",
            [config.fingerprints.texts_per_account],
        )
        fingerprints.pick_texts(
            con, source="part_rows", busy="part_busy", passed="part_passed", target="part_texts", config=config
        )
        fingerprints.fingerprint(con, source="part_texts", target="part_text", config=config, progress=ways)
    ways.end(sum(reading.rows for reading in readings))
    key = hashlib.sha256("\n".join([settings, table, *(f"{file.path}\n{file.sha256}" for file in files)]).encode())
    folder = draft.save_partial(_FORM + key.hexdigest()[:30], con, names)
    if table == "requests":
        con.execute("DROP VIEW part_texts; DROP TABLE part_passed; DROP TABLE part_busy")
    con.execute("DROP VIEW part_rows; DROP VIEW part_read")
    for name in [*(name for name in names.values() if name != "part_rows"), *(f"part_file{i}" for i in range(len(files)))]:
        _drop(con, name)
    return _open(con, folder, table, tuple(readings), number=number)


def _checked(
    con: duckdb.DuckDBPyConnection, files: Sequence[ingest.InputFile], *, as_of: datetime, progress: Progress
) -> Iterator[ingest.Reading]:
    """What came of each file, in turn, as relations part_file0, part_file1 and so on.

    The engine scans a Parquet file of a day with one thread, so several are read at once. Other formats come as tables
    that only their own connection sees.
    """
    if not _footed(files):
        for place, file in enumerate(files):
            yield ingest.read(con, file, as_of=as_of, target=f"part_file{place}", issues="part_set_aside", progress=progress)
        return

    def read(place: int) -> ingest.Reading:
        with con.cursor() as own:
            return ingest.read(own, files[place], as_of=as_of, target=f"part_file{place}", issues="part_set_aside")

    with ThreadPoolExecutor(min(os.cpu_count() or 2, 4)) as pool:
        waiting = [pool.submit(read, place) for place in range(len(files))]
        try:
            for future in waiting:
                found = future.result()
                progress.advance(found.rows)
                yield found
        finally:
            pool.shutdown(cancel_futures=True)


def _drop(con: duckdb.DuckDBPyConnection, name: str) -> None:
    for (kind,) in con.execute("SELECT table_type FROM information_schema.tables WHERE table_name = ?", [name]).fetchall():
        con.execute(f"DROP {'VIEW' if kind == 'VIEW' else 'TABLE'} {name}")


def _load(
    con: duckdb.DuckDBPyConnection,
    store: Store,
    key: str,
    wanted: dict[tuple[str, str, str], ingest.InputFile],
    *,
    settings: str,
    as_of: datetime,
    number: int,
) -> Partial | None:
    """The partial kept under `key`, or None where a file of it is gone or its settings or its time do not hold."""
    folder = store.partials(key)
    if folder is None:
        return None
    rows = con.execute("SELECT * FROM read_parquet(?) ORDER BY place", [str(folder / "reading.parquet")]).fetchall()
    readings: list[Reading] = []
    for _, sha256, form, count, set_aside, nulled, max_time, made_as_of, notices, table, made_settings in rows:
        file = wanted.get((table, form, sha256))
        # rows from the future come in, or go, as the rebuild's own time moves
        moved = made_as_of != as_of and (set_aside or (max_time is not None and max_time > as_of + AHEAD))
        if file is None or moved or made_settings != settings:
            store.drop_partial(key)
            return None
        readings.append(Reading(file, int(count), int(set_aside), int(nulled), tuple(notices)))
    return _open(con, folder, readings[0].file.table, tuple(readings), number=number)


def _open(con: duckdb.DuckDBPyConnection, folder: Path, table: str, readings: tuple[Reading, ...], *, number: int) -> Partial:
    tables = {name: f"partial{number}_{name}" for name in _KEPT[table]}
    for name, view in tables.items():
        con.read_parquet(str(folder / f"{name}.parquet")).create_view(view)
    for reading in readings:
        con.execute(
            'INSERT INTO set_aside SELECT ?, record, "column", effect, reason FROM read_parquet(?) WHERE file = ?',
            [reading.file.path, str(folder / "set_aside.parquet"), reading.file.sha256],
        )
    return Partial(table, readings, tables)


def union(parts: Sequence[Partial], name: str, columns: str) -> str:
    """A query over that table of every partial, with `ordinal` of the file behind each row and its own `record`.

    `columns` is the definition an empty result takes where no partial has the table.
    """
    queries = []
    for part in parts:
        if name in part.tables:
            ordinals = ", ".join(str(reading.file.ordinal) for reading in part.readings)
            queries.append(
                f"SELECT * REPLACE (record & ((1::BIGINT << {PLACE}) - 1) AS record), "
                f"([{ordinals}])[(record >> {PLACE}) + 1]::INTEGER AS ordinal FROM {part.tables[name]}"
                if "record" in columns
                else f"SELECT * FROM {part.tables[name]}"
            )
    if queries:
        return " UNION ALL ".join(queries)
    nulls = ", ".join(f"NULL::{kind} AS {column}" for column, kind in (item.split(" ") for item in columns.split(", ")))
    return f"SELECT {nulls}, NULL::INTEGER AS ordinal WHERE false"


def columns_of(table: str) -> str:
    """A snapshot table's columns as `name TYPE, ...`."""
    return ", ".join(f"{column} {kind}" for column, kind in SNAPSHOT[table].items())


def columns_of_input(table: str) -> str:
    """An input table's columns, and the record number, as `name TYPE, ...`."""
    return ", ".join(f"{column} {kind}" for column, kind in {**INPUT[table], "record": "BIGINT"}.items())
