"""How a command passes the gate of roles: asked before it reads, recorded before it shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from linkage.access import Action, Gate
from linkage.cli.output import say
from linkage.errors import ReadOnlyStore


@contextmanager
def passing(
    store: Path,
    actor: str,
    action: Action,
    subject: str,
    snapshot: str | None,
    *,
    why: str | None = None,
    detail: Mapping[str, Any] | None = None,
    record: bool = True,
    first: bool = False,
) -> Iterator[None]:
    """Ask the role, let the block read, then leave one record, unless the block failed or `record` is false.

    What leaves the store is recorded `first`. A store that may only be read can still be looked at, and a line says that
    it was not recorded. Raises Denied, and StoreError or ServerError where a database cannot be used.
    """
    with Gate(store) as gate:
        who = gate.identity(actor)
        gate.check(who, action, subject, snapshot)

        def leave() -> None:
            try:
                gate.record(who, action, subject, snapshot, why, detail=detail)
            except ReadOnlyStore as error:
                if gate.log.database.server:
                    raise
                say(f"not recorded in the audit log: {error}")

        if record and first:
            leave()
        yield
        if record and not first:
            leave()
