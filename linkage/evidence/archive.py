"""Zips: a folder into one, always the same way, and back without trusting anything that a zip says of itself.

The format is PKWARE's APPNOTE 6.3. Two programs may read one zip differently where its two directories disagree or its
parts overlap (so do zip bombs without recursion, Fifield 2019); such zips are refused, as are links and names that lead out.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from linkage.evidence.reading import MOST_BYTES, MOST_FILES, Refused

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_CHUNK: Final = 1 << 16
#: zlib's level: two thirds of the time of the usual 6, for an eighth more bytes
_LEVEL: Final = 4
#: the entry's own level, which ZipFile's does not reach: public from Python 3.13 on
_LEVEL_OF_ENTRY: Final = "compress_level" if hasattr(zipfile.ZipInfo, "compress_level") else "_compresslevel"
#: what a bundle's tables and texts shrink to at best is a thirtieth; beyond this much, unpacking is no longer free
_RATIO: Final = 100
_FREE: Final = 64 * 1024**2
_END: Final = struct.Struct("<4s4H2LH")
_ENTRY: Final = struct.Struct("<4s6H3L5H2L")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
#: extra fields that give a name or size a second time: zip64, Unicode path
_SECOND_NAMES: Final = (0x0001, 0x7075)
_ODD: Final = re.compile(r"[\x00-\x1f\x7f\\:]")


def write_zip(folder: Path, file: BinaryIO, moment: tuple[int, int, int, int, int, int]) -> None:
    """Zip a folder, its own name on top, files in the order of names, all dated `moment`.

    Raises zipfile.LargeZipFile: over 4 GB.
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=False) as zipped:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(f"{folder.name}/{path.relative_to(folder).as_posix()}", moment)
            entry.create_system, entry.external_attr = 3, (stat.S_IFREG | 0o644) << 16
            # Parquet is compressed inside
            entry.compress_type = zipfile.ZIP_STORED if path.suffix == ".parquet" else zipfile.ZIP_DEFLATED
            entry.file_size = path.stat().st_size
            setattr(entry, _LEVEL_OF_ENTRY, _LEVEL)
            with path.open("rb") as source, zipped.open(entry, "w") as target:
                while chunk := source.read(_CHUNK):
                    target.write(chunk)


@dataclass(frozen=True)
class _Entry:
    name: str
    method: int
    crc: int
    packed: int
    size: int
    start: int


class Zip:
    """A zipped bundle: the files in its one top folder."""

    def __init__(self, file: BinaryIO) -> None:
        """Reads the directory, unpacks nothing. Raises Refused: it is no zip, damaged, ambiguous or dangerous."""
        self._file = file
        entries = _directory(file)
        tops = {entry.name.partition("/")[0] for entry in entries}
        if len(tops) != 1 or any("/" not in entry.name for entry in entries):
            outside = sorted(entry.name for entry in entries if "/" not in entry.name)
            raise Refused(
                f"has more than one folder or file at its top ({', '.join([*outside, *sorted(tops)][:3])}), a bundle one"
            )
        self._entries = {entry.name.partition("/")[2]: entry for entry in entries}

    def sizes(self) -> dict[str, int]:
        """Name to bytes."""
        return {name: entry.size for name, entry in self._entries.items()}

    def open(self, name: str) -> BinaryIO:
        """One file, unpacked as it is read. Raises Refused (also while reading): its data is damaged."""
        return io.BufferedReader(_Member(self._file, self._entries[name]), _CHUNK)


class _Member(io.RawIOBase):
    """A file of a zip: never more bytes than the directory promised, and a sum that must come out."""

    def __init__(self, file: BinaryIO, entry: _Entry) -> None:
        super().__init__()
        self._file, self._entry = file, entry
        self._at, self._left, self._sum, self._given = entry.start, entry.packed, 0, 0
        self._inflate = zlib.decompressobj(-15) if entry.method == zipfile.ZIP_DEFLATED else None

    def readable(self) -> bool:
        return True

    def readinto(self, target: WriteableBuffer) -> int:
        view = memoryview(target)
        found = self._next(len(view))
        view[: len(found)] = found
        return len(found)

    def _next(self, most: int) -> bytes:
        if self._inflate is None:
            found = self._packed(most)
        else:
            found = b""
            while not found and not self._inflate.eof:
                given = self._inflate.unconsumed_tail or self._packed(_CHUNK)
                try:
                    found = self._inflate.decompress(given, most)
                except zlib.error:
                    raise self._damaged() from None
                if not given and not found:
                    break
        self._sum = zlib.crc32(found, self._sum)
        self._given += len(found)
        if self._given > self._entry.size or (not found and not self._whole()):
            raise self._damaged()
        return found

    def _whole(self) -> bool:
        ended = self._inflate is None or (self._inflate.eof and not self._inflate.unused_data)
        return ended and not self._left and self._given == self._entry.size and self._sum == self._entry.crc

    def _packed(self, most: int) -> bytes:
        self._file.seek(self._at)
        found = self._file.read(min(most, self._left))
        self._at += len(found)
        self._left -= len(found)
        return found

    def _damaged(self) -> Refused:
        return Refused(f"{self._entry.name}: the zip's data of it is damaged")


