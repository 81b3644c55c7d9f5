"""A bundle to check, a zip or a folder, seen as files by name; what is dangerous in it is refused before it is read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Protocol

#: A bundle of 20,000 accounts has some hundred files at most and unpacks to some hundred megabytes.
MOST_FILES: Final = 2_000
MOST_BYTES: Final = 4 * 1024**3
_DEEPEST: Final = 8


class Refused(Exception):
    """A bundle that is not read any further; says why in a few words."""


class Files(Protocol):
    """The regular files of a bundle, relative to its top folder."""

    def sizes(self) -> dict[str, int]:
        """Name to bytes."""

    def open(self, name: str) -> BinaryIO:
        """One of them. Raises Refused."""


class Folder:
    """An unzipped bundle. No link is followed, nothing but regular files is opened."""

    def __init__(self, root: Path) -> None:
        """Lists the folder. Raises Refused: a link, a device, or too much of it; OSError."""
        self._root = root
        self._sizes = dict(_walk(root, ""))
        if sum(self._sizes.values()) > MOST_BYTES:
            raise Refused(f"holds more than {MOST_BYTES:,} bytes, which no bundle does")

    def sizes(self) -> dict[str, int]:
        """Name to bytes."""
        return self._sizes

    def open(self, name: str) -> BinaryIO:
        """One file. Raises Refused: it has become something else; OSError."""
        descriptor = os.open(self._root / name, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise Refused(f"{name} is no regular file")
        return os.fdopen(descriptor, "rb")


def _walk(folder: Path, lead: str, count: list[int] | None = None) -> Iterator[tuple[str, int]]:
    count = count if count is not None else [0]
    with os.scandir(folder) as entries:
        for entry in entries:
            name = lead + entry.name
            count[0] += 1
            if count[0] > MOST_FILES:
                raise Refused(f"holds more than {MOST_FILES:,} files, which no bundle does")
            if entry.is_symlink():
                raise Refused(f"{name} is a symbolic link, which no bundle has")
            if entry.is_dir(follow_symlinks=False):
                if name.count("/") >= _DEEPEST:
                    raise Refused(f"{name} lies deeper than anything in a bundle")
                yield from _walk(folder / entry.name, f"{name}/", count)
            elif entry.is_file(follow_symlinks=False):
                yield name, entry.stat(follow_symlinks=False).st_size
            else:
                raise Refused(f"{name} is neither a file nor a folder")


@contextmanager
def opened(path: Path) -> Iterator[Files]:
    """A bundle's files. Raises Refused: it is neither a bundle's zip nor a folder, or is dangerous; OSError."""
    from linkage.evidence.archive import Zip

    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        raise Refused("is a symbolic link; name the bundle itself")
    if stat.S_ISDIR(mode):
        yield Folder(path)
    elif stat.S_ISREG(mode):
        with path.open("rb") as file:
            yield Zip(file)
    else:
        raise Refused("is neither a zip nor a folder")
