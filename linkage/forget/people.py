"""What people wrote about an account, taken out of cases and the audit log; and the tombstone that says so."""

from __future__ import annotations

import json
import re
from typing import Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from linkage.audit.log import in_words
from linkage.audit.tables import RECORDS, TEXTS
from linkage.cases.tables import (
    APPROVALS,
    CASES,
    DECISIONS,
    EDITS,
    EVENTS,
    FOLLOWED,
    HOLDS,
    MEMBER_LISTS,
    NOTES,
    TAGS,
)

ERASED: Final = "[erased]"
#: Where people write, and an account's id may stand.
_WRITTEN: Final = (
    NOTES.c.text, DECISIONS.c.reason, APPROVALS.c.reason, APPROVALS.c.payload, EDITS.c.reason, EVENTS.c.payload, CASES.c.hold,
)  # fmt: skip


def legal_hold(con: Connection, account: str, clusters: list[str]) -> str | None:
    """The matter under which an account is held: its own, or that of a case that is or was about it; None where none is.

    `clusters` are those it is in now.
    """
    own = con.execute(sa.select(HOLDS.c.matter).where(HOLDS.c.account_id == account)).scalar()
    if own is not None:
        return str(own)
    decided = sa.select(DECISIONS.c.case_id).where(
        sa.or_(
            DECISIONS.c.account_id == account,
            DECISIONS.c.id.in_(_lists("decision", account)),
        )
    )
    about = sa.or_(
        CASES.c.cluster_id.in_(clusters),
        CASES.c.id.in_(decided),
        CASES.c.id.in_(_lists("absorbed", account)),
        CASES.c.id.in_(sa.select(APPROVALS.c.case_id).where(APPROVALS.c.id.in_(_lists("approval", account)))),
        CASES.c.id.in_(sa.select(EDITS.c.case_id).where(EDITS.c.id.in_(_lists("split", account)))),
    )
    found = con.execute(sa.select(CASES.c.hold).where(CASES.c.hold.is_not(None), about).order_by(CASES.c.id).limit(1)).scalar()
    return None if found is None else str(found)


def _lists(kind: str, account: str) -> sa.Select[tuple[int]]:
    return sa.select(MEMBER_LISTS.c.owner_id).where(MEMBER_LISTS.c.kind == kind, MEMBER_LISTS.c.account_id == account)


def known(con: Connection, account: str) -> bool:
    """Whether cases or the audit log name it."""
    listed = con.execute(sa.select(MEMBER_LISTS).where(MEMBER_LISTS.c.account_id == account).limit(1)).first()
    decided = con.execute(sa.select(DECISIONS.c.id).where(DECISIONS.c.account_id == account).limit(1)).first()
    return bool(listed or decided or _recorded(con, account))


def erase(con: Connection, account: str, pseudonym: str) -> list[int]:
    """Take an account out of the cases and out of what the audit log's records are about; the numbers of those records.

    Decisions about it stay as decisions about `pseudonym`. Inside a writing transaction; the tombstone names the records.
    """
    con.execute(MEMBER_LISTS.delete().where(MEMBER_LISTS.c.account_id == account))
    con.execute(DECISIONS.update().where(DECISIONS.c.account_id == account).values(account_id=pseudonym))
    word = _word(account)
    for column in _WRITTEN:
        key = column.table.c.id
        for row in con.execute(sa.select(key, column).where(_like(column, account))).all():
            con.execute(column.table.update().where(key == row[0]).values({column.name: word.sub(ERASED, row[1])}))
    con.execute(TAGS.delete().where(TAGS.c.tag == account))
    con.execute(CASES.update().where(CASES.c.assignee == account).values(assignee=None))
    records = _recorded(con, account)
    for number in records:
        con.execute(TEXTS.delete().where(TEXTS.c.seq == number))
    return records


def _recorded(con: Connection, account: str) -> list[int]:
    """Records of the audit log that name the account."""
    columns = (TEXTS.c.subject, TEXTS.c.why, TEXTS.c.detail)
    rows = con.execute(
        sa.select(TEXTS.c.seq, *columns).where(sa.or_(*(_like(column, account) for column in columns))).order_by(TEXTS.c.seq)
    ).all()
    word = _word(account)
    return [int(row.seq) for row in rows if any(word.search(text) for text in row[1:])]


def _forms(account: str) -> set[str]:
    """The id as it is, and as JSON writes it."""
    return {account, json.dumps(account)[1:-1]}


def _like(column: sa.Column[str], account: str) -> sa.ColumnElement[bool]:
    return sa.or_(*(column.contains(form, autoescape=True) for form in sorted(_forms(account))))


def _word(account: str) -> re.Pattern[str]:
    """The id as a word of its own: `u1` is not in `u12`."""
    either = "|".join(re.escape(form) for form in sorted(_forms(account), key=len, reverse=True))
    return re.compile(rf"(?<![\w])(?:{either})(?![\w])")


def stay_with(con: Connection, snapshot: str) -> None:
    """Cases are in the republished snapshot: its clusters have the ids of the one before."""
    con.execute(FOLLOWED.update().values(snapshot=snapshot))


def exports(con: Connection, snapshots: set[str]) -> list[str]:
    """Lines about what left the store from these snapshots, oldest first: it may name the account, or hold a pseudonym of it."""
    rows = con.execute(
        sa.select(RECORDS.c.at, RECORDS.c.actor, RECORDS.c.action, TEXTS.c.subject, TEXTS.c.detail)
        .join(TEXTS, TEXTS.c.seq == RECORDS.c.seq)
        .where(
            RECORDS.c.action.in_(["export", "propose", "disclose"]),
            RECORDS.c.outcome == "done",
            RECORDS.c.snapshot.in_(sorted(snapshots)),
        )
        .order_by(RECORDS.c.seq)
    ).all()
    return [
        f"{row.at[:16].replace('T', ' ')} {row.actor}: {row.action} of {row.subject} {in_words(json.loads(row.detail or '{}'))}".rstrip()
        for row in rows
    ]
