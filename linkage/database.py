"""The database of people's state: cases and the audit log, in SQLite inside the store or in PostgreSQL.

Whoever writes is the only one who does: SQLite's `BEGIN IMMEDIATE` and PostgreSQL's advisory lock make each write see
what every earlier one left, so that nothing is decided on a state that is gone.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url

from linkage.errors import ConfigError, ReadOnlyStore, ServerError, StoreError, UsageError
from linkage.sqlite import PATIENCE, open_file

#: The environment's name for the address of a PostgreSQL database.
VARIABLE: Final = "LINKAGE_DATABASE_URL"
NAME: Final = "cases.sqlite"
#: The advisory lock of whoever writes in PostgreSQL: "linkage" as a number.
_WRITER: Final = 0x6C696E6B616765
_VERSIONS: Final = sa.Table(
    "linkage_schema",
    sa.MetaData(),
    sa.Column("name", sa.String(60), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
)
#: PostgreSQL's driver here: pg8000 is pure Python and permissive; psycopg is LGPL, and used where the address names it.
_DRIVER: Final = "postgresql+pg8000"


@dataclass(frozen=True)
class Schema:
    """Tables that belong together, and their version; `steps[n]` leads from version n - 1 to n."""

    name: str
    metadata: sa.MetaData
    version: int = 1
    steps: Mapping[int, Callable[[Connection], None]] = field(default_factory=dict)


class AnyText(sa.TypeDecorator[str]):
    """Text as logs may hold it: PostgreSQL takes no NUL, so that one is written as an escape."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        if value is None:
            return None
        # a lone surrogate, from a command line that is no text, cannot be stored: as an escape it equals nothing
        return value.replace("\\", "\\\\").replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str | None:
        if value is None:
            return None
        value = str(value)  # SQLite keeps whatever somebody else put there
        if "\\" not in value:
            return value
        return "\\".join(part.replace("\\0", "\0") for part in value.split("\\\\"))


def inserted(con: Connection, statement: sa.Insert) -> int:
    """Run an INSERT of one row; the number it was given."""
    key = con.execute(statement).inserted_primary_key
    if key is None:
        raise ValueError("an INSERT of one row has one key")
    return int(key[0])


def utc_now() -> datetime:
    """The time as the tables hold it: UTC, without zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def clean(text: str, what: str, *, limit: int, lines: bool = False) -> str:
    """Text that a person gave, stripped; `lines` allows line breaks and tabs.

    Raises UsageError: it is empty, longer than `limit` characters, or holds a character that does not print.
    """
    text = text.strip()
    if not text:
        raise UsageError(f"{what}: is empty; say something")
    if len(text) > limit:
        raise UsageError(f"{what}: {len(text):,} characters are more than {limit:,}; shorten it")
    for letter in text:
        if (ord(letter) < 32 and not (lines and letter in "\n\t")) or 0xD800 <= ord(letter) < 0xE000 or letter == "\x7f":
            raise UsageError(f"{what}: holds the character U+{ord(letter):04X}, which is no text; leave it out")
    return text


class Database:
    """Connections to one store's people's state; safe to share between threads. Close it, or use it as a context manager.

    `url` is a PostgreSQL address; without it the environment's LINKAGE_DATABASE_URL, else SQLite in the store.
    """

    def __init__(self, store: Path, url: str | None = None) -> None:
        """Names a database; nothing is opened yet. Raises ConfigError: the address is none of PostgreSQL."""
        self.store: Final = Path(store)
        given = url if url is not None else os.environ.get(VARIABLE, "")
        self._url: Final = _postgresql(given) if given.strip() else None
        self._engine: Engine | None = None
        self._schemas: dict[str, Schema] = {}
        self._lock = threading.Lock()
        self._ready = False

    def use(self, schema: Schema) -> None:
        """Have these tables: they are made, or brought up to their version, before the next transaction."""
        with self._lock:
            if schema.name not in self._schemas:
                self._schemas[schema.name] = schema
                self._ready = False

    @property
    def server(self) -> bool:
        """Whether it is a PostgreSQL server rather than a file of the store."""
        return self._url is not None

    @property
    def path(self) -> Path:
        """The SQLite file."""
        return self.store / NAME

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view. Raises StoreError, ServerError."""
        with self._refusals(), self._opened().connect() as con, con.begin():
            yield con

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """The one transaction that writes at this time; an exception undoes it.

        Raises StoreError (ReadOnlyStore where the store cannot be written), ServerError.
        """
        with self._refusals(), self._opened().connect() as con:
            con = con.execution_options(linkage_write=True)
            with con.begin():
                if self.server:
                    con.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER})
                yield con

    def compact(self) -> None:
        """Give back the room of what was deleted, so that no file keeps it. Raises StoreError, ServerError."""
        with self._refusals():
            raw = self._opened().raw_connection()
            driver: Any = raw.driver_connection
            try:
                # neither vacuums inside a transaction, and SQLAlchemy always begins one
                if self.server:
                    raw.rollback()
                    driver.autocommit = True
                    driver.cursor().execute("VACUUM")
                    driver.autocommit = False
                else:
                    driver.execute("VACUUM")
                    driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            except Exception as error:  # the two drivers raise errors of their own, which SQLAlchemy does not see here
                raise StoreError(f"cases: their room could not be given back ({_reason(error)}); run it again") from None
            finally:
                raw.close()

    def close(self) -> None:
        """Let all connections go; closing twice is fine."""
        if self._engine is not None:
            self._engine.dispose()

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _opened(self) -> Engine:
        with self._lock:
            if self._engine is None:
                self._engine = _server(self._url) if self._url is not None else open_file(self.store, self.path)
            if not self._ready:
                _prepare(self._engine, list(self._schemas.values()), server=self.server)
                self._ready = True
            return self._engine

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.SQLAlchemyError as error:
            raise self._refusal(error) from None

    def _refusal(self, error: sa.exc.SQLAlchemyError) -> Exception:
        cause = getattr(error, "orig", None) or error
        if self._url is not None:
            where = self._url.render_as_string(hide_password=True)
            return ServerError(
                f"{where}: {_reason(cause)}; check that the server runs and lets this user in, then run it again"
            )
        text = str(cause).split("\n")[0]
        if "readonly" in text or ("unable to open" in text and not self.path.exists()):
            return ReadOnlyStore(f"{self.path}: may not be written; give this user the right to, or choose another store")
        if "locked" in text or "busy" in text:
            return StoreError(f"{self.path}: another process has written to it for {PATIENCE} s; run it again")
        if "full" in text:
            return StoreError(f"{self.path}: the disk is full; free space, then run it again")
        return StoreError(f"{self.path}: {text}; restore it from a backup, or check the disk")


