"""The audit log's two tables: the chain, which nothing may change, and the texts that it commits to."""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from linkage.database import AnyText, Schema

_METADATA: Final = sa.MetaData()
SCHEMA: Final = Schema("audit", _METADATA)

#: One row a record; `commitment` stands for the row of TEXTS, `erased` names records whose texts were erased by it.
RECORDS: Final = sa.Table(
    "audit_records",
    _METADATA,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    # as text, because that is what the hash covers; ISO 8601 in UTC
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("actor", AnyText, nullable=False),
    sa.Column("role", AnyText, nullable=False),
    sa.Column("action", AnyText, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("snapshot", sa.Text, nullable=False),
    sa.Column("commitment", sa.Text, nullable=False),
    sa.Column("erased", sa.Text, nullable=False),
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("signature", sa.Text, nullable=False),
)
#: What a record is about, and why. Apart from the chain, so that a person can be erased and the chain still holds.
TEXTS: Final = sa.Table(
    "audit_texts",
    _METADATA,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("salt", sa.Text, nullable=False),
    sa.Column("subject", AnyText, nullable=False, index=True),
    sa.Column("why", AnyText, nullable=False),
    sa.Column("detail", AnyText, nullable=False),
)


def _ddl(text: str) -> sa.DDL:
    return sa.DDL(text)  # type: ignore[no-untyped-call]  # SQLAlchemy gives its constructor no types


_REFUSE = "audit records are append-only"
for _event in ("UPDATE", "DELETE"):
    _sqlite = _ddl(
        f"CREATE TRIGGER audit_records_no_{_event.lower()} BEFORE {_event} ON audit_records "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSE}'); END"
    )
    sa.event.listen(RECORDS, "after_create", _sqlite.execute_if(dialect="sqlite"))
_function = _ddl(
    "CREATE OR REPLACE FUNCTION audit_records_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN RAISE EXCEPTION '{_REFUSE}'; END $$"
)
_trigger = _ddl(
    "CREATE TRIGGER audit_records_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_records "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_records_refuse()"
)
sa.event.listen(RECORDS, "after_create", _function.execute_if(dialect="postgresql"))
sa.event.listen(RECORDS, "after_create", _trigger.execute_if(dialect="postgresql"))
