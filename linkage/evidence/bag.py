"""A BagIt 1.0 bag (RFC 8493): digests of every file, in SHA-256 and SHA-512, in one canonical form.

Every manifest has one line a file, `HEX  PATH`, in lower case and in the order of paths, so that there is one right
content of it. Paths are of `[A-Za-z0-9._/-]`, which need no encoding.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

ALGORITHMS: Final = ("sha256", "sha512")
DECLARATION: Final = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
PAYLOAD: Final = "data"
_LINE: Final = re.compile(r"(?P<digest>[0-9a-f]+)  (?P<path>[A-Za-z0-9._/-]{1,250})")
_CHUNK: Final = 1 << 20


class Digests(NamedTuple):
    """The digests (hex) of one file, and its bytes."""

    sha256: str
    sha512: str
    size: int


def digests(file: BinaryIO, most: int | None = None) -> Digests:
    """Read a file once, at most `most` bytes and one more of it.

    The slower digest runs beside the other and the reading of what comes next: hashing holds no lock of Python's.
    """
    fast, slow = (hashlib.new(algorithm, usedforsecurity=True) for algorithm in ALGORITHMS)
    size = 0
    running: Future[None] | None = None
    try:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            if running is not None:
                running.result()
            running = _beside().submit(slow.update, chunk)
            fast.update(chunk)
            if most is not None and size > most:
                break
    finally:
        if running is not None:
            running.result()
    return Digests(fast.hexdigest(), slow.hexdigest(), size)


@cache
def _beside() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(2, thread_name_prefix="digests")


def manifest(files: Mapping[str, Digests], algorithm: str) -> bytes:
    """The content of a manifest or tag manifest."""
    return "".join(f"{getattr(files[path], algorithm)}  {path}\n" for path in sorted(files)).encode("ascii")


def read_manifest(content: bytes) -> dict[str, str]:
    """Path to digest of a manifest. Raises ValueError: it is not in canonical form."""
    lines = content.decode("ascii").split("\n")
    if lines.pop() != "":
        raise ValueError("the last line has no end")
    found: dict[str, str] = {}
    for line in lines:
        match = _LINE.fullmatch(line)
        if match is None or match["path"] in found:
            raise ValueError(line)
        found[match["path"]] = match["digest"]
    return found


def information(fields: Mapping[str, str]) -> bytes:
    """The content of bag-info.txt; line breaks in values become spaces."""
    return "".join(f"{name}: {' '.join(value.split())}\n" for name, value in fields.items()).encode("utf-8")


def of_folder(folder: Path, paths: list[str]) -> dict[str, Digests]:
    """The digests of files of a folder."""
    found = {}
    for path in paths:
        with (folder / path).open("rb") as file:
            found[path] = digests(file)
    return found


def write_tags(folder: Path, payload: Mapping[str, Digests], tags: Mapping[str, bytes]) -> bytes:
    """Make a bag of `folder`, whose payload is in data/; the content of tagmanifest-sha256.txt.

    `tags` are the tag files besides the manifests; Payload-Oxum is added to bag-info.txt.
    """
    oxum = f"Payload-Oxum: {sum(one.size for one in payload.values())}.{len(payload)}\n".encode()
    written = {"bagit.txt": DECLARATION, **tags, "bag-info.txt": tags["bag-info.txt"] + oxum}
    written |= {f"manifest-{algorithm}.txt": manifest(payload, algorithm) for algorithm in ALGORITHMS}
    for name, content in written.items():
        (folder / name).write_bytes(content)
    sums = of_folder(folder, sorted(written))
    seals = {f"tagmanifest-{algorithm}.txt": manifest(sums, algorithm) for algorithm in ALGORITHMS}
    for name, content in seals.items():
        (folder / name).write_bytes(content)
    return seals["tagmanifest-sha256.txt"]
