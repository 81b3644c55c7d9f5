"""What can be asked of people's state; and how cases keep up with the snapshots."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from linkage.access import Access, Gate, Identity
from linkage.cases import following, reading
from linkage.cases.act import Act, members
from linkage.cases.records import Approval, Case, CaseFile, Changed, Decision, HandEdit, Status
from linkage.cases.tables import CASES, DECISIONS, EDITS, EVENTS, FOLLOWED, SCHEMA, TAGS
from linkage.database import Database, utc_now
from linkage.errors import NotFound, StoreError

if TYPE_CHECKING:
    from linkage.store import Snapshot

#: Who acts where a case follows its cluster.
_ITSELF: Final = Identity("linkage", None)


class CaseReader:
    """The questions of a CaseBook."""

    def __init__(
        self,
        store: Path,
        database_url: str | None = None,
        *,
        access: Access | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """`access` are the settings of roles and approval; the store's own by default. Raises ConfigError."""
        self.store: Final = Path(store)
        self.database: Final = Database(self.store, database_url)
        self.database.use(SCHEMA)
        self.gate: Final = Gate(self.store, access=access, database=self.database)
        self._clock = clock

    def find(self, cluster_id: str) -> Case | None:
        """The case of a cluster; None while nobody opened one (its status is new)."""
        with self._reading() as con:
            found = reading.cases(
                con, sa.and_(CASES.c.cluster_id == cluster_id, CASES.c.absorbed_by.is_(None)), now=self._clock()
            )
        return found[0] if found else None

    def formerly(self, cluster_id: str) -> str | None:
        """The cluster that the case of one that is gone from the snapshots went along to; None where there was none."""
        with self._reading() as con:
            told = con.execute(
                sa.select(EVENTS.c.case_id, EVENTS.c.payload)
                .where(EVENTS.c.kind.in_(("followed", "absorbed")))
                .order_by(EVENTS.c.id.desc())
            ).all()
        case_id = next((row.case_id for row in told if json.loads(row.payload).get("before") == cluster_id), None)
        if case_id is None:
            return None
        case = self.get(case_id)
        while case.absorbed_by is not None:
            case = self.get(case.absorbed_by)
        return case.cluster_id

    def get(self, case_id: int) -> Case:
        """A case by its number. Raises NotFound."""
        with self._reading() as con:
            found = reading.cases(con, CASES.c.id == case_id, now=self._clock())
        if not found:
            raise NotFound(f"there is no case {case_id}; 'linkage cases' shows them")
        return found[0]

    def file(self, case_id: int) -> CaseFile:
        """A case with all that belongs to it. Raises NotFound."""
        case = self.get(case_id)
        with self._reading() as con:
            return reading.case_file(con, case, now=self._clock())

    def cases(
        self,
        *,
        statuses: Collection[Status] | None = None,
        assignee: str | None = None,
        tag: str | None = None,
        absorbed: bool = False,
        limit: int | None = None,
    ) -> list[Case]:
        """Cases by number: of these statuses, of this assignee, with this tag; absorbed ones only where asked for."""
        conditions: list[sa.ColumnElement[bool]] = [] if absorbed else [CASES.c.absorbed_by.is_(None)]
        if statuses is not None:
            conditions.append(CASES.c.status.in_([str(status) for status in statuses]))
        if assignee is not None:
            conditions.append(CASES.c.assignee == assignee)
        if tag is not None:
            conditions.append(CASES.c.id.in_(sa.select(TAGS.c.case_id).where(TAGS.c.tag == tag)))
        with self._reading() as con:
            return reading.cases(con, sa.and_(sa.true(), *conditions), now=self._clock(), limit=limit)

    def by_cluster(self) -> dict[str, Case]:
        """Every open case under the current id of its cluster: for a queue."""
        return {case.cluster_id: case for case in self.cases()}

    def verdicts(self, cluster_id: str) -> dict[str, Decision]:
        """What was decided about single accounts of a cluster's case, by account."""
        case = self.find(cluster_id)
        if case is None:
            return {}
        with self._reading() as con:
            return reading.verdicts(con, DECISIONS.c.case_id == case.id)

    def decided(self, account_id: str) -> list[Decision]:
        """Standing decisions about one account by itself, newest first."""
        with self._reading() as con:
            return reading.decisions(con, sa.and_(DECISIONS.c.account_id == account_id, DECISIONS.c.undone_at.is_(None)))

    def decisions(self, *, by: str | None = None, limit: int | None = 100) -> list[Decision]:
        """Who decided what, newest first, undone ones too."""
        condition = sa.true() if by is None else DECISIONS.c.decided_by == by
        with self._reading() as con:
            return reading.decisions(con, condition, limit=limit)

    def approvals(self, *, pending: bool = True) -> list[Approval]:
        """What waits for a second person (or everything that ever did), newest first."""
        with self._reading() as con:
            found = reading.approvals(con, sa.true(), now=self._clock())
        return [one for one in found if one.state == "pending"] if pending else found

    def edits(self) -> list[HandEdit]:
        """Merges and splits by hand that hold, newest first."""
        with self._reading() as con:
            return reading.edits(con, EDITS.c.undone_at.is_(None))

    def changed(self, case: Case, snapshot: Snapshot) -> Changed | None:
        """Who joined and left the cluster since the standing decision on it; None where there is none."""
        decision = case.decision
        if decision is None:
            return None
        with self._reading() as con:
            before = set(reading.member_list(con, "decision", decision.id))
        while case.absorbed_by is not None:
            case = self.get(case.absorbed_by)
        after = set(members(snapshot, case.cluster_id))
        return Changed(decision.snapshot, tuple(sorted(after - before)), tuple(sorted(before - after)))

    def follow(self) -> None:
        """Let every case follow its cluster into the current snapshot; nothing to do is fine."""
        from linkage.store import current

        self.gate.log.check_ours()
        now = current(self.store)
        with self.database.read() as con:
            last = con.execute(sa.select(FOLLOWED.c.snapshot)).scalar()
        if last is not None and last != now:
            self._follow(now)

    def close(self) -> None:
        """Let the database go."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        self.follow()
        with self.database.read() as con:
            yield con

    def _follow(self, now: str) -> None:
        from linkage.store import list_snapshots, open_snapshot

        chain = [entry.id for entry in list_snapshots(self.store)]
        with self.gate.log.writing() as writer:
            last = writer.con.execute(sa.select(FOLLOWED.c.snapshot)).scalar()
            places = {name: place for place, name in enumerate(chain)}
            if last == now or now not in places:
                return
            # a step that was removed or is damaged breaks the chain: then ids and decided accounts have to tell
            steps = chain[places[str(last)] + 1 : places[now] + 1] if places.get(str(last), len(chain)) < places[now] else [now]
            for name in steps:
                with ExitStack() as opened:
                    try:
                        snapshot = opened.enter_context(open_snapshot(self.store, name))
                    except (StoreError, NotFound):
                        if name == now:
                            raise
                        continue  # damaged, or retention was quicker
                    told = last is not None and last in places and snapshot.manifest.previous == last
                    before: Snapshot | None = None
                    with suppress(StoreError, NotFound):
                        before = opened.enter_context(open_snapshot(self.store, last)) if told else None
                    following.step(Act(writer, _ITSELF, self._clock(), snapshot), snapshot, before)
                last = name