def _directory(file: BinaryIO) -> list[_Entry]:
    """The files of a zip, from both of its directories. Raises Refused."""
    end = file.seek(0, io.SEEK_END)
    begin, listing, count = _listing(file, end)
    entries: list[_Entry] = []
    places: list[tuple[int, int]] = []
    at = 0
    for _ in range(count):
        if at + _ENTRY.size > len(listing):
            raise Refused("is a damaged zip: its directory ends too early")
        fields = _ENTRY.unpack_from(listing, at)
        name_bytes = listing[at + _ENTRY.size : at + _ENTRY.size + fields[10]]
        at += _ENTRY.size + fields[10] + fields[11] + fields[12]
        extra = listing[at - fields[11] - fields[12] : at - fields[12]]
        name = _checked(name_bytes, fields, extra)
        start, finish = _local(file, name_bytes, fields, begin)
        places.append((fields[16], finish))
        if not name.endswith("/"):
            entries.append(_Entry(name, fields[4], fields[7], fields[8], fields[9], start))
    if not entries:
        raise Refused("is no zip of a bundle: it is empty")
    places.sort()
    overlap = any(finish > start for (_, finish), (start, _) in zip(places, [*places[1:], (begin, 0)], strict=True))
    if at != len(listing) or overlap or places[0][0] != 0:
        raise Refused("is an ambiguous zip: its parts overlap, or something stands before them")
    _bearable(entries, end)
    return entries


def _listing(file: BinaryIO, end: int) -> tuple[int, bytes, int]:
    """Where the central directory begins, its bytes, and how many entries it has."""
    file.seek(max(end - _END.size, 0))
    tail = file.read(_END.size)
    if len(tail) < _END.size or not tail.startswith(b"PK\5\6"):
        raise Refused("is no zip of a bundle")
    _, disk, first, here, count, size, begin, _ = _END.unpack(tail)
    if disk or first or here != count or begin + size != end - _END.size or tail[-2:] != b"\0\0":
        raise Refused("is a damaged zip: its end does not fit it")
    if count > MOST_FILES:
        raise Refused(f"holds {count:,} files, and no bundle more than {MOST_FILES:,}")
    file.seek(begin)
    return begin, file.read(size), count


def _checked(name_bytes: bytes, fields: tuple[int, ...], extra: bytes) -> str:
    """The name of an entry. Raises Refused: one that leads out of the folder, a link, something that needs a key …"""
    try:
        name = name_bytes.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("has a file whose name is no text") from None
    shown = name[:80]
    if _ODD.search(name) or len(name) > 250 or any(part in ("", ".", "..") for part in name.removesuffix("/").split("/")):
        raise Refused(f"has a name that leads out of it: {shown!r}")
    mode = fields[15] >> 16
    if stat.S_ISLNK(mode):
        raise Refused(f"{shown} is a symbolic link, which no bundle has")
    if mode and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or not stat.S_IFMT(mode)):
        raise Refused(f"{shown} is neither a file nor a folder")
    # bit 3: sizes follow the data; bit 11: names are UTF-8; bits 1 and 2 tell how hard the packer tried
    if (
        not bytes(fields[:1][0]).startswith(b"PK\1\2")
        or fields[3] & ~0x080E
        or fields[4] not in (0, 8)
        or fields[13]
        or fields[2] > 45
    ):
        raise Refused(f"{shown} is packed in a way that no bundle is")
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<2H", extra)
        if kind in _SECOND_NAMES:
            raise Refused(f"{shown} is named or measured twice")
        extra = extra[4 + size :]
    return name


def _local(file: BinaryIO, name: bytes, fields: tuple[int, ...], begin: int) -> tuple[int, int]:
    """Where an entry's data starts and ends. Raises Refused: its own header says something else than the directory."""
    file.seek(fields[16])
    header = file.read(_LOCAL.size)
    if len(header) < _LOCAL.size or not header.startswith(b"PK\3\4"):
        raise Refused("is a damaged zip: a file is not where its directory says")
    local = _LOCAL.unpack(header)
    start = fields[16] + _LOCAL.size + local[9] + local[10]
    follows = bool(fields[3] & 0x8)
    sums = local[6:9] == fields[7:10] or (follows and local[6:9] == (0, 0, 0))
    if file.read(local[9]) != name or local[1:6] != fields[2:7] or not sums or start + fields[8] > begin:
        raise Refused("is an ambiguous zip: its two directories disagree")
    return start, start + fields[8]


def _bearable(entries: list[_Entry], end: int) -> None:
    names = [entry.name for entry in entries]
    if len({name.casefold() for name in names}) != len(names):
        raise Refused("has one name twice")
    folders = {parent.as_posix() for name in names for parent in Path(name).parents}
    if folders & set(names):
        raise Refused("has one name for a file and a folder")
    size = sum(entry.size for entry in entries)
    if size > MOST_BYTES or (size > _FREE and size > _RATIO * end):
        raise Refused(f"would unpack to {size:,} bytes, which no bundle of {end:,} does")
