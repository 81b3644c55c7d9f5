"""A small simulated world, told again in other files and formats, and stores that are rebuilt from it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from linkage.config import Config
from linkage.pipeline import RebuildSummary, rebuild
from linkage.progress import Silent
from linkage.simulate import simulate
from linkage.store import open_snapshot
from linkage.tables import SNAPSHOT

ROOT = Path(tempfile.mkdtemp(prefix="linkage-rebuilds-"))
AS_OF = datetime(2026, 3, 1, tzinfo=UTC)
#: tables of a snapshot whose bytes are compared; sightings name source files, and set_aside the files themselves
TABLES = sorted(set(SNAPSHOT) - {"sightings", "set_aside"})


@cache
def world() -> Path:
    """A world of 800 accounts and six days; made once a run."""
    folder = ROOT / "world"
    simulate(folder, accounts=800, seed=11, days=6)
    return folder


@cache
def store() -> Path:
    """A store rebuilt once from the world; not to be rebuilt by a test."""
    folder = ROOT / "store"
    build(world() / "input", folder)
    return folder


def build(
    input: Path, store: Path, *, as_of: datetime = AS_OF, config: Config | None = None, **settings: Any
) -> RebuildSummary:
    """Rebuild a store."""
    return rebuild(input, store, config=config or Config(), as_of=as_of, progress=Silent(), **settings)


def digests(store: Path) -> dict[str, str]:
    """SHA-256 of each table's bytes in the current snapshot; of sightings without their sources."""
    with open_snapshot(store) as snapshot:
        found = {name: hashlib.sha256((snapshot.path / f"{name}.parquet").read_bytes()).hexdigest() for name in TABLES}
        seen = snapshot.query("SELECT * EXCLUDE (source_file, source_record) FROM sightings ORDER BY ALL")
    return found | {"sightings": hashlib.sha256(str(seen.to_pydict()).encode()).hexdigest()}


def ask(store: Path, query: str) -> list[tuple[Any, ...]]:
    """Rows of a query over the current snapshot."""
    with open_snapshot(store) as snapshot:
        return [tuple(row.values()) for row in snapshot.query(query).to_pylist()]


def flagged(store: Path) -> set[str]:
    """The flagged accounts of the current snapshot."""
    return {row[0] for row in ask(store, "SELECT account_id FROM members WHERE flagged")}


def retell(input: Path, *, seed: int, parts: int, form: str, name: str = "part", renamed: bool = False) -> Path:
    """The same rows in another order, each table in so many files of another format and other names.

    `form` is an ending: parquet, csv, csv.gz, jsonl, jsonl.gz. `renamed` gives every account another id (`other_name`).
    """
    out = Path(tempfile.mkdtemp(prefix="input-", dir=ROOT))
    options = {"parquet": "FORMAT parquet", "csv": "FORMAT csv, HEADER", "jsonl": "FORMAT json"}[form.removesuffix(".gz")]
    options += ", COMPRESSION gzip" if form.endswith(".gz") else ""
    with duckdb.connect() as con:
        for table, files in tables(input).items():
            con.read_parquet([str(file) for file in files]).create_view("given", replace=True)
            columns = "* REPLACE (md5('other' || account_id) AS account_id)" if renamed and table != "networks" else "*"
            con.execute(
                f"CREATE OR REPLACE TABLE mixed AS SELECT {columns} FROM given ORDER BY md5(given::VARCHAR || '{seed}')"
            )
            if parts > 1:
                (out / table).mkdir()
            for part in range(parts):
                target = out / f"{table}.{form}" if parts == 1 else out / table / f"{name}{(part + seed) % parts}.{form}"
                con.execute(f"COPY (SELECT * FROM mixed WHERE rowid % {parts} = {part}) TO '{target}' ({options})")
    return out


def other_name(account: str) -> str:
    """The id that `retell` gives an account."""
    return hashlib.md5(f"other{account}".encode()).hexdigest()


def tables(input: Path) -> dict[str, list[Path]]:
    """The Parquet files of each table of an input folder."""
    found = {path.stem: [path] for path in sorted(input.glob("*.parquet"))}
    return found | {path.name: sorted(path.glob("*.parquet")) for path in sorted(input.iterdir()) if path.is_dir()}


def folder(**given: Sequence[Mapping[str, Any]]) -> Path:
    """An input folder with a Parquet file for each table, from rows; a column that no row names is not there."""
    out = Path(tempfile.mkdtemp(prefix="input-", dir=ROOT))
    for table, rows in given.items():
        columns = dict.fromkeys(column for row in rows for column in row)
        pq.write_table(pa.table({column: [row.get(column) for row in rows] for column in columns}), out / f"{table}.parquet")
    return out


def fresh() -> Path:
    """A path for a new store."""
    return Path(tempfile.mkdtemp(prefix="store-", dir=ROOT)) / "store"


def contents(path: Path) -> Iterator[tuple[str, str]]:
    """All that a file holds: its bytes as they are, and every cell of a Parquet file."""
    for file in sorted(path.rglob("*")):
        if file.is_file():
            yield file.name, file.read_bytes().decode("utf-8", errors="replace")
        if file.suffix == ".parquet":
            table = pq.read_table(file)
            for column in table.columns:
                if pa.types.is_string(column.type):
                    yield file.name, "\n".join(cell for cell in column.to_pylist() if cell)
