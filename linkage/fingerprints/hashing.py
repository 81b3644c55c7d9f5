"""Stable 64-bit hashes over flat arrays: fixed integer arithmetic, the same on every machine and in every release.

Nothing here depends on a library's own hash: a fingerprint made today must meet one made in a year. The finaliser
is SplitMix64's (Steele, Lea and Flood, OOPSLA 2014); sequences are hashed by Rabin-Karp polynomials modulo 2**64
over already mixed words (Karp and Rabin, 1987).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

#: Odd multipliers; changing any of them changes every fingerprint.
MIX1 = np.uint64(0xBF58476D1CE4E5B9)
MIX2 = np.uint64(0x94D049BB133111EB)
BASE = 0x9E3779B97F4A7C15
SPREAD = np.uint64(0xD6E8FEB86659FD93)
LOW_BYTES = np.array([(1 << 8 * count) - 1 for count in range(9)], dtype=np.uint64)
WORD_BYTES = 32
#: bytes that must follow a buffer of words
PADDING = 64


def mix(values: U64) -> U64:
    """SplitMix64's finaliser: a bijection of 64-bit values in which every output bit depends on every input bit."""
    out = values ^ (values >> np.uint64(30))
    out *= MIX1
    out ^= out >> np.uint64(27)
    out *= MIX2
    out ^= out >> np.uint64(31)
    return out


def argsort(values: U64 | I64) -> I64:
    """The stable order of numbers that are not negative.

    Numbers that leave room for their places beside them are sorted with them, which takes a fifth of numpy's own argsort;
    so are longer ones by their upper bits, where that is order enough.
    """
    wide = np.uint64(max(len(values) - 1, 0).bit_length())
    keys = values.astype(np.uint64)
    fits = not len(keys) or int(keys.max()).bit_length() + int(wide) <= 64
    keys = keys << wide if fits else (keys >> wide) << wide
    keys |= np.arange(len(keys), dtype=np.uint64)
    keys.sort()
    keys &= (np.uint64(1) << wide) - np.uint64(1)
    order = keys.astype(np.int64)
    if not fits:
        ordered = values[order]
        if (ordered[1:] < ordered[:-1]).any():
            return np.argsort(values, kind="stable")
    return order


def hash_words(text: NDArray[np.uint8], starts: I64, lengths: I64) -> U64:
    """One hash per word of a byte buffer: of its first 32 bytes and its length.

    `text` ends with PADDING bytes that belong to no word. Words are read eight bytes at a time, which costs a quarter
    of what a polynomial over every byte did.
    """
    windows = np.ndarray((len(text) - 8,), dtype="<u8", buffer=text, strides=(1,))
    out: U64 = lengths.astype(np.uint64) * SPREAD
    out ^= windows[starts] & LOW_BYTES[np.minimum(lengths, 8)]
    out = mix(out)
    for begin in range(8, WORD_BYTES, 8):
        longer = np.flatnonzero(lengths > begin)
        if not len(longer):
            break
        chunk = windows[starts[longer] + begin] & LOW_BYTES[np.minimum(lengths[longer] - begin, 8)]
        out[longer] = mix((out[longer] * SPREAD) ^ chunk)
    return out


def shingles(words: U64, *widths: int) -> list[U64]:
    """Hashes of every run of each of `widths` words (ascending): arrays of len(words) - width + 1, or empty.

    Sums of spread words are spread enough to be compared and sampled; `mix` them before they are stored.
    """
    base = np.uint64(BASE)
    running = words
    out: list[U64] = []
    for width in range(1, widths[-1] + 1):
        size = max(len(words) - width + 1, 0)
        if width > 1:
            running = running[:size] * base
            running += words[width - 1 : width - 1 + size]
        if width in widths:
            out.append(running[:size])
    return out


def shingles_at(words: U64, at: I64, width: int) -> U64:
    """Hashes of the runs of `width` words that begin at places `at`."""
    running = words[at]
    for step in range(1, width):
        running = running * np.uint64(BASE) + words[at + step]
    return running


def hash_runs(values: U64, offsets: I64, place: I64) -> U64:
    """Hash of the values between each of `offsets` and the next; 0 for an empty run. `place` counts from each offset."""
    out = np.zeros(len(offsets) - 1, dtype=np.uint64)
    if len(values):
        powers = np.full(int(place.max()) + 1, BASE, dtype=np.uint64)
        powers[0] = 1
        terms = values * np.multiply.accumulate(powers)[place]
        lengths = np.diff(offsets)
        some = lengths > 0
        sums: U64 = np.add.reduceat(terms, offsets[:-1][some])
        out[some] = mix(sums ^ lengths[some].astype(np.uint64))
    return out


def places(offsets: I64) -> I64:
    """0, 1, 2 ... from each of `offsets` to the next."""
    return np.arange(int(offsets[-1]), dtype=np.int64) - np.repeat(offsets[:-1], np.diff(offsets))


def hash_rows(table: U64, salt: int) -> U64:
    """One hash per row of a two-dimensional table."""
    out = np.full(len(table), salt + 1, dtype=np.uint64)
    for column in range(table.shape[1]):
        out = mix(out ^ table[:, column]) + np.uint64(column)
    return mix(out)
