"""Public templates and benchmark texts: what everybody may copy links nobody, so it is taken out before fingerprinting."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

import numpy as np
import pyarrow as pa

from linkage.errors import ConfigError
from linkage.fingerprints.hashing import U64, shingles
from linkage.fingerprints.text import Words, words

#: Entries this long or longer are matched by any run of this many of their words; shorter ones only whole.
RUN = 8
_SHORTEST = 3


@dataclass(frozen=True)
class Public:
    """Sorted hashes of word runs that are public, by their length in words."""

    runs: tuple[tuple[int, U64], ...]

    def remove(self, text: Words) -> Words:
        """The words that belong to no public run."""
        if not self.runs or not len(text.hashes):
            return text
        rows = text.rows()
        covered = np.zeros(len(text.hashes) + 1, dtype=np.int32)
        found = False
        for width, known in self.runs:
            grams = shingles(text.hashes, width)
            if not len(grams):
                continue
            place = np.searchsorted(known, grams)
            place[place == len(known)] = 0
            hits = np.flatnonzero(known[place] == grams)
            hits = hits[rows[hits] == rows[hits + width - 1]]
            if len(hits):
                found = True
                np.add.at(covered, hits, 1)
                np.add.at(covered, hits + width, -1)
        if not found:
            return text
        return text.keep(np.cumsum(covered[:-1]) == 0)


def load_public(lists: list[str]) -> Public:
    """The shipped collection and further files (one text a line, UTF-8).

    Raises ConfigError: a file cannot be read.
    """
    return _load(tuple(lists))


@lru_cache(maxsize=4)
def _load(lists: tuple[str, ...]) -> Public:
    lines: list[str] = []
    for entry in sorted(resources.files("linkage.fingerprints").joinpath("public").iterdir(), key=lambda e: e.name):
        if entry.name.endswith(".txt"):
            lines += entry.read_text(encoding="utf-8").splitlines()
    for name in lists:
        try:
            lines += Path(name).read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"fingerprints.public_lists: {name}: {error}; give a readable UTF-8 text file, one text a line"
            ) from None
    return compile_public([line for line in lines if line.strip() and not line.startswith("# ")])


def compile_public(texts: list[str]) -> Public:
    """Runs to take out, from texts."""
    entries = words(pa.array(texts, type=pa.string()))
    counts = entries.counts
    runs: list[tuple[int, U64]] = []
    for width in range(_SHORTEST, RUN + 1):
        chosen = counts == width if width < RUN else counts >= width
        part = entries.keep(np.repeat(chosen, counts))
        grams = shingles(part.hashes, width)
        if len(grams):
            rows = part.rows()
            same = rows[: len(grams)] == rows[width - 1 :]
            runs.append((width, np.unique(grams[same])))
    return Public(tuple(runs))