def _reason(cause: BaseException) -> str:
    """What a server's driver says, in one line: pg8000 hands over the server's fields as a mapping."""
    given = cause.args[0] if cause.args else None
    if isinstance(given, dict):
        return str(given.get("M", given))
    return (str(cause).splitlines() or [type(cause).__name__])[0]


def _postgresql(text: str) -> URL:
    try:
        url = make_url(text.strip())
    except sa.exc.ArgumentError:
        raise ConfigError(f"{VARIABLE}: is not an address; write it like postgresql://USER:PASSWORD@HOST:5432/NAME") from None
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername=_DRIVER)
    if not url.drivername.startswith("postgresql+"):
        raise ConfigError(
            f"{VARIABLE}: {url.drivername} is not supported; write it like postgresql://USER:PASSWORD@HOST:5432/NAME"
        )
    return url


def _server(url: URL) -> Engine:
    options: dict[str, Any] = {"timeout": PATIENCE} if url.drivername == _DRIVER else {}
    try:
        return sa.create_engine(url, pool_pre_ping=True, connect_args=options)
    except (ImportError, sa.exc.NoSuchModuleError):
        raise ConfigError(
            f"{VARIABLE}: the driver {url.drivername} is not installed; run: pip install 'account-linkage[postgres]'"
        ) from None


def _prepare(engine: Engine, schemas: list[Schema], *, server: bool) -> None:
    """Make the tables of a new database; bring those of an older version up to this one."""
    with engine.connect() as con, con.begin():
        found = _versions(con)
        if all(found.get(schema.name) == schema.version for schema in schemas):
            return
    with engine.connect().execution_options(linkage_write=True) as con, con.begin():
        if server:
            con.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER})
        _VERSIONS.metadata.create_all(con)
        found = _versions(con)
        for schema in schemas:
            _upgrade(con, schema, found.get(schema.name))


def _upgrade(con: Connection, schema: Schema, version: int | None) -> None:
    if version is None:
        schema.metadata.create_all(con)
        con.execute(_VERSIONS.insert().values(name=schema.name, version=schema.version))
        return
    if version > schema.version:
        raise StoreError(
            f"the tables of {schema.name} are of version {version}, this program knows {schema.version}; use a newer linkage"
        )
    for step in range(version + 1, schema.version + 1):
        schema.steps[step](con)
    con.execute(_VERSIONS.update().where(_VERSIONS.c.name == schema.name).values(version=schema.version))


def _versions(con: Connection) -> dict[str, int]:
    if not sa.inspect(con).has_table(_VERSIONS.name):
        return {}
    return {row.name: int(row.version) for row in con.execute(sa.select(_VERSIONS))}
