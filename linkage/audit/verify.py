"""Is the log what was written? Every record, text, signature and checkpoint, looked at again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from linkage.audit.chain import GENESIS, Record, commitment, digest
from linkage.audit.checkpoint import Checkpoint
from linkage.audit.keys import public_hex, signature_holds


@dataclass(frozen=True)
class Text:
    """What a record commits to."""

    salt: str
    subject: str
    why: str
    detail: str


@dataclass(frozen=True)
class Verification:
    """The answer: `faults` has a line for everything that is not as it was written; none when all is well.

    `erased` counts records whose texts a later erasure took away, as the log itself says.
    """

    records: int
    head: str
    erased: int
    checkpoint: Checkpoint | None
    faults: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing was changed, removed, cut or restamped."""
        return not self.faults


def verify(
    records: Iterable[tuple[Record, Text | None]], key: Ed25519PublicKey, checkpoints: Iterable[Checkpoint]
) -> Verification:
    """Check a log, its records in order of `seq` with their texts, against the key and checkpoints kept outside of it."""
    known = list(checkpoints)
    lengths = {checkpoint.length for checkpoint in known}
    faults: list[str] = []
    heads: dict[int, str] = {}
    bare: set[int] = set()
    said_erased: set[int] = set()
    count, previous, expected = 0, GENESIS, 1
    for record, text in records:
        count += 1
        faults += _gap(expected, record.seq)
        faults += _faults_of(record, text, previous if record.seq == expected else None, key)
        if text is None:
            bare.add(record.seq)
        said_erased |= _erased(record)
        if record.seq in lengths:
            heads[record.seq] = record.hash
        previous, expected = record.hash, record.seq + 1
    faults += [f"record {seq}: what it is about was removed, and no erasure says so" for seq in sorted(bare - said_erased)]
    for checkpoint in known:
        faults += _against(checkpoint, expected - 1, heads.get(checkpoint.length), key)
    if not known and count:
        faults.append("there is no checkpoint outside the database: whether records were cut off the end cannot be told")
    return Verification(count, previous, len(bare & said_erased), known[0] if known else None, tuple(faults))


def _erased(record: Record) -> set[int]:
    """The records whose words this one took away; none where it was falsified."""
    try:
        told = json.loads(record.erased) if record.erased else []
        return {int(seq) for seq in told}
    except (ValueError, TypeError):
        return set()


def _gap(expected: int, found: int) -> Iterator[str]:
    if found != expected:
        which = f"record {expected} is" if found == expected + 1 else f"records {expected} to {found - 1} are"
        yield f"{which} missing"


def _faults_of(record: Record, text: Text | None, previous: str | None, key: Ed25519PublicKey) -> Iterator[str]:
    if digest(replace(record, hash="", signature="")) != record.hash:
        yield f"record {record.seq} was changed: its hash is another"
    if previous is not None and record.previous != previous:
        yield f"record {record.seq} does not follow the one before it"
    if not signature_holds(key, record.seq, record.hash, record.signature):
        yield f"record {record.seq} was not signed with this key: it was restamped, or written by another store"
    if text is not None and commitment(text.salt, text.subject, text.why, text.detail) != record.commitment:
        yield f"record {record.seq}: what it is about was changed"


def _against(checkpoint: Checkpoint, length: int, head: str | None, key: Ed25519PublicKey) -> Iterator[str]:
    if checkpoint.public_key != public_hex(key) or not signature_holds(
        key, checkpoint.length, checkpoint.head, checkpoint.signature
    ):
        yield f"the checkpoint of {checkpoint.at} was not signed with this key"
    elif length < checkpoint.length:
        yield f"the end was cut off: the checkpoint of {checkpoint.at} counts {checkpoint.length:,} records, {length:,} are there"
    elif head != checkpoint.head:
        yield f"record {checkpoint.length} is not the one that the checkpoint of {checkpoint.at} signed"
