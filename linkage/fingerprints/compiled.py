"""The loops over words as machine code, where numba is installed: the same numbers as numpy's way, at a sixth of its time.

`linkage.fingerprints.text`, `public` and `sketch` say what is computed, in numpy, and stay the reference that tests hold
this to; numpy goes over a batch some sixty times, this goes over it thrice. numba keeps the code it made beside this
file, or in the user's cache where that may not be written, so that it is made once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import numpy as np
import pyarrow as pa

from linkage.fingerprints.hashing import BASE, I64, LOW_BYTES, MIX1, MIX2, SPREAD, U64, WORD_BYTES
from linkage.fingerprints.sketch import (
    ANCHORED,
    BAND,
    BANDS,
    FEWEST_WORDS,
    MIDDLE,
    PIECE,
    SHINGLE,
    TEXT,
    WIDTH,
    ZONE,
    ZONE_RATE,
)
from linkage.fingerprints.text import LONGEST_WORD, MASK, Bytes, Flags, lowered

try:
    import numba

    _THERE = True
except ImportError:  # the extra "fast" is not installed: numpy does it
    _THERE = False

F = TypeVar("F", bound=Callable[..., Any])

#: Whether it can be used here.
AVAILABLE: Final = _THERE

_U = np.uint64
_BASE = np.uint64(BASE)
_ZONE_LIMIT = np.uint64(2**64 // ZONE_RATE)
_DEPTH: Final = ZONE - WIDTH
_ALPHABET = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", dtype=np.uint8)


def _classes() -> Bytes:
    """Of every byte: 1 for a letter (and all beyond ASCII), 2 for a digit, 0 otherwise."""
    what = np.zeros(256, np.uint8)
    what[128:] = 1
    for low, high in (("a", "z"), ("A", "Z"), ("_", "_")):
        what[ord(low) : ord(high) + 1] = 1
    what[ord("0") : ord("9") + 1] = 2
    return what


_WHAT = _classes()


def _machine(function: F) -> F:
    return cast("F", numba.njit(cache=True, nogil=True)(function)) if AVAILABLE else function


@_machine
def _mix(value: Any) -> Any:
    value ^= value >> _U(30)
    value *= MIX1
    value ^= value >> _U(27)
    value *= MIX2
    return value ^ (value >> _U(31))


@_machine
def _hash(windows: Any, begin: Any, length: Any) -> Any:
    out = (_U(length) * SPREAD) ^ (windows[begin] & LOW_BYTES[min(length, 8)])
    out = _mix(out)
    for at in range(8, min(length, WORD_BYTES), 8):
        out = _mix((out * SPREAD) ^ (windows[begin + at] & LOW_BYTES[min(length - at, 8)]))
    return out


@_machine
def _words(raw: Any, windows: Any, ends: Any, hashes: Any, offsets: Any) -> None:
    """`windows` are the eight bytes from each on, in lower case."""
    count = 0
    for text in range(len(ends) - 1):
        offsets[text] = count
        at, stop = ends[text], ends[text + 1]
        before = False
        while at < stop:
            if _WHAT[raw[at]] == 0:
                at += 1
                continue
            begin = at
            digit = False
            while at < stop and _WHAT[raw[at]] != 0:
                digit |= _WHAT[raw[at]] == 2
                at += 1
            length = at - begin
            masked = digit or (length == 1 and at < stop and raw[at] == 41) or (length > LONGEST_WORD and raw[begin] < 128)
            if masked and before:
                continue
            hashes[count] = MASK if masked else _hash(windows, begin, length)
            count += 1
            before = masked
    offsets[len(ends) - 1] = count


@_machine
def _remove(hashes: Any, offsets: Any, begins: Any, shift: Any, widths: Any, known: Any, bounds: Any) -> None:
    """Public runs go; what is left moves up, and `offsets` with it."""
    kept, first = 0, 0
    for text in range(len(offsets) - 1):
        stop = offsets[text + 1]
        covered = first
        offsets[text] = kept
        for at in range(first, stop):
            if at + 1 < stop and begins[(hashes[at] * _BASE + hashes[at + 1]) >> shift]:
                gram, size = hashes[at], 1
                for number in range(len(widths)):
                    if at + widths[number] > stop:
                        break
                    while size < widths[number]:
                        gram = gram * _BASE + hashes[at + size]
                        size += 1
                    low, high = bounds[number], bounds[number + 1]
                    while low < high:
                        middle = (low + high) >> 1
                        if known[middle] < gram:
                            low = middle + 1
                        else:
                            high = middle
                    if low < bounds[number + 1] and known[low] == gram:
                        covered = max(covered, at + widths[number])
            if at >= covered:
                hashes[kept] = hashes[at]
                kept += 1
        first = stop
    offsets[len(offsets) - 1] = kept


@_machine
def _piece(value: Any, kind: Any) -> Any:
    return ((value >> _U(4)) & ~_U(3)) | _U(kind)


@_machine
def _enough(hashes: Any, offsets: Any, enough: Any) -> None:
    for text in range(len(offsets) - 1):
        real = 0
        for at in range(offsets[text], offsets[text + 1]):
            real += hashes[at] != MASK
        enough[text] = real >= FEWEST_WORDS


@_machine
def _spell(value: Any, out: Any, at: Any) -> None:
    for place in range(PIECE):
        out[at + place] = _ALPHABET[(value >> _U(54 - 6 * place)) & _U(63)]


@_machine
def _sketch(hashes: Any, offsets: Any, enough: Any, bands: Any, banded: Any, whole: Any, out: Any, ends: Any) -> None:
    """Each text's pieces in letters to `out`, and where they end; the piece of all of it to `whole`."""
    longest = 1
    for text in range(len(offsets) - 1):
        longest = max(longest, offsets[text + 1] - offsets[text])
    size = 16
    while size < 2 * longest:
        size *= 2
    seen, stamp = np.zeros(size, np.uint64), np.full(size, -1, np.int64)
    at, band = 0, 0
    for text in range(len(offsets) - 1):
        ends[text] = at
        if not enough[text]:
            continue
        first, count = offsets[text], offsets[text + 1] - offsets[text]
        total, power = _U(0), _U(1)
        for place in range(count):
            total += hashes[first + place] * power
            power *= _BASE
        whole[text] = _piece(_mix(total ^ _U(count)), TEXT)
        _spell(whole[text], out, at)
        at += PIECE
        if banded[text]:
            for number in range(BANDS):
                _spell(_piece(bands[band, number], BAND), out, at)
                at += PIECE
            band += 1
        between = max(count - WIDTH + 1 - 2 * (_DEPTH + 1), MIDDLE)
        bits = 0
        while (1 << bits) < between:
            bits += 1
        middle = _U(1) << _U(63 - (bits - 1))
        for place in range(count - WIDTH + 1):
            back = count - WIDTH - place
            gram, masks = _U(0), 0
            for step in range(WIDTH):
                word = hashes[first + place + step]
                masks += word == MASK
                gram = gram * _BASE + word
            if masks > WIDTH // 3:
                continue
            limit = _ZONE_LIMIT if place <= _DEPTH or back <= _DEPTH else middle
            anchored = (place <= ANCHORED and place % 2 == 0) or (back <= ANCHORED and back % 2 == 0)
            if not (anchored or gram < limit):
                continue
            value = _piece(_mix(gram), SHINGLE)
            slot = np.int64((value >> _U(2)) & _U(size - 1))
            while stamp[slot] == text and seen[slot] != value:
                slot = (slot + 1) & (size - 1)
            if stamp[slot] == text:
                continue
            seen[slot], stamp[slot] = value, text
            _spell(value, out, at)
            at += PIECE
    ends[len(offsets) - 1] = at


