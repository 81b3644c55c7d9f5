"""A text file as blocks of whole lines: bounded in memory, unpacked on the way, with plain words for what is damaged."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO, cast

from linkage.errors import InputError
from linkage.ingest.folder import InputFile

#: Bytes of a block; what one batch holds in memory a few times over.
BLOCK = 8 << 20
#: The longest line, and the longest quoted CSV field with its line breaks. A longer one is no record but a damaged file.
LONGEST_LINE = 32 << 20

_GZIP, _UTF8_MARK = b"\x1f\x8b", b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def blocks(file: InputFile) -> Iterator[bytes]:
    """The file's bytes without a byte order mark, cut behind line feeds into blocks of about BLOCK bytes.

    The last block need not end with a line feed. Raises InputError: the file cannot be unpacked, is cut short, is not in
    UTF-8, or has a line over 32 MiB.
    """
    with _open(file) as stream:
        rest, start = b"", True
        while True:
            data = _next(file, stream, BLOCK)
            if start:
                data, start = _without_mark(file, data), False
            if not data:
                break
            cut = data.rfind(b"\n") + 1
            if cut == 0:
                rest += data
                if len(rest) > LONGEST_LINE:
                    raise InputError(f"{file.path}: a line over {LONGEST_LINE >> 20} MiB; write one record a line")
                continue
            yield rest + data[:cut]
            rest = data[cut:]
        if rest:
            yield rest


def _open(file: InputFile) -> AbstractContextManager[BinaryIO]:
    if file.compressed:
        return cast("AbstractContextManager[BinaryIO]", gzip.open(file.location, "rb"))
    return file.location.open("rb")


def _next(file: InputFile, stream: BinaryIO, size: int) -> bytes:
    try:
        return stream.read(size)
    except EOFError:
        raise InputError(f"{file.path}: the compressed file is cut short; copy or write it again") from None
    except (gzip.BadGzipFile, zlib.error):
        raise InputError(f"{file.path}: is not a sound gzip file; write it again, or name it without .gz") from None
    except OSError as error:
        raise InputError(f"{file.path}: cannot be read ({error.strerror}); mend the file or its permissions") from None


def _without_mark(file: InputFile, data: bytes) -> bytes:
    if data.startswith(_UTF16_MARKS):
        raise InputError(f"{file.path}: is in UTF-16; save it as UTF-8")
    if data.startswith(_GZIP):
        raise InputError(f"{file.path}: is compressed with gzip; name it {file.path}.gz")
    return data.removeprefix(_UTF8_MARK)
