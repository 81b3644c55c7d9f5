"""Files that survive a power cut, and the one line said when the disk refuses."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from linkage.errors import StoreError

FOLDER_MODE = 0o700
FILE_MODE = 0o600
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextmanager
def refusals(where: Path) -> Iterator[None]:
    """Turn an operating system's refusal inside the block into a StoreError that names `where`."""
    try:
        yield
    except OSError as error:
        raise refusal(error, where) from None


def refusal(error: OSError, where: Path) -> StoreError:
    """The one line for an operating system's refusal at `where`."""
    reason = error.strerror or str(error) or type(error).__name__
    if error.errno in _FULL:
        return StoreError(f"{where}: the disk is full ({reason}); free space or move the store, then run it again")
    if error.errno in _REFUSED:
        return StoreError(
            f"{where}: may not be read or written ({reason}); give this user the right to, or choose another store"
        )
    if error.errno == errno.EXDEV:
        return StoreError(f"{where}: the folders of a store must be on one file system; put them back on one")
    return StoreError(f"{where}: {reason}; check the disk and the path, then run it again")


def make_folder(path: Path) -> None:
    """Make one folder of mode 700; one that is there already stays as it is."""
    try:
        path.mkdir(mode=FOLDER_MODE)
    except FileExistsError:
        return
    path.chmod(FOLDER_MODE)  # mkdir's mode passes through the umask


def create(path: Path) -> BinaryIO:
    """Open a new file of mode 600 for writing; FileExistsError when it is there."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
    os.fchmod(descriptor, FILE_MODE)
    return os.fdopen(descriptor, "wb")


def settle(path: Path) -> None:
    """fsync a file or a folder."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(path: Path, content: bytes) -> None:
    """Write a new file of mode 600 and fsync it."""
    with create(path) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def replace_whole(path: Path, content: bytes, *, aside: Path) -> None:
    """Replace a file at once: a reader sees the old content or the new, never a part; `aside` is on the same disk."""
    aside.unlink(missing_ok=True)
    write_whole(aside, content)
    aside.replace(path)
    settle(path.parent)


def sha256(path: Path) -> str:
    """SHA-256 (hex) of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove(path: Path) -> None:
    """Remove a file or a whole folder, without following links; one that is gone is fine."""
    try:
        if path.is_symlink() or not path.is_dir():
            path.unlink()
        else:
            shutil.rmtree(path)
    except FileNotFoundError:
        return
