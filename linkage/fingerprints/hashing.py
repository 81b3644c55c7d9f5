"""Stable 64-bit hashes over flat arrays: fixed integer arithmetic, the same on every machine and in every release.

Nothing here depends on a library's own hash: a fingerprint made today must meet one made in a year. The finaliser
is SplitMix64's (Steele, Lea and Flood, OOPSLA 2014); sequences are hashed by Rabin-Karp polynomials modulo 2**64
over already mixed words (Karp and Rabin, 1987).
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

#: Odd multipliers; changing any of them changes every fingerprint.
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)
BASE = 0x9E3779B97F4A7C15
_SPREAD = np.uint64(0xD6E8FEB86659FD93)
_WORD_BYTES = 32


def mix(values: U64) -> U64:
    """SplitMix64's finaliser: a bijection of 64-bit values in which every output bit depends on every input bit."""
    out = values ^ (values >> np.uint64(30))
    out *= _MIX1
    out ^= out >> np.uint64(27)
    out *= _MIX2
    out ^= out >> np.uint64(31)
    return out


def hash_words(text: NDArray[np.uint8], starts: I64, lengths: I64) -> U64:
    """One hash per word of a byte buffer: its first 32 bytes and its length.

    `text` must be followed by at least 32 bytes of padding that belong to no word. Words are read eight bytes at a
    time, which costs a quarter of what per-byte polynomials did.
    """
    windows = np.ndarray((len(text) - 8,), dtype="<u8", buffer=text, strides=(1,))
    out: U64 = lengths.astype(np.uint64) * _SPREAD
    for begin in range(0, _WORD_BYTES, 8):
        left = lengths - begin
        where = None if begin == 0 else np.flatnonzero(left > 0)
        if where is not None and not len(where):
            break
        chunk = windows[starts] if where is None else windows[starts[where] + begin]
        bits = np.minimum(left if where is None else left[where], 8).astype(np.uint64) << np.uint64(3)
        chunk = chunk & (np.uint64(0xFFFFFFFFFFFFFFFF) >> (np.uint64(64) - bits))
        if where is None:
            out = mix(out ^ chunk)
        else:
            out[where] = mix((out[where] * _SPREAD) ^ chunk)
    return out


def shingles(words: U64, width: int) -> U64:
    """Hash of every run of `width` words; length len(words) - width + 1 (empty when there are fewer words)."""
    size = len(words) - width + 1
    if size <= 0:
        return np.empty(0, dtype=np.uint64)
    out = words[:size].copy()
    base = np.uint64(BASE)
    for step in range(1, width):
        out *= base
        out += words[step : step + size]
    return mix(out)


def hash_runs(words: U64, begins: I64, ends: I64) -> U64:
    """Hash of the words from each of `begins` up to its `ends`; 0 for an empty run."""
    lengths = ends - begins
    total = int(lengths.sum())
    out = np.zeros(len(begins), dtype=np.uint64)
    if not total:
        return out
    firsts = np.cumsum(lengths) - lengths
    place = np.arange(total, dtype=np.int64) - np.repeat(firsts, lengths)
    terms = words[np.repeat(begins, lengths) + place] * _powers(int(lengths.max()))[place]
    some = lengths > 0
    out[some] = mix(np.add.reduceat(terms, firsts[some]) ^ lengths[some].astype(np.uint64))
    return out


def _powers(count: int) -> U64:
    out = np.full(count, BASE, dtype=np.uint64)
    out[0] = 1
    return np.multiply.accumulate(out)


def hash_bytes(values: pa.Array) -> U64:
    """A hash of each whole string of an Arrow array, of any length (for account ids)."""
    texts = pc.cast(values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values, pa.large_string())
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    data = texts.buffers()[2]
    raw = np.frombuffer(data, dtype=np.uint8)[offsets[0] : offsets[-1]] if data is not None else np.empty(0, np.uint8)
    begins, ends = offsets[:-1] - offsets[0], offsets[1:] - offsets[0]
    return hash_runs(mix(raw.astype(np.uint64) + np.uint64(1)), begins, ends)


def hash_rows(table: U64, salt: int) -> U64:
    """One hash per row of a two-dimensional table."""
    out = np.full(len(table), salt + 1, dtype=np.uint64)
    for column in range(table.shape[1]):
        out = mix(out ^ table[:, column]) + np.uint64(column)
    return mix(out)
