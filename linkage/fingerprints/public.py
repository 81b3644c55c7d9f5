"""Public templates and benchmark texts: what everybody may copy links nobody, so it is taken out before fingerprinting."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from linkage.errors import ConfigError
from linkage.fingerprints.hashing import I64, U64, shingles, shingles_at
from linkage.fingerprints.text import Words, words

#: Entries of this many words and more are known by any run of this many of them; shorter ones only as a whole.
RUN: Final = 8
_SHORTEST: Final = 3
_PREFIX: Final = 2
#: bits of the hash of a run's first two words that `Public.begins` is looked up by
BITS: Final = 22


@dataclass(frozen=True)
class Public:
    """Sorted hashes of public runs of words by their length, and a bitmap of how runs begin."""

    runs: tuple[tuple[int, U64], ...]
    begins: NDArray[np.bool_]

    def remove(self, text: Words) -> Words:
        """The words that belong to no public run."""
        return text.drop(self.find(text))

    def find(self, text: Words) -> I64:
        """Places of the words that belong to public runs."""
        size = len(text.hashes)
        if not self.runs or size < _SHORTEST:
            return np.empty(0, np.int64)
        (prefix,) = shingles(text.hashes, _PREFIX)
        near = np.flatnonzero(self.begins[prefix >> np.uint64(64 - BITS)])
        left = text.offsets[1:][text.rows[near]] - near
        covered = np.zeros(size + 1, dtype=np.int32)
        for width, known in self.runs:
            at = near[left >= width]
            grams = shingles_at(text.hashes, at, width)
            place = np.searchsorted(known, grams)
            place[place == len(known)] = 0
            hits = at[known[place] == grams]
            covered[hits] += 1
            covered[hits + width] -= 1
        return np.flatnonzero(np.cumsum(covered[:-1]) > 0)


def load_public(lists: list[str]) -> Public:
    """The shipped collection and further files (one text a line, UTF-8; lines that begin with "# " are comments).

    Raises ConfigError: a file cannot be read.
    """
    return _load(tuple(_stamp(name) for name in lists))


#: a file's name, its time of change in nanoseconds and its size: another list under the name differs in one of them
_Stamp = tuple[str, int, int]


def _stamp(name: str) -> _Stamp:
    try:
        found = Path(name).stat()
    except OSError as error:
        raise _refusal(name, error) from None
    return name, found.st_mtime_ns, found.st_size


def _refusal(name: str, error: Exception) -> ConfigError:
    return ConfigError(f"fingerprints.public_lists: {name}: {error}; give a readable UTF-8 text file, one text a line")


@lru_cache(maxsize=2)
def _load(lists: tuple[_Stamp, ...]) -> Public:
    lines: list[str] = []
    for entry in sorted(resources.files("linkage.fingerprints").joinpath("public").iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".txt"):
            lines += entry.read_text(encoding="utf-8").splitlines()
    for name, *_ in lists:
        try:
            lines += Path(name).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise _refusal(name, error) from None
    return compile_public([line for line in lines if line.strip() and not line.startswith("# ")])


def compile_public(texts: list[str]) -> Public:
    """Runs to take out, from public texts; texts of fewer than three words say nothing and are passed over."""
    entries = words(pa.array(texts, type=pa.string()))
    runs: list[tuple[int, U64]] = []
    begins = np.zeros(1 << BITS, dtype=np.bool_)
    rows = entries.rows
    for width in range(_SHORTEST, RUN + 1):
        grams, prefix = shingles(entries.hashes, width)[0], shingles(entries.hashes, _PREFIX)[0]
        whole = entries.counts[rows[: len(grams)]]
        at = np.flatnonzero((rows[: len(grams)] == rows[width - 1 :]) & ((whole == width) | (width == RUN)))
        if len(at):
            runs.append((width, np.unique(grams[at])))
            begins[prefix[at] >> np.uint64(64 - BITS)] = True
    return Public(tuple(runs), begins)
