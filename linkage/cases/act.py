"""One deed in one transaction: the case it is about, what changes, its line of history, its record in the audit log."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from linkage.access import Identity, role_name
from linkage.audit import Writer
from linkage.cases import reading
from linkage.cases.records import Case, Status
from linkage.cases.tables import CASES, EVENTS, LEASES
from linkage.database import inserted
from linkage.errors import Conflict, NotFound

if TYPE_CHECKING:
    from linkage.store import Snapshot


@dataclass(frozen=True)
class Act:
    """Who acts, when, on which snapshot, and the transaction it happens in."""

    writer: Writer
    who: Identity
    now: datetime
    snapshot: Snapshot | None
    _known: dict[str, list[str]] = field(default_factory=dict)

    def know(self, clusters: Collection[str]) -> None:
        """Look up the accounts of many clusters at once: one question to the snapshot instead of one each."""
        if self.snapshot is None or len(clusters) < 2:
            return
        found = self.snapshot.query(
            """
            SELECT cluster_id, list(account_id ORDER BY account_id) AS accounts
            FROM members JOIN (SELECT DISTINCT unnest($clusters) AS cluster_id) USING (cluster_id) GROUP BY cluster_id
            """,
            {"clusters": [name for name in clusters if is_text(name)]},
        )
        self._known.update({name: [] for name in clusters})
        self._known.update(zip(found["cluster_id"].to_pylist(), found["accounts"].to_pylist(), strict=True))

    def members(self, cluster: str) -> list[str]:
        """The accounts of a cluster, sorted; none where the snapshot has no such cluster."""
        if cluster not in self._known:
            self._known[cluster] = members(self.snapshot, cluster)
        return self._known[cluster]

    @property
    def con(self) -> Connection:
        """The transaction's connection."""
        return self.writer.con

    def record(self, action: str, subject: str, why: str | None, detail: Mapping[str, Any] | None = None) -> None:
        """The deed's one record in the audit log."""
        snapshot = None if self.snapshot is None else self.snapshot.id
        self.writer.append(self.who.name, role_name(self.who), action, subject, snapshot, why, detail=detail)

    def event(self, case_id: int, kind: str, **payload: Any) -> int:
        """A line of the case's history; its number."""
        return inserted(
            self.con,
            EVENTS.insert().values(
                case_id=case_id, at=self.now, actor=self.who.name, kind=kind, payload=json.dumps(payload, sort_keys=True)
            ),
        )

    def change(self, case_id: int, **values: Any) -> None:
        """Change columns of a case; its revision grows."""
        self.con.execute(
            CASES.update().where(CASES.c.id == case_id).values(**values, revision=CASES.c.revision + 1, changed_at=self.now)
        )

    def found(self, cluster: str) -> Row[Any] | None:
        """The open case of a cluster, if there is one."""
        return self.con.execute(
            sa.select(CASES).where(CASES.c.cluster_id == cluster, CASES.c.absorbed_by.is_(None))
        ).one_or_none()

    def case(self, cluster: str, expected: int | None = None) -> Row[Any]:
        """The case of a cluster, opened now where there is none.

        Raises NotFound: there is neither; Conflict: its revision is not the `expected` one (0: no case yet).
        """
        row = self.found(cluster)
        if expected is not None and expected != (0 if row is None else row.revision):
            raise Conflict(
                f"the case of cluster {cluster} was changed by somebody else meanwhile; look at it again, then decide"
            )
        if row is not None:
            return row
        if not self.members(cluster):
            where = "no snapshot" if self.snapshot is None else f"snapshot {self.snapshot.id}"
            raise NotFound(f"{where} has no cluster {cluster!r} and there is no case of it; 'linkage clusters' lists them")
        case_id = self.insert(cluster, status=Status.new)
        self.event(case_id, "open", cluster=cluster)
        return self.con.execute(sa.select(CASES).where(CASES.c.id == case_id)).one()

    def insert(self, cluster: str, *, status: str, **values: Any) -> int:
        """A new case; its number."""
        return inserted(
            self.con,
            CASES.insert().values(
                cluster_id=cluster, status=status, opened_by=self.who.name, opened_at=self.now, changed_at=self.now,
                revision=1, gone=False, **values,
            )
        )  # fmt: skip

    def free(self, row: Row[Any]) -> None:
        """Raise Conflict where somebody else is reviewing the case."""
        lease = self.con.execute(
            sa.select(LEASES).where(
                LEASES.c.case_id == row.id, LEASES.c.expires_at > self.now, LEASES.c.holder != self.who.name
            )
        ).one_or_none()
        if lease is not None:
            raise Conflict(
                f"{lease.holder} is reviewing the case of cluster {row.cluster_id} until {lease.expires_at:%H:%M} UTC; "
                f"wait, or ask {lease.holder} to let it go"
            )

    def read(self, case_id: int) -> Case:
        """The case as it now is."""
        return self.read_many([case_id])[0]

    def read_many(self, case_ids: Sequence[int]) -> list[Case]:
        """Cases as they now are, in the order of their numbers as given."""
        found: dict[int, Case] = {}
        for part in reading.slices(sorted(set(case_ids))):
            found |= {case.id: case for case in reading.cases(self.con, CASES.c.id.in_(part), now=self.now)}
        return [found[case_id] for case_id in case_ids]


def members(snapshot: Snapshot | None, cluster: str) -> list[str]:
    """The accounts of a cluster, sorted; none where the snapshot has no such cluster."""
    if snapshot is None or not is_text(cluster):
        return []
    found = snapshot.query("SELECT account_id FROM members WHERE cluster_id = ? ORDER BY account_id", [cluster])
    return [str(account) for account in found["account_id"].to_pylist()]


def is_text(name: str) -> bool:
    """Whether a name can be one of the logs'; a command line may hold what is no text."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def insist(cluster: str, accounts: list[str], given: list[str]) -> None:
    """Raise NotFound where one of the given accounts is not in the cluster."""
    strangers = sorted(set(given) - set(accounts))
    if strangers:
        more = f" and {len(strangers) - 1} more" if len(strangers) > 1 else ""
        raise NotFound(f"{strangers[0]!r}{more}: not in cluster {cluster}; 'linkage show {cluster}' lists its members")
