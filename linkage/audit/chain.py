"""The hash chain: what a record commits to, and how the next one follows it.

A record's hash covers its own fields and the hash before. What it is about, and why, goes in as a commitment (SHA-256
over a random salt and the text): without salt and text it tells nothing, so that both can be erased one day.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Final

#: What the first record follows.
GENESIS: Final = "0" * 64


@dataclass(frozen=True)
class Record:
    """A link of the chain. `seq` counts from 1; `at` is ISO 8601 in UTC; `erased` lists the records whose texts this one erased."""

    seq: int
    at: str
    actor: str
    role: str
    action: str
    outcome: str
    snapshot: str
    commitment: str
    erased: str
    previous: str
    hash: str = ""
    signature: str = ""


def digest(record: Record) -> str:
    """SHA-256 (hex) over the canonical JSON of all fields but hash and signature."""
    return _sha256(
        {
            "version": 1, "seq": record.seq, "at": record.at, "actor": record.actor,
            "role": record.role, "action": record.action, "outcome": record.outcome, "snapshot": record.snapshot,
            "commitment": record.commitment, "erased": record.erased, "previous": record.previous,
        }
    )  # fmt: skip


def commitment(salt: str, subject: str, why: str, detail: str) -> str:
    """SHA-256 (hex) over the salt and the text it hides."""
    return _sha256({"salt": salt, "subject": subject, "why": why, "detail": detail})


def _sha256(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
