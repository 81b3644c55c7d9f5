"""Locks that die with their process: one builder a store, and readers that keep what they read.

All are flocks: the kernel drops them with the process, however it ends, so nothing is left behind to clean up.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from linkage.errors import LockHeld
from linkage.store.files import FILE_MODE, refusals

#: Descriptors that hold a builder's lock. A forked child shares the lock, and would hold it on after its parent died.
_held: set[int] = set()


def _let_go_in_child() -> None:
    for descriptor in _held:
        os.close(descriptor)
    _held.clear()


os.register_at_fork(after_in_child=_let_go_in_child)


@contextmanager
def building(path: Path) -> Iterator[None]:
    """Hold the builder's lock on the file `path` for the block.

    Raises LockHeld: another process, or another thread of this one, holds it; StoreError: the file cannot be used.
    """
    with refusals(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, FILE_MODE)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _held.add(descriptor)
            _name_holder(descriptor)
        except BlockingIOError:
            message = _held_by(descriptor, path)
            os.close(descriptor)
            raise LockHeld(message) from None
        except BaseException:
            _held.discard(descriptor)
            os.close(descriptor)
            raise
    try:
        yield
    finally:
        if descriptor in _held:  # not so in a forked child: it has let go already, and the lock is its parent's
            _held.discard(descriptor)
            os.close(descriptor)


def _name_holder(descriptor: int) -> None:
    since = datetime.now(UTC).isoformat(timespec="seconds")
    content = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "since": since}).encode()
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, content, 0)


def _held_by(descriptor: int, path: Path) -> str:
    who = "another process"
    try:
        holder = json.loads(os.pread(descriptor, 1000, 0))
        who = f"process {int(holder['pid'])} on {str(holder['host'])[:100]!r}, since {str(holder['since'])[:40]}"
    except (ValueError, TypeError, KeyError):
        pass  # the holder is between taking the lock and writing its name
    return f"{path.parent}: a rebuild is under way ({who}); wait for it to end, or stop that process, then run it again"


def share(path: Path) -> int | None:
    """Open a file and hold it as a reader until the descriptor is closed; None when it is gone or being removed.

    Raises OSError: the file cannot be opened for another reason.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        # between open and flock it may have been moved away to be removed
        if os.path.samestat(os.fstat(descriptor), path.stat()):
            return descriptor
    except (BlockingIOError, FileNotFoundError, NotADirectoryError):
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


@contextmanager
def shared(path: Path) -> Iterator[bool]:
    """Hold a file as a reader for the block; false when it is gone or being removed. Raises OSError as share() does."""
    descriptor = share(path)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            os.close(descriptor)


@contextmanager
def unread(path: Path) -> Iterator[bool]:
    """Whether no reader holds the file; true keeps readers out for the block. Raises OSError: it cannot be opened."""
    # opened for writing, because NFS gives an exclusive lock to no other descriptor
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(descriptor)
