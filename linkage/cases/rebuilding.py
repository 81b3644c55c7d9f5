"""What a rebuild takes from people: edits by hand and decisions, as tables; and cases that follow once it is published."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from linkage.cases import reading
from linkage.cases.book import CaseBook
from linkage.cases.records import Status, Verdict
from linkage.cases.tables import CASES, DECISIONS, EDIT_CLUSTERS, EDITS
from linkage.clusters.hand import DECIDED
from linkage.clusters.hand import EDITS as EDITED
from linkage.errors import LinkageError, NotFound, StoreError

if TYPE_CHECKING:
    from linkage.store import Snapshot

_LABEL = {
    Status.confirmed: "confirmed_fraud", Status.actioned: "confirmed_fraud", Status.dismissed: "confirmed_benign",
    Verdict.confirmed: "confirmed_fraud", Verdict.spared: "confirmed_benign",
}  # fmt: skip


@dataclass(frozen=True)
class People:
    """`edits` has the columns edit, kind, part, account_id; `decided` account_id, label, cluster_id. Both sorted."""

    edits: pa.Table
    decided: pa.Table


def nobody() -> People:
    """Where nobody did anything."""
    return People(EDITED.empty_table(), DECIDED.empty_table())


def for_rebuild(store: Path, previous: Snapshot | None) -> People:
    """What people did, as a rebuild after the snapshot `previous` needs it; empty tables where nobody did anything.

    Raises StoreError, ServerError: there is something and it cannot be read. A rebuild without it would take back what
    people decided, so it does not go on.
    """
    with CaseBook(store) as book:
        if not book.database.server and not book.database.path.exists():
            return nobody()
        book.gate.log.check_ours()
        # where the snapshot in service is damaged, the rebuild is its mend; a database that fails says so below
        with suppress(StoreError, NotFound):
            book.follow()
        with book.database.read() as con:
            return People(_edits(con, previous), _decided(con))


def check(store: Path) -> None:
    """Raise StoreError or ServerError where what people did could not be read: before hours of reading, not after."""
    with CaseBook(store) as book:
        if book.database.server or book.database.path.exists():
            book.gate.log.check_ours()
            with book.database.read():
                pass


def follow(store: Path) -> list[str]:
    """Let cases follow their clusters into the snapshot just published; a line for the operator where they could not.

    What is published stays published; cases follow later, when somebody opens them.
    """
    try:
        with CaseBook(store) as book:
            if book.database.server or book.database.path.exists():
                book.follow()
    except LinkageError as error:
        return [f"cases have not followed their clusters yet: {error}"]
    return []


def _edits(con: Connection, previous: Snapshot | None) -> pa.Table:
    rows: list[dict[str, Any]] = []
    for row in con.execute(sa.select(EDITS).where(EDITS.c.undone_at.is_(None)).order_by(EDITS.c.id)).all():
        parts = con.execute(
            sa.select(EDIT_CLUSTERS.c.part, EDIT_CLUSTERS.c.cluster_id)
            .where(EDIT_CLUSTERS.c.edit_id == row.id)
            .order_by(EDIT_CLUSTERS.c.part, EDIT_CLUSTERS.c.cluster_id)
        ).all()
        off = set(reading.member_list(con, "split", row.id))
        told = {(1, account) for account in off}
        for part, cluster in parts:
            told |= {(part, account) for account in _members(previous, cluster) if account not in off}
        rows += [{"edit": row.id, "kind": row.kind, "part": part, "account_id": account} for part, account in sorted(told)]
    return pa.Table.from_pylist(rows, EDITED)


def _members(previous: Snapshot | None, cluster: str) -> list[str]:
    if previous is None:
        return []
    found = previous.query("SELECT account_id FROM members WHERE cluster_id = ? ORDER BY account_id", [cluster])
    return [str(account) for account in found["account_id"].to_pylist()]


def _decided(con: Connection) -> pa.Table:
    rows: set[tuple[str, str, str]] = set()
    standing = con.execute(
        sa.select(CASES.c.id, CASES.c.cluster_id, DECISIONS.c.id.label("decision"), DECISIONS.c.verdict)
        .join(DECISIONS, DECISIONS.c.id == CASES.c.decision_id)
        .order_by(CASES.c.id)
    ).all()
    whole = {row.id: row for row in standing}
    for row in con.execute(sa.select(CASES.c.id, CASES.c.cluster_id).order_by(CASES.c.id)).all():
        labels: dict[str, str] = {}
        if row.id in whole and whole[row.id].verdict in _LABEL:
            label = _LABEL[whole[row.id].verdict]
            labels = dict.fromkeys(reading.member_list(con, "decision", whole[row.id].decision), label)
        for account, decision in reading.verdicts(con, DECISIONS.c.case_id == row.id).items():
            labels[account] = _LABEL[Verdict(decision.verdict)]
        rows |= {(account, label, row.cluster_id) for account, label in labels.items()}
    columns = zip(*sorted(rows), strict=True) if rows else ((), (), ())
    return pa.table(dict(zip(DECIDED.names, (list(column) for column in columns), strict=True)), DECIDED)