@_machine
def _spans(raw: Any, ends: Any, rows: Any) -> None:
    for text in range(len(ends) - 1):
        start, stop = ends[text], ends[text + 1]
        for at in range(start, stop):
            byte = raw[at]
            if byte > 96 or byte == 32:
                continue
            if (
                byte == 34  # "
                or byte == 96  # `
                or byte == 64  # @
                or (byte == 58 and at + 1 < stop and raw[at + 1] == 47)  # :/
                or (byte == 46 and at > start and raw[at - 1] | 32 == 119)  # w.
                or (byte == 39 and (at == start or _WHAT[raw[at - 1]] == 0))  # '
            ):
                rows[text] = True
                break


def spans(raw: Bytes, ends: I64) -> Flags:
    """Texts that may hold a quoted string, code or an address."""
    rows = np.zeros(len(ends) - 1, np.bool_)
    _spans(raw, ends, rows)
    return rows


def words_of(raw: Bytes, ends: I64) -> tuple[U64, I64]:
    """Hashes of the words of each text of a flat buffer, and where each text's begin: see `text.words`."""
    hashes, offsets = np.empty(len(raw) // 2 + len(ends), np.uint64), np.empty(len(ends), np.int64)
    lower = lowered(raw)
    windows = np.ndarray((len(lower) - 8,), dtype=np.uint64, buffer=lower, strides=(1,))
    _words(raw, windows, ends, hashes, offsets)
    return hashes[: offsets[-1]], offsets


def without_public(
    hashes: U64, offsets: I64, *, begins: Flags, bits: int, runs: tuple[tuple[int, U64], ...]
) -> tuple[U64, I64]:
    """Words that belong to no public run, in place: see `public.Public.find`."""
    widths = np.array([width for width, _ in runs], np.int64)
    bounds = np.cumsum([0, *(len(known) for _, known in runs)])
    if runs:
        known = np.concatenate([values for _, values in runs])
        _remove(hashes, offsets, begins, np.uint64(64 - bits), widths, known, bounds)
    return hashes[: offsets[-1]], offsets


def enough_words(hashes: U64, offsets: I64) -> Flags:
    """Which texts have words enough for a sketch."""
    enough = np.zeros(len(offsets) - 1, np.bool_)
    _enough(hashes, offsets, enough)
    return enough


def sketches(hashes: U64, offsets: I64, *, enough: Flags, bands: U64, banded: Flags) -> tuple[U64, Any]:
    """The piece of each whole text (0 for none), and packed sketches: see `sketch.sketch` and `sketch.pack`.

    `bands` has a row of BANDS hashes for each text that is `banded`.
    """
    texts = len(offsets) - 1
    whole, ends = np.zeros(texts, np.uint64), np.zeros(texts + 1, np.int32)
    out = np.empty(PIECE * (len(hashes) + (1 + BANDS) * texts), np.uint8)
    _sketch(hashes, offsets, enough, bands, banded, whole, out, ends)
    valid = pa.array(enough).buffers()[1]
    letters = pa.py_buffer(out[: ends[-1]].copy())
    return whole, pa.StringArray.from_buffers(texts, pa.py_buffer(ends), letters, valid)
