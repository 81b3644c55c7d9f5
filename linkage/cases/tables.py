"""The tables of cases. Account ids are kept apart from what was decided, so that one account can be erased."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from linkage.database import AnyText, Schema

_METADATA: Final = sa.MetaData()
SCHEMA: Final = Schema("cases", _METADATA)


def _id() -> sa.Column[int]:
    # SQLite numbers rows by itself only where the type is INTEGER
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)


def _case() -> sa.Column[int]:
    return sa.Column("case_id", sa.ForeignKey("cases.id"), nullable=False, index=True)


CASES: Final = sa.Table(
    "cases",
    _METADATA,
    _id(),
    # of several cases that followed into one cluster, one goes on; the others name it in absorbed_by
    sa.Column("cluster_id", AnyText, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("assignee", AnyText),
    sa.Column("opened_by", AnyText, nullable=False),
    sa.Column("opened_at", sa.DateTime, nullable=False),
    sa.Column("changed_at", sa.DateTime, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("gone", sa.Boolean, nullable=False),
    sa.Column("absorbed_by", sa.ForeignKey("cases.id")),
    sa.Column("hold", AnyText),
    sa.Column("decision_id", sa.BigInteger),
    sa.Index(
        "one_open_case_a_cluster", "cluster_id", unique=True,
        sqlite_where=sa.text("absorbed_by IS NULL"), postgresql_where=sa.text("absorbed_by IS NULL"),
    ),
)  # fmt: skip

NOTES: Final = sa.Table(
    "notes",
    _METADATA,
    _id(),
    _case(),
    sa.Column("author", AnyText, nullable=False),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("text", AnyText, nullable=False),
    sa.Column("retracted_at", sa.DateTime),
)

TAGS: Final = sa.Table(
    "tags",
    _METADATA,
    sa.Column("case_id", sa.ForeignKey("cases.id"), primary_key=True),
    sa.Column("tag", AnyText, primary_key=True),
)

LINKS: Final = sa.Table(
    "links",
    _METADATA,
    sa.Column("case_id", sa.ForeignKey("cases.id"), primary_key=True),
    sa.Column("other_id", sa.ForeignKey("cases.id"), primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("linked_by", AnyText, nullable=False),
    sa.Column("linked_at", sa.DateTime, nullable=False),
)

#: `members` of a decision on a cluster are in DECISION_MEMBERS; `batch` ties the accounts decided on together.
DECISIONS: Final = sa.Table(
    "decisions",
    _METADATA,
    _id(),
    _case(),
    sa.Column("cluster_id", AnyText, nullable=False),
    sa.Column("account_id", AnyText, index=True),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("reason", AnyText),
    sa.Column("snapshot", sa.Text, nullable=False),
    sa.Column("accounts", sa.Integer, nullable=False),
    sa.Column("decided_by", AnyText, nullable=False),
    sa.Column("decided_at", sa.DateTime, nullable=False),
    sa.Column("approved_by", AnyText),
    sa.Column("undone_by", AnyText),
    sa.Column("undone_at", sa.DateTime),
)

#: Whom a cluster had when it was decided on. A list is shared by a decision and the request that led to it.
MEMBER_LISTS: Final = sa.Table(
    "member_lists",
    _METADATA,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("owner_id", sa.BigInteger, primary_key=True),
    sa.Column("account_id", AnyText, primary_key=True, index=True),
)

LEASES: Final = sa.Table(
    "leases",
    _METADATA,
    sa.Column("case_id", sa.ForeignKey("cases.id"), primary_key=True),
    sa.Column("holder", AnyText, nullable=False, index=True),
    sa.Column("taken_at", sa.DateTime, nullable=False),
    sa.Column("expires_at", sa.DateTime, nullable=False),
)

APPROVALS: Final = sa.Table(
    "approvals",
    _METADATA,
    _id(),
    _case(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("payload", AnyText, nullable=False),
    sa.Column("accounts", sa.Integer, nullable=False),
    sa.Column("snapshot", sa.Text, nullable=False),
    sa.Column("reason", AnyText),
    sa.Column("requested_by", AnyText, nullable=False),
    sa.Column("requested_at", sa.DateTime, nullable=False),
    sa.Column("lapses_at", sa.DateTime, nullable=False),
    sa.Column("state", sa.Text, nullable=False, index=True),
    sa.Column("answered_by", AnyText),
    sa.Column("answered_at", sa.DateTime),
)

#: Merges and splits by hand; the clusters they are about are in EDIT_CLUSTERS, accounts to split off in MEMBER_LISTS.
EDITS: Final = sa.Table(
    "hand_edits",
    _METADATA,
    _id(),
    _case(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("reason", AnyText),
    sa.Column("made_by", AnyText, nullable=False),
    sa.Column("made_at", sa.DateTime, nullable=False),
    sa.Column("snapshot", sa.Text, nullable=False),
    sa.Column("applied_in", sa.Text),
    sa.Column("undone_at", sa.DateTime),
)
EDIT_CLUSTERS: Final = sa.Table(
    "hand_edit_clusters",
    _METADATA,
    sa.Column("edit_id", sa.ForeignKey("hand_edits.id"), primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True),
    sa.Column("cluster_id", AnyText, primary_key=True),
)

#: What happened to a case; `payload` holds what undoing it takes.
EVENTS: Final = sa.Table(
    "case_events",
    _METADATA,
    _id(),
    _case(),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("actor", AnyText, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("payload", AnyText, nullable=False),
    sa.Column("undone_at", sa.DateTime),
)

#: Accounts under legal hold on their own, whatever cluster they are in.
HOLDS: Final = sa.Table(
    "account_holds",
    _METADATA,
    sa.Column("account_id", AnyText, primary_key=True),
    sa.Column("matter", AnyText, nullable=False),
    sa.Column("held_by", AnyText, nullable=False),
    sa.Column("held_at", sa.DateTime, nullable=False),
)

#: The last snapshot that cases followed their clusters to; one row.
FOLLOWED: Final = sa.Table("followed", _METADATA, sa.Column("snapshot", sa.Text, nullable=False))
