"""Taking back what was done to a case: the last thing, or a certain one where nothing newer rests on it."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Row

from linkage.access import Action, allows
from linkage.cases import reading
from linkage.cases.act import Act
from linkage.cases.noting import tie, untie
from linkage.cases.records import Payload
from linkage.cases.sentences import event_sentence
from linkage.cases.tables import DECISIONS, EDITS, EVENTS, NOTES, TAGS
from linkage.errors import Conflict, Denied, NotFound

#: What can be taken back. The rest happened to the case, or is ended in a way of its own.
UNDOABLE = ("status", "accounts", "assign", "tag", "untag", "link", "unlink", "note", "merge", "split")
#: Kinds of which only the newest can be taken back: each restores what was before it.
_ORDERED = ("status", "assign")


def undo(act: Act, cluster: str, event: int | None, reason: str | None) -> tuple[int, str]:
    """Take back an event of a case (None = the last one); the case's number, and what was taken back in words.

    Raises NotFound: nothing to take back, or no such event; Conflict: newer ones rest on it; Denied: a second person
    approved it, so it takes one who may approve.
    """
    case = act.found(cluster)
    if case is None:
        raise NotFound(f"there is no case of cluster {cluster!r}, so there is nothing to take back")
    row = _chosen(act, case.id, event)
    payload = json.loads(row.payload)
    if payload.get("approved") and not allows(act.who.role, Action.approve):
        raise Denied(f"{payload['approved']} approved it as the second person; ask somebody who may approve to take it back")
    _reverse(act, row, payload)
    if row.case_id != case.id:
        act.change(case.id)
    act.con.execute(EVENTS.update().where(EVENTS.c.id == row.id).values(undone_at=act.now))
    words = event_sentence(row.kind, payload)
    act.event(case.id, "undo", what=words, undone=row.id)
    act.record("undo", f"cluster:{cluster}", reason, {"event": row.id, "kind": row.kind})
    return int(case.id), words


def _chosen(act: Act, case_id: int, event: int | None) -> Row[Any]:
    mine = sa.and_(reading.events_of(act.con, case_id), EVENTS.c.undone_at.is_(None), EVENTS.c.kind.in_(UNDOABLE))
    newest = sa.select(EVENTS).where(mine).order_by(EVENTS.c.id.desc()).limit(1)
    row = act.con.execute(newest if event is None else sa.select(EVENTS).where(mine, EVENTS.c.id == event)).one_or_none()
    if row is None:
        which = (
            "nothing is left to take back" if event is None else f"event {event} is not one of this case that can be taken back"
        )
        raise NotFound(f"{which}; 'linkage case CLUSTER' shows its history")
    if row.kind in _ORDERED:
        later = act.con.execute(newest.where(EVENTS.c.kind == row.kind)).one()
        if later.id != row.id:
            raise Conflict(f"event {row.id}: a newer one ({later.id}) rests on it; take that back first")
    return row


def _reverse(act: Act, row: Row[Any], payload: Payload) -> None:
    con, case_id = act.con, row.case_id
    gone = {"undone_by": act.who.name, "undone_at": act.now}
    changes: dict[str, Any] = {}
    match row.kind:
        case "status":
            con.execute(DECISIONS.update().where(DECISIONS.c.id == payload["decision"]).values(**gone))
            changes = {"status": payload["before"], "decision_id": payload["before_decision"]}
        case "accounts":
            con.execute(DECISIONS.update().where(DECISIONS.c.id.in_(payload["decisions"])).values(**gone))
        case "assign":
            changes = {"assignee": payload["before"]}
        case "tag":
            con.execute(TAGS.delete().where(TAGS.c.case_id == case_id, TAGS.c.tag == payload["tag"]))
        case "untag":
            there = sa.select(TAGS).where(TAGS.c.case_id == case_id, TAGS.c.tag == payload["tag"])
            if con.execute(there).one_or_none() is None:
                con.execute(TAGS.insert().values(case_id=case_id, tag=payload["tag"]))
        case "link":
            untie(act, case_id, payload["other"], "related")
        case "unlink":
            tie(act, case_id, payload["other"], "related")
        case "note":
            con.execute(NOTES.update().where(NOTES.c.id == payload["note"]).values(retracted_at=act.now))
        case "merge" | "split":
            con.execute(EDITS.update().where(EDITS.c.id == payload["edit"]).values(undone_at=act.now))
            for other in payload.get("others", ()):
                untie(act, case_id, other, "merged by hand")
    act.change(case_id, **changes)
