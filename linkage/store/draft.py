"""A snapshot written aside: invisible until it is published, and then whole."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Final

import duckdb

from linkage.errors import StoreError
from linkage.store.columns import check_columns, first_line, quoted, write_sorted
from linkage.store.files import make_folder, refusals, remove, replace_whole, settle, sha256, write_whole
from linkage.store.layout import Layout, make_id
from linkage.store.manifest import NAME, Build, Manifest, OutputFile
from linkage.tables import SNAPSHOT

_PARTIAL_TABLE: Final = re.compile(r"[a-z][a-z0-9_]{0,60}")


class Draft:
    """What one rebuild writes. `work` is a private folder for the engine's own files; it goes with the draft.

    `previous` is the id of the newest sound snapshot, None in a new store; `notices` are lines for the operator.
    """

    def __init__(
        self,
        layout: Layout,
        work: Path,
        *,
        previous: str | None,
        sequence: int,
        keys: set[str],
        after: Callable[[Draft, int], None],
    ) -> None:
        """Made by Store.begin(). `keys` are the partials in use; `after` runs once the snapshot is published."""
        self.work: Final = work
        self.previous: Final = previous
        self.notices: list[str] = []
        self._layout = layout
        self._keys = keys
        self._sequence = sequence
        self._after = after
        self._outputs: dict[str, OutputFile] = {}
        self._aside = work / "snapshot"
        self._open = True

    def write(self, con: duckdb.DuckDBPyConnection, name: str) -> OutputFile:
        """Write the DuckDB table `name` into the snapshot, sorted by its columns in order; the same content, the same bytes.

        Raises StoreError: its columns are not those of tables.SNAPSHOT, or the disk is full or refuses.
        """
        if name not in SNAPSHOT:
            raise ValueError(f"{name} is not a table of a snapshot")
        self._check_open()
        check_columns(con, name, name)
        path = self._aside / f"{name}.parquet"
        with refusals(path):
            make_folder(self._aside)
            path.unlink(missing_ok=True)
            rows = write_sorted(con, name, SNAPSHOT[name], path)
            settle(path)
            output = OutputFile(table=name, path=path.name, rows=rows, bytes=path.stat().st_size, sha256=sha256(path))
        self._outputs[name] = output
        return output

    def publish(self, build: Build, *, keep: int = 30) -> str:
        """Publish what was written as the store's current snapshot; its id.

        `keep` is how many snapshots stay, besides pinned ones and those that are being read. Once this returns, a
        power cut does not undo it; before, nobody sees any of it. What retention could not do is added to `notices`.
        Raises StoreError: a table of tables.SNAPSHOT was not written, or the disk is full or refuses.
        """
        self._check_open()
        missing = [name for name in SNAPSHOT if name not in self._outputs]
        if missing:
            raise StoreError(
                f"nothing was published: {', '.join(missing)} not written; please report this fault of the program"
            )
        manifest = Manifest(
            **{**dict(build), "notices": (*self.notices, *build.notices)},
            id="",
            sequence=self._sequence,
            created_at=datetime.now(UTC),
            previous=self.previous,
            outputs=tuple(self._outputs[name] for name in SNAPSHOT),
        )
        manifest = manifest.model_copy(update={"id": make_id(manifest.as_of, manifest.digest())})
        layout = self._layout
        with refusals(layout.root):
            write_whole(self._aside / NAME, manifest.content())
            settle(self._aside)
            # names what is under way, so that the next builder can tell a whole snapshot that never became current
            replace_whole(layout.publishing, manifest.id.encode() + b"\n", aside=self.work / "publishing")
            self._aside.rename(layout.snapshot(manifest.id))
            settle(layout.snapshots)
            replace_whole(layout.current, manifest.id.encode() + b"\n", aside=self.work / "current")
        with suppress(OSError):  # left behind, it names the current snapshot, and then says nothing
            layout.publishing.unlink()
        self._open = False
        self._after(self, keep)
        return manifest.id

    def save_partial(self, key: str, con: duckdb.DuckDBPyConnection, tables: Mapping[str, str]) -> Path:
        """Keep tables of one input file for later rebuilds: `tables` gives each DuckDB table its name in the cache.

        The folder, found again by Store.partials(key), holds NAME.parquet each. It outlives a draft that is not
        published. Raises StoreError: the disk is full or refuses.
        """
        self._check_open()
        target = self._layout.partial(key)
        aside = self.work / f"partial-{key}"
        with refusals(target):
            remove(aside)
            make_folder(aside)
            for name in tables:
                if not _PARTIAL_TABLE.fullmatch(name):
                    raise ValueError(f"{name!r} cannot name a table of partials")
            files = _copy_all(con, tables, aside)
            write_whole(aside / PARTIAL_NAME, json.dumps(files, sort_keys=True).encode())
            settle(aside)
            if target.exists():
                target.rename(self.work / f"replaced-{key}")
                remove(self.work / f"replaced-{key}")
            aside.rename(target)
            settle(target.parent)
        self._keys.add(key)
        return target

    def close(self) -> None:
        """Remove what was written aside; a published snapshot stays."""
        self._open = False
        with refusals(self.work):
            remove(self.work)

    def _check_open(self) -> None:
        if not self._open:
            raise ValueError("this draft was published or closed; Store.begin() gives another")

    def __enter__(self) -> Draft:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


#: The file beside the tables of partials: name -> size and SHA-256 of each.
PARTIAL_NAME: Final = "partial.json"


def _copy_all(con: duckdb.DuckDBPyConnection, tables: Mapping[str, str], folder: Path) -> dict[str, list[int | str]]:
    """Size and SHA-256 of each file. A writer has one thread, so tables are written side by side.

    What only its own connection sees, a temporary table or view, is written by that connection.
    """
    shared = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables() WHERE NOT temporary").fetchall()}
    paths = {name: folder / f"{name}.parquet" for name in sorted(tables)}

    def copy(name: str) -> None:
        with con.cursor() as own:
            _copy(own, tables[name], paths[name])

    with ThreadPoolExecutor(min(os.cpu_count() or 2, 4)) as pool:
        waiting = [pool.submit(copy, name) for name in paths if tables[name] in shared]
        for name, path in paths.items():
            if tables[name] not in shared:
                _copy(con, tables[name], path)
        for future in waiting:
            future.result()
    for path in paths.values():
        path.chmod(0o600)
        settle(path)
    return {path.name: [path.stat().st_size, sha256(path)] for path in paths.values()}


def _copy(con: duckdb.DuckDBPyConnection, table: str, path: Path) -> None:
    # COPY takes its target as a literal only
    target = str(path).replace("'", "''")
    try:
        con.execute(
            f"COPY (SELECT * FROM {quoted(table)}) TO '{target}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
        )
    except duckdb.Error as error:
        raise StoreError(f"{path}: cannot be written: {first_line(error)}; free memory or disk, then run it again") from None
