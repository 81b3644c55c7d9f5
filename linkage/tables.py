"""Every table's columns in one place: what comes in, what passes between stages, what a snapshot holds.

Types are DuckDB's. Times are UTC `TIMESTAMP` (microseconds, without zone). Stages pass tables by name inside
one DuckDB connection; a table's name there is its name here.
"""

from __future__ import annotations

from typing import Final

Columns = dict[str, str]

#: What the input contract accepts, with the columns that must be present and not null.
INPUT: Final[dict[str, Columns]] = {
    "accounts": {
        "account_id": "VARCHAR", "created_at": "TIMESTAMP", "email_domain": "VARCHAR", "country": "VARCHAR",
        "org_id": "VARCHAR", "plan": "VARCHAR", "status": "VARCHAR",
    },
    "payments": {
        "account_id": "VARCHAR", "payment_id": "VARCHAR", "seen_at": "TIMESTAMP", "bin": "VARCHAR", "country": "VARCHAR",
    },
    "requests": {
        "account_id": "VARCHAR", "ts": "TIMESTAMP", "ip": "VARCHAR", "user_agent": "VARCHAR", "client_id": "VARCHAR",
        "model": "VARCHAR", "system_prompt": "VARCHAR", "prompt": "VARCHAR", "input_tokens": "BIGINT",
        "output_tokens": "BIGINT", "end_user_id": "VARCHAR", "platform": "VARCHAR",
    },
    "sightings": {"account_id": "VARCHAR", "kind": "VARCHAR", "value": "VARCHAR", "seen_at": "TIMESTAMP"},
    "labels": {"account_id": "VARCHAR", "label": "VARCHAR", "source": "VARCHAR", "decided_at": "TIMESTAMP"},
    "networks": {"cidr": "VARCHAR", "asn": "BIGINT", "kind": "VARCHAR", "country": "VARCHAR"},
}  # fmt: skip
REQUIRED: Final[dict[str, tuple[str, ...]]] = {
    "accounts": ("account_id",),
    "payments": ("account_id", "payment_id"),
    "requests": ("account_id", "ts"),
    "sightings": ("account_id", "kind", "value"),
    "labels": ("account_id", "label"),
    "networks": ("cidr",),
}
#: At least one of these is in an input folder.
EVIDENCE: Final = ("payments", "requests", "sightings")

#: What a snapshot holds, a Parquet file each, sorted by its first columns.
SNAPSHOT: Final[dict[str, Columns]] = {
    # every account that any table names; times and usage are null or 0 where nothing says
    "accounts": {
        "account_id": "VARCHAR", "created_at": "TIMESTAMP", "email_domain": "VARCHAR", "country": "VARCHAR",
        "org_id": "VARCHAR", "plan": "VARCHAR", "status": "VARCHAR", "label": "VARCHAR",
        "first_seen": "TIMESTAMP", "last_seen": "TIMESTAMP",
        "requests": "BIGINT", "input_tokens": "BIGINT", "output_tokens": "BIGINT",
        "cluster_id": "VARCHAR", "role": "VARCHAR", "risk": "DOUBLE", "flagged": "BOOLEAN",
    },
    # an account seen with an identifier; source_* is the earliest occurrence
    "sightings": {
        "account_id": "VARCHAR", "kind": "VARCHAR", "value": "VARCHAR", "n": "BIGINT",
        "first_seen": "TIMESTAMP", "last_seen": "TIMESTAMP", "source_file": "VARCHAR", "source_record": "BIGINT",
    },
    # every identifier seen on two or more accounts; strength 0..1; note says in words what made it so
    "identifiers": {
        "kind": "VARCHAR", "value": "VARCHAR", "family": "VARCHAR", "accounts": "BIGINT",
        "first_seen": "TIMESTAMP", "last_seen": "TIMESTAMP",
        "rarity": "DOUBLE", "corroboration": "DOUBLE", "strength": "DOUBLE", "links": "BOOLEAN", "note": "VARCHAR",
    },
    # the weighted graph, as it went into community detection; weight in millionths, steady what it is without single sightings
    # that are unlike what the account had before
    "edges": {"account_id": "VARCHAR", "kind": "VARCHAR", "value": "VARCHAR", "weight": "BIGINT", "steady": "BIGINT"},
    "clusters": {
        "cluster_id": "VARCHAR", "rank": "BIGINT", "risk": "DOUBLE", "flagged": "BOOLEAN",
        "size": "BIGINT", "core": "BIGINT", "associates": "BIGINT", "density": "DOUBLE",
        "first_seen": "TIMESTAMP", "last_seen": "TIMESTAMP", "families": "VARCHAR[]",
        "requests": "BIGINT", "input_tokens": "BIGINT", "output_tokens": "BIGINT",
        "event": "VARCHAR", "previous_size": "BIGINT", "joined": "BIGINT", "left": "BIGINT", "summary": "VARCHAR",
    },
    # risk of an account 0..1; attachment 0..1 = share of its link weight that stays inside its cluster
    "members": {
        "account_id": "VARCHAR", "cluster_id": "VARCHAR", "role": "VARCHAR", "risk": "DOUBLE", "flagged": "BOOLEAN",
        "attachment": "DOUBLE",
    },
    # what decisions about other accounts say of one: score (signed, what of their walks ends at it), and the share by which
    # it raises or lowers the account's own risk, -1..1
    "spread": {"account_id": "VARCHAR", "score": "DOUBLE", "share": "DOUBLE", "sentence": "VARCHAR"},
    # why a cluster has its risk: points (signed), the figure behind them, the sentence; side is for or against
    "reasons": {
        "cluster_id": "VARCHAR", "rank": "BIGINT", "code": "VARCHAR", "side": "VARCHAR", "points": "DOUBLE",
        "figure": "DOUBLE", "sentence": "VARCHAR",
    },
    # what a cluster is like: every figure that its risk may rest on, by name
    "figures": {"cluster_id": "VARCHAR", "name": "VARCHAR", "value": "DOUBLE"},
    # what happened to a cluster since the last snapshot; previous_id is null for one that was born
    "lineage": {
        "cluster_id": "VARCHAR", "previous_id": "VARCHAR", "event": "VARCHAR", "shared": "BIGINT",
        "joined": "BIGINT", "left": "BIGINT",
    },
    # requests by account and hour
    "activity": {
        "account_id": "VARCHAR", "hour": "TIMESTAMP", "requests": "BIGINT", "input_tokens": "BIGINT", "output_tokens": "BIGINT",
    },
    "models": {
        "account_id": "VARCHAR", "model": "VARCHAR", "first_seen": "TIMESTAMP", "last_seen": "TIMESTAMP",
        "requests": "BIGINT", "output_tokens": "BIGINT",
    },
    # what a fingerprint family is, in words; sample is null unless the configuration keeps redacted samples
    "fingerprints": {
        "kind": "VARCHAR", "value": "VARCHAR", "members": "BIGINT", "description": "VARCHAR", "sample": "VARCHAR",
    },
    # rows set aside and cells nulled; "column" is null where the whole record could not be read
    "set_aside": {
        "file": "VARCHAR", "record": "BIGINT", "column": "VARCHAR", "effect": "VARCHAR", "reason": "VARCHAR",
    },
}  # fmt: skip


def create(name: str) -> str:
    """`CREATE TABLE` statement of one snapshot table."""
    columns = ", ".join(f'"{column}" {kind}' for column, kind in SNAPSHOT[name].items())
    return f'CREATE OR REPLACE TABLE "{name}" ({columns})'
