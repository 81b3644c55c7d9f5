"""One published snapshot, opened: its tables by SQL, the same whatever is published or removed meanwhile."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from linkage.errors import NotFound, StoreError, UsageError
from linkage.store.catalogue import current, unfinished_id
from linkage.store.columns import first_line, quoted
from linkage.store.files import refusal, refusals, sha256
from linkage.store.layout import Layout, checked_id
from linkage.store.locking import share
from linkage.store.manifest import NAME, Manifest, read_manifest
from linkage.tables import SNAPSHOT

if TYPE_CHECKING:
    import pandas as pd  # a quarter of a second that only notebooks need

#: How often a reader looks again when the snapshot that was current is taken away under its hands.
_TRIES: Final = 20


class Snapshot:
    """A snapshot that stays while it is open. Every table of tables.SNAPSHOT is a view of that name.

    Safe to share between threads: each query has its own cursor. Close it, or use it as a context manager.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        """Made by open_snapshot(). `descriptor` is the open manifest.json, held as a reader."""
        self._descriptor: int | None = descriptor
        self._con: duckdb.DuckDBPyConnection | None = None
        self._closed = False
        self._queries = 0
        self._lock = threading.Lock()
        self.path: Final = path
        self.id: Final = path.name
        try:
            with refusals(path / NAME), os.fdopen(os.dup(descriptor), "rb") as file:
                content = file.read()
            self.manifest: Final[Manifest] = read_manifest(content, path / NAME, path.name)
            self._con = self._connect()
        except BaseException:
            self.close()
            raise

    def query(self, sql: str, params: Sequence[object] | Mapping[str, object] = ()) -> pa.Table:
        """Run one SELECT over the snapshot's tables; values go in as parameters (`?`, or `$name` with a mapping).

        Raises UsageError: not one SELECT, or the engine does not understand it; StoreError: a file is damaged.
        """
        with self._cursor() as cursor:
            try:
                statements = cursor.extract_statements(sql)
                if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                    raise UsageError("a snapshot answers one SELECT at a time; it is never changed")
                given: Any = dict(params) if isinstance(params, Mapping) else list(params)
                return cursor.sql(sql, params=given).to_arrow_table()
            except duckdb.Error as error:
                raise self._trouble(error) from None

    def frame(self, sql: str, params: Sequence[object] = ()) -> pd.DataFrame:
        """A query's answer as a pandas frame, for notebooks; the errors are those of `query`."""
        frame: pd.DataFrame = self.query(sql, params).to_pandas()
        return frame

    def table(self, name: str) -> pa.Table:
        """A whole table, in its order. Raises NotFound: a snapshot has no such table; StoreError: its file is damaged."""
        if name not in SNAPSHOT:
            raise NotFound(f"a snapshot has no table {name[:80]!r}; it has {', '.join(SNAPSHOT)}")
        return self.query(f"SELECT * FROM {quoted(name)}")

    def verify(self) -> list[str]:
        """Read every file again and compare it with the manifest: a line for each that differs, none when all is well."""
        lines = []
        listed = {NAME} | {file.path for file in self.manifest.outputs}
        for file in self.manifest.outputs:
            path = self.path / file.path
            try:
                if sha256(path) != file.sha256:
                    lines.append(f"{path}: its content is not what was published")
            except OSError as error:
                lines.append(f"{path}: {error.strerror or error}")
        with refusals(self.path):
            lines += [f"{path}: was not published" for path in sorted(self.path.iterdir()) if path.name not in listed]
        return lines

    def close(self) -> None:
        """Let the snapshot go, once the queries under way in other threads are done; closing twice is fine."""
        with self._lock:
            self._closed = True
            self._release()

    def _release(self) -> None:
        if self._closed and not self._queries and self._descriptor is not None:
            if self._con is not None:
                self._con.close()
            os.close(self._descriptor)
            self._descriptor = None

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._lock:
            if self._closed or self._con is None:
                raise UsageError(f"snapshot {self.id} is closed; open it again")
            cursor = self._con.cursor()
            self._queries += 1
        try:
            yield cursor
        finally:
            cursor.close()
            with self._lock:
                self._queries -= 1
                self._release()

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    def _connect(self) -> duckdb.DuckDBPyConnection:
        """A private engine that sees the snapshot's files and nothing else."""
        files: dict[str, Path] = {}
        for output in self.manifest.outputs:
            if output.table in SNAPSHOT:
                files[output.table] = self._sound(output.path, output.bytes)
        con = duckdb.connect(":memory:", config=_OPTIONS)
        try:
            con.execute("SET TimeZone = 'UTC'")
            # an escaped name is looked up as a pattern, and the pattern itself must be allowed as well
            allowed = sorted({text for path in files.values() for text in (str(path), _escaped(path))})
            con.execute(f"SET allowed_paths = [{', '.join(_literal(text) for text in allowed)}]")
            con.execute("SET enable_external_access = false")
            for name in SNAPSHOT:
                con.execute(_view(name, files.get(name)))
            con.execute("SET lock_configuration = true")
        except duckdb.Error as error:
            con.close()
            raise self._trouble(error) from None
        return con

    def _sound(self, name: str, size: int) -> Path:
        path = self.path / Path(name).name
        try:
            found = path.stat().st_size
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror or error}; {_MEND}") from None
        if found != size:
            raise StoreError(f"{path} is damaged: {found} bytes instead of {size}; {_MEND}")
        return path

    def _trouble(self, error: duckdb.Error) -> Exception:
        if isinstance(error, duckdb.OutOfMemoryException):
            return StoreError(
                f"snapshot {self.id}: the query needs more memory than there is ({first_line(error)}); ask for less"
            )
        if not isinstance(error, duckdb.ParserException | duckdb.BinderException | duckdb.CatalogException):
            # the engine says in many ways that it cannot read on; the digests say which file it is
            damage = self.verify()
            if damage:
                return StoreError(f"{damage[0]}; {_MEND}")
        return UsageError(f"query: {first_line(error)}")


