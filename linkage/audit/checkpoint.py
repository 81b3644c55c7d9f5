"""The last checkpoint, in a file outside the database: the length and head that a cut tail cannot match."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from linkage.errors import StoreError

_FIELDS: Final = {"length": int, "head": str, "at": str, "signature": str, "public_key": str}


@dataclass(frozen=True)
class Checkpoint:
    """How many records there were, the hash of the last, when, and the signature over both by `public_key` (hex)."""

    length: int
    head: str
    at: str
    signature: str
    public_key: str

    def content(self) -> bytes:
        """The file's bytes."""
        return json.dumps(asdict(self), indent=1).encode() + b"\n"


def read_checkpoint(path: Path) -> Checkpoint | None:
    """A checkpoint file; None where there is none. Raises StoreError: it is damaged or cannot be read."""
    try:
        values = json.loads(path.read_bytes()[:10_000])
        if not all(isinstance(values[name], kind) for name, kind in _FIELDS.items()):
            raise ValueError
        return Checkpoint(**{name: values[name] for name in _FIELDS})
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}; check the disk, or restore it from a backup") from None
    except (ValueError, TypeError, KeyError):
        raise StoreError(f"{path}: is not a checkpoint of an audit log; restore it from a backup") from None


def advance(path: Path, checkpoint: Checkpoint, head_at: Callable[[int], str | None]) -> None:
    """Put a newer checkpoint in place of the file's, if the log still holds what the file's one says.

    `head_at(length)` is the hash of that record in the log. Where it is another, records were cut or changed: the old
    checkpoint stays, and every later verification finds it out.
    """
    with _alone(path.with_suffix(".lock")):
        before = read_checkpoint(path)
        if before is not None and (before.length >= checkpoint.length or head_at(before.length) != before.head):
            return
        aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(checkpoint.content())
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
