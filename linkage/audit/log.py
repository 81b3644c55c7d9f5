"""Writes the audit log and reads it back."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.engine import Connection

from linkage.audit.chain import GENESIS, Record, commitment, digest
from linkage.audit.checkpoint import Checkpoint, advance, read_checkpoint
from linkage.audit.keys import FOLDER, public_hex, sign, signature_holds, signing_key
from linkage.audit.tables import RECORDS, SCHEMA, TEXTS
from linkage.audit.verify import Text, Verification, verify
from linkage.database import Database, utc_now
from linkage.errors import ReadOnlyStore, StoreError

#: Characters of a reason or subject at most; longer ones are cut, so that no input can fill the log.
_LIMIT: Final = 4_000


@dataclass(frozen=True)
class Entry:
    """A record as people read it: who, in which role, did what to what, on which snapshot, and why.

    `outcome` is done or denied. Texts that an erasure took away are None.
    """

    seq: int
    at: datetime
    actor: str
    role: str
    action: str
    outcome: str
    subject: str | None
    snapshot: str | None
    why: str | None
    detail: dict[str, Any] | None
    hash: str

    @property
    def what(self) -> str:
        """The detail in words."""
        return in_words(self.detail)


def in_words(detail: Mapping[str, Any] | None) -> str:
    """What a record says besides: `name value, name value`."""
    return ", ".join(f"{name} {value}" for name, value in (detail or {}).items())


class AuditLog:
    """The append-only log of a store. Safe to share between threads.

    AuditLog(store).record("ada", "investigator", "view", "cluster:C01ef8af916", snapshot.id, None)
    """

    def __init__(self, store: Path, database_url: str | None = None, *, database: Database | None = None) -> None:
        """Names a log; nothing is read or made yet. `database` is one that is open already."""
        self.store: Final = Path(store)
        self.database: Final = database or Database(self.store, database_url)
        self.database.use(SCHEMA)
        self._key: Ed25519PrivateKey | None = None
        self._ours = False

    @property
    def checkpoint_path(self) -> Path:
        """The file of the last checkpoint."""
        return self.store / FOLDER / "checkpoint.json"

    def record(
        self,
        actor: str,
        role: str,
        action: str,
        subject: str,
        snapshot: str | None,
        why: str | None,
        *,
        outcome: str = "done",
        detail: Mapping[str, Any] | None = None,
    ) -> int:
        """Append one record; its number, from 1. Once this returns, no power cut undoes it.

        `subject` is `cluster:ID`, `account:ID`, `identifier:KIND:VALUE`, `case:NUMBER`, `search` or `store`; `why` is
        the reason that was given, where one is asked for. Raises ReadOnlyStore, StoreError, ServerError.
        """
        with self.writing() as writer:
            return writer.append(actor, role, action, subject, snapshot, why, outcome=outcome, detail=detail)

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """One transaction for what is done and its records: both are written, or neither."""
        key = self._signing_key()
        last: Checkpoint | None = None
        with self.database.write() as con:
            self._check_ours(con, key)
            writer = Writer(con, key)
            yield writer
            last = writer.last
        if last is not None:
            self._advance(last)

    def entries(
        self, *, limit: int | None = None, subject: str | None = None, actor: str | None = None, action: str | None = None
    ) -> list[Entry]:
        """Records, newest first."""
        query = sa.select(RECORDS, TEXTS.c.subject, TEXTS.c.why, TEXTS.c.detail, TEXTS.c.salt).select_from(
            RECORDS.outerjoin(TEXTS, RECORDS.c.seq == TEXTS.c.seq)
        )
        for column, value in ((TEXTS.c.subject, subject), (RECORDS.c.actor, actor), (RECORDS.c.action, action)):
            if value is not None:
                query = query.where(column == value)
        with self.database.read() as con:
            rows = con.execute(query.order_by(RECORDS.c.seq.desc()).limit(limit)).all()
        return [_entry(row) for row in rows]

    def verify(self, *, against: Path | None = None) -> Verification:
        """Look at every record again. `against` is a checkpoint that was kept elsewhere (`checkpoint`).

        Raises StoreError: the key or a checkpoint cannot be read.
        """
        key = self._signing_key().public_key()
        known = [read_checkpoint(self.checkpoint_path)]
        if against is not None:
            known.append(read_checkpoint(against))
            if known[-1] is None:
                raise StoreError(f"{against}: is not there; name a checkpoint that 'linkage audit --checkpoint' wrote")
        with self.database.read() as con:
            return verify(_all(con), key, [one for one in known if one is not None])

    def checkpoint(self) -> Checkpoint | None:
        """The last checkpoint, to be kept elsewhere; None while nothing was recorded. Raises StoreError."""
        return read_checkpoint(self.checkpoint_path)

    def close(self) -> None:
        """Let the database go."""
        self.database.close()

    def __enter__(self) -> AuditLog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _signing_key(self) -> Ed25519PrivateKey:
        if self._key is None:
            if not self.store.is_dir():
                raise StoreError(f"no store at {self.store}: make one with 'linkage rebuild INPUT --store {self.store}'")
            self._key = signing_key(self.store)
        return self._key

    def check_ours(self) -> None:
        """Refuse a database whose log another store began: the cases of two would be mixed. Raises StoreError."""
        if self._ours:
            return
        with self.database.read() as con:
            if con.execute(sa.select(RECORDS.c.seq).limit(1)).one_or_none() is not None:
                self._check_ours(con, self._signing_key())

    def _check_ours(self, con: Connection, key: Ed25519PrivateKey) -> None:
        if self._ours:
            return
        first = con.execute(sa.select(RECORDS).where(RECORDS.c.seq == 1)).one_or_none()
        if first is not None and not signature_holds(key.public_key(), 1, first.hash, first.signature):
            raise StoreError(
                "the database's audit log was begun with another key than this store's; name the database of this store "
                "(LINKAGE_DATABASE_URL), or give the key that belongs to it (LINKAGE_AUDIT_KEY)"
            )
        self._ours = first is not None

    def _advance(self, checkpoint: Checkpoint) -> None:
        def head_at(length: int) -> str | None:
            with self.database.read() as con:
                found = con.execute(sa.select(RECORDS.c.hash).where(RECORDS.c.seq == length)).scalar()
            return None if found is None else str(found)

        path = self.checkpoint_path
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            advance(path, checkpoint, head_at)
        except OSError as error:
            raise ReadOnlyStore(f"{path}: {error.strerror or error}; give this user the right to write it") from None


class Writer:
    """Appends records inside one transaction; `con` is for what they are about."""

    def __init__(self, con: Connection, key: Ed25519PrivateKey) -> None:
        """Made by AuditLog.writing()."""
        self.con: Final = con
        self.last: Checkpoint | None = None
        self._key = key

    def append(
        self,
        actor: str,
        role: str,
        action: str,
        subject: str,
        snapshot: str | None,
        why: str | None,
        *,
        outcome: str = "done",
        detail: Mapping[str, Any] | None = None,
        erased: list[int] | None = None,
    ) -> int:
        """Append one record; its number. See AuditLog.record; `erased` are the records whose texts go with it."""
        last = self.con.execute(sa.select(RECORDS.c.seq, RECORDS.c.hash).order_by(RECORDS.c.seq.desc()).limit(1)).one_or_none()
        text = Text(secrets.token_hex(16), _cut(subject), _cut(why or ""), json.dumps(detail, sort_keys=True) if detail else "")
        record = Record(
            seq=1 if last is None else last.seq + 1,
            at=utc_now().isoformat(timespec="microseconds") + "Z",
            actor=_cut(actor),
            role=role,
            action=action,
            outcome=outcome,
            snapshot=snapshot or "",
            commitment=commitment(text.salt, text.subject, text.why, text.detail),
            erased=json.dumps(sorted(erased)) if erased else "",
            previous=GENESIS if last is None else last.hash,
        )
        record = replace(record, hash=digest(record))
        record = replace(record, signature=sign(self._key, record.seq, record.hash))
        self.con.execute(RECORDS.insert().values(**vars(record)))
        self.con.execute(TEXTS.insert().values(seq=record.seq, **vars(text)))
        self.last = Checkpoint(record.seq, record.hash, record.at, record.signature, public_hex(self._key.public_key()))
        return record.seq


def _entry(row: sa.Row[Any]) -> Entry:
    try:
        return Entry(
            row.seq, datetime.fromisoformat(row.at.removesuffix("Z")), row.actor, row.role, row.action, row.outcome, row.subject,
            row.snapshot or None, row.why or None, json.loads(row.detail) if row.detail else None, row.hash,
        )  # fmt: skip
    except (ValueError, TypeError, AttributeError):
        raise StoreError(
            f"audit record {row.seq} was changed and cannot be read; 'linkage audit --verify' says what else was"
        ) from None


def _cut(text: str) -> str:
    # a lone surrogate, from a command line that was no text, cannot be stored
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= _LIMIT else text[: _LIMIT - 1] + "…"


def _all(con: Connection) -> Iterator[tuple[Record, Text | None]]:
    query = (
        sa.select(RECORDS, TEXTS.c.salt, TEXTS.c.subject, TEXTS.c.why, TEXTS.c.detail)
        .select_from(RECORDS.outerjoin(TEXTS, RECORDS.c.seq == TEXTS.c.seq))
        .order_by(RECORDS.c.seq)
    )
    fields = [column.name for column in RECORDS.c]
    for row in con.execution_options(yield_per=1000).execute(query):
        text = None if row.salt is None else Text(row.salt, row.subject, row.why, row.detail)
        yield Record(**{name: getattr(row, name) for name in fields}), text