_MEND: Final = "restore the file from a backup, read another snapshot ('linkage snapshots') or rebuild"
_OPTIONS: Final[dict[str, Any]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "temp_directory": "",  # a query works in memory: nothing of a snapshot is written elsewhere
    "python_enable_replacements": False,  # a name in SQL is a table, never a variable of the caller
}


def open_snapshot(store: Path, snapshot: str | None = None) -> Snapshot:
    """Open a published snapshot: the current one, or the one of that id.

    Raises StoreError: no store there, never rebuilt, or damaged (names the file); NotFound: no snapshot of that id.
    """
    layout = Layout(Path(store))
    for _ in range(_TRIES):
        name = current(store) if snapshot is None else checked_id(snapshot)
        if snapshot is not None:
            current(store)
        folder = layout.snapshot(name)
        try:
            descriptor = share(folder / NAME)
        except OSError as error:
            raise refusal(error, folder / NAME) from None
        if descriptor is not None and (snapshot is None or name != unfinished_id(layout)):
            # absolute and without links, because the engine compares names
            return Snapshot(folder.resolve(), descriptor)
        if descriptor is not None:
            os.close(descriptor)
        if snapshot is not None:
            raise NotFound(f"{store}: no snapshot {name}; 'linkage snapshots' lists them")
        if current(store) == name:
            break
    raise StoreError(
        f"{layout.snapshot(name)} is named by {layout.current} and not there; write the id of another into that file"
    )


def _view(name: str, path: Path | None) -> str:
    """A view with exactly the columns of tables.SNAPSHOT: what an older snapshot does not have is null, or empty."""
    columns = SNAPSHOT[name]
    if path is None:
        nulls = ", ".join(f"CAST(NULL AS {kind}) AS {quoted(column)}" for column, kind in columns.items())
        return f"CREATE VIEW {quoted(name)} AS SELECT {nulls} WHERE false"
    try:
        found = set(pq.read_schema(path).names)
    except (OSError, pa.ArrowException) as error:
        raise StoreError(f"{path} is damaged: {first_line(error)}; {_MEND}") from None
    selected = ", ".join(
        quoted(column) if column in found else f"CAST(NULL AS {kind}) AS {quoted(column)}" for column, kind in columns.items()
    )
    # hive partitions would add columns wherever a folder above the store is called a=b
    source = f"read_parquet({_literal(_escaped(path))}, hive_partitioning = false)"
    return f"CREATE VIEW {quoted(name)} AS SELECT {selected} FROM {source}"


def _escaped(path: Path) -> str:
    """A path as a pattern that matches only itself."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
