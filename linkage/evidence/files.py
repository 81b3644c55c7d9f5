"""Files that are written whole or not at all, and the one line said when the system refuses."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from linkage.errors import Unavailable

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def refusals(where: Path) -> Iterator[None]:
    """Turn an operating system's refusal inside the block into one line that names `where`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        mend = "free some space" if error.errno in _FULL else "name another place, or mend that"
        raise Unavailable(f"{where}: {reason}; {mend}, and run it again") from None


@contextmanager
def fresh(path: Path, mode: int = 0o600) -> Iterator[BinaryIO]:
    """A new file that appears under its name once the block has ended well. Raises FileExistsError where there is one."""
    aside = path.with_name(f".{secrets.token_hex(8)}.part")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            yield file
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(aside)
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links: no other writer is kept out, but nothing is replaced
            if path.exists():
                raise FileExistsError(str(path)) from None
            aside.rename(path)
    finally:
        with suppress(FileNotFoundError):
            aside.unlink()
