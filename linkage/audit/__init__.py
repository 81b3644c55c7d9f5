"""The audit log: append-only, hash-chained, with signed checkpoints of head and length.

STORE/audit/audit.key        Ed25519, mode 600, never in the database; LINKAGE_AUDIT_KEY names another place
STORE/audit/audit.pub        its public half
STORE/audit/checkpoint.json  the last checkpoint: length, head, signature

Each record is signed with the length that the log then has, so that a changed record, a removal in the middle, a cut tail
and a chain made anew are all found. See docs/audit.md.
"""

from __future__ import annotations

from linkage.audit.checkpoint import Checkpoint
from linkage.audit.log import AuditLog, Entry, Writer
from linkage.audit.verify import Verification

__all__ = ["AuditLog", "Checkpoint", "Entry", "Verification", "Writer"]
