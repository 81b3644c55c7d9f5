"""What an input folder holds: every table file in the contract, named, measured and hashed, before any is read."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from linkage.errors import InputError
from linkage.ingest.quoting import escaped, shown
from linkage.tables import EVIDENCE, INPUT

#: File name endings, and the format and compression each stands for.
ENDINGS = {
    ".parquet": ("parquet", False),
    ".csv": ("csv", False),
    ".csv.gz": ("csv", True),
    ".jsonl": ("jsonl", False),
    ".jsonl.gz": ("jsonl", True),
}
_ENDINGS_SHOWN = ".parquet, .csv, .csv.gz, .jsonl or .jsonl.gz"
_BLOCK = 1 << 20


@dataclass(frozen=True)
class InputFile:
    """One file of one table.

    `path` is relative to the input folder, with forward slashes; `size` is in bytes, `sha256` in hex; `ordinal` is the
    file's place in the order of file names over the whole folder (0 = first).
    """

    table: str
    path: str
    location: Path
    format: str
    compressed: bool
    size: int
    sha256: str
    ordinal: int


class Inputs(list[InputFile]):
    """The files of a folder in the order of their names, with what the operator should hear about the rest."""

    def __init__(self, files: list[InputFile], notices: tuple[str, ...]) -> None:
        super().__init__(files)
        self.notices = notices


def discover(folder: Path) -> Inputs:
    """List and hash every table file in `folder`; nothing is parsed yet.

    Raises InputError: the folder is missing or not a folder, a table is given twice, a table folder holds a file that is
    no table, a link leads out of the folder, a file cannot be read, or there is no table of evidence.
    """
    try:
        root = folder.resolve(strict=True)
        entries = sorted(path.name for path in root.iterdir())
    except (FileNotFoundError, RuntimeError):
        raise InputError(f"{folder}: no such folder; name the folder that holds the log tables") from None
    except NotADirectoryError:
        raise InputError(f"{folder}: is not a folder; name the folder that holds the log tables") from None
    except OSError as error:
        raise InputError(f"{folder}: cannot be read ({error.strerror}); mend its permissions") from None

    given: dict[str, str] = {}
    found: list[tuple[str, str, Path]] = []
    ignored: list[str] = []
    notices: list[str] = []
    for name in entries:
        path = root / name
        table = name if name in INPUT and path.is_dir() else _split(name)[0]
        if table not in INPUT or (table == name and not path.is_dir()):
            ignored.append(name)
            continue
        if table in given:
            raise InputError(
                f"{folder}: table {table} is given twice, as {shown(given[table])} and as {shown(name)}; keep one of them"
            )
        given[table] = name
        if table != name:
            found.append((table, name, _regular(root, path, name)))
            continue
        parts = list(_parts(root, path, name, notices))
        if not parts:
            notices.append(f"{name}/: holds no files, so table {name} is empty")
        found.extend((table, relative, location) for relative, location in parts)
    if ignored:
        listed = ", ".join(shown(name) for name in ignored[:10]) + (", ..." if len(ignored) > 10 else "")
        notices.append(f"{len(ignored)} other entries ignored, as they are no input tables: {listed}")
    if not any(table in EVIDENCE for table, _, _ in found):
        seen = f" (found {', '.join(sorted(given))})" if given else ""
        raise InputError(
            f"{folder}: no table of evidence{seen}; "
            f"add at least one of payments, requests, sightings as {_ENDINGS_SHOWN}, or as a folder of such files"
        )
    found.sort(key=lambda item: item[1])
    files = [_describe(ordinal, *item) for ordinal, item in enumerate(found)]
    return Inputs(files, (*notices, *_copies(files)))


def _split(name: str) -> tuple[str, str]:
    """A file name's stem and its table ending ('' when it has none)."""
    for ending in ENDINGS:
        if name.endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)], ending
    return name, ""


def _parts(root: Path, top: Path, table: str, notices: list[str]) -> Iterator[tuple[str, Path]]:
    """The partition files under one table's folder, sub-folders too; hidden and `_`-files of writers are skipped."""
    stems: dict[str, str] = {}
    pending, seen = [(table, top)], set()
    while pending:
        folder_name, folder = pending.pop()
        real = _inside(root, folder, folder_name)
        if real in seen:
            raise InputError(f"{folder_name}: links back to a folder already read; remove the link")
        seen.add(real)
        try:
            entries = sorted(path.name for path in real.iterdir())
        except OSError as error:
            raise InputError(f"{folder_name}: cannot be read ({error.strerror}); mend its permissions") from None
        for name in entries:
            relative, path = f"{folder_name}/{name}", folder / name
            if name.startswith((".", "_")):
                notices.append(f"{shown(relative)}: ignored, as its name begins with {name[0]!r}")
            elif path.is_dir():
                pending.append((relative, path))
            else:
                stem, ending = _split(relative)
                if not ending:
                    raise InputError(f"{shown(relative)}: not a table; move it away or name it {_ENDINGS_SHOWN}")
                if stem in stems:
                    raise InputError(f"{shown(stem)} is given twice, as {stems[stem]} and as {ending}; keep one of them")
                stems[stem] = ending
                yield relative, _regular(root, path, relative)


def _inside(root: Path, path: Path, name: str) -> Path:
    """The real place of `path`, refused when a link leads out of the input folder."""
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError):
        raise InputError(f"{shown(name)}: a link that leads nowhere; remove it or mend it") from None
    if not real.is_relative_to(root):
        raise InputError(f"{shown(name)}: a link that leaves the input folder; copy the file in instead")
    return real


def _regular(root: Path, path: Path, name: str) -> Path:
    """The real place of a regular file; a pipe or device would block or never end."""
    if escaped(name) != name:
        raise InputError(f"{shown(name)}: a file name with control characters or not in UTF-8; rename the file")
    real = _inside(root, path, name)
    if not stat.S_ISREG(real.stat().st_mode):
        raise InputError(f"{shown(name)}: is not a regular file; remove it or put the table itself there")
    return real


def _describe(ordinal: int, table: str, path: str, location: Path) -> InputFile:
    ending = _split(PurePosixPath(path).name)[1]
    kind, compressed = ENDINGS[ending]
    digest, size = hashlib.sha256(), 0
    try:
        with location.open("rb") as stream:
            while block := stream.read(_BLOCK):
                digest.update(block)
                size += len(block)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); mend the file or its permissions") from None
    return InputFile(table, path, location, kind, compressed, size, digest.hexdigest(), ordinal)


def _copies(files: list[InputFile]) -> Iterator[str]:
    """One line for each file whose bytes another file of its table holds too: a likely slip that doubles every count."""
    first: dict[tuple[str, str], str] = {}
    for file in files:
        other = first.setdefault((file.table, file.sha256), file.path)
        if other != file.path and file.size:
            yield f"{file.path}: the same bytes as {other}; both are counted"
