"""The gate that everything passes: it asks the role, and leaves exactly one record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from linkage.access.roles import Action, Identity, Role, allows
from linkage.access.settings import Access, load_access
from linkage.errors import Denied, ReadOnlyStore

if TYPE_CHECKING:
    from linkage.audit import AuditLog, Writer
    from linkage.database import Database


class Gate:
    """Enforces roles over one store and records what passes and what is denied."""

    def __init__(
        self, store: Path, database_url: str | None = None, *, access: Access | None = None, database: Database | None = None
    ) -> None:
        """`access` are the settings; those of the store by default. Raises ConfigError."""
        self.access: Final = access or load_access(store)
        self._store, self._url, self._database = Path(store), database_url, database
        self._log: AuditLog | None = None

    @property
    def log(self) -> AuditLog:
        """The audit log; what only asks for a role and passes does not load the database."""
        if self._log is None:
            from linkage.audit import AuditLog

            self._log = AuditLog(self._store, self._url, database=self._database)
        return self._log

    def identity(self, name: str) -> Identity:
        """Who `name` is in this store."""
        return self.access.identity(name)

    def enter(
        self,
        who: Identity,
        action: Action,
        subject: str,
        snapshot: str | None,
        why: str | None = None,
        *,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Record that somebody looks, searches or exports, before it is done.

        Raises Denied, once that try is recorded; ReadOnlyStore, StoreError, ServerError: it cannot be recorded.
        """
        self.check(who, action, subject, snapshot)
        self.record(who, action, subject, snapshot, why, detail=detail)

    def record(
        self,
        who: Identity,
        action: Action,
        subject: str,
        snapshot: str | None,
        why: str | None = None,
        *,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Leave the record of what `check` let pass, once there is something to show."""
        self.log.record(who.name, role_name(who), action, subject, snapshot, why, detail=detail)

    def check(self, who: Identity, action: Action, subject: str, snapshot: str | None) -> None:
        """Raise Denied where the role does not allow it, and record that try; what is allowed leaves no record here."""
        if allows(who.role, action):
            return
        with suppress(ReadOnlyStore):  # nothing can be recorded in such a store, and it stays denied
            self.log.record(who.name, role_name(who), action, subject, snapshot, None, outcome="denied")
        lowest = next(role for role in Role if allows(role, action))
        has = f"has the role {who.role}" if who.role else "has no role here"
        raise Denied(f"{who.name} {has}; '{action}' takes at least {lowest}; ask an admin of this store for it")

    @contextmanager
    def acting(self, who: Identity, action: Action, subject: str, snapshot: str | None) -> Iterator[Writer]:
        """One transaction for a deed and its record: the caller appends the record. Raises Denied as `check` does."""
        self.check(who, action, subject, snapshot)
        with self.log.writing() as writer:
            yield writer

    def close(self) -> None:
        """Let the database go."""
        if self._log is not None:
            self._log.close()

    def __enter__(self) -> Gate:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def role_name(who: Identity) -> str:
    """A role as records hold it."""
    return str(who.role) if who.role else "none"
