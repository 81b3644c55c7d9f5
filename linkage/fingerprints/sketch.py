"""What one text says by itself, packed into one short string of hashes.

A sketch is a run of pieces of ten characters of base64 (RFC 4648, the alphabet for URLs), 60 bits each, of which the
low two tell what the piece is: the hash of the whole text (always first), a MinHash band, or a sampled shingle (a run
of WIDTH words). One sketch a text, not one row a hash: 16 million prompts stay 16 million rows, and families can tell
which shingles stood in one prompt.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import numpy as np
import pyarrow as pa
import rensa
from numpy.typing import NDArray

from linkage.fingerprints.hashing import I64, U64, hash_rows, hash_runs, mix, places, shingles
from linkage.fingerprints.text import MASK, Words

#: characters of a piece in a sketch, and of a value that stands alone
PIECE: Final = 10
VALUE: Final = 12
TEXT, BAND, SHINGLE = range(3)
#: words of a shingle: short enough to survive a tenth of the words changed (0.9**5 = 0.59)
WIDTH: Final = 5
#: a text of fewer words besides masks has no fingerprint: "hi", "go on", "what is 5 + 7" link nobody
FEWEST_WORDS: Final = 4
#: words at the head and at the tail of a text in which one shingle in ZONE_RATE is sampled; about MIDDLE between them
ZONE, ZONE_RATE, MIDDLE = 32, 5, 2
#: the shingles at 0, 2 and 4 from either end are always taken: nine constant words there leave three
ANCHORED: Final = 4
#: bands * rows of MinHash over three-word shingles: of pairs of texts of Jaccard 0.79, half share a band
BANDS, BAND_ROWS, BAND_WORDS = 2, 4, 3
FEWEST_BAND_WORDS: Final = 12
_SEED = 20260101
_TAG = np.uint64(3)
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_BASE32 = b"0123456789ABCDEFGHIJKLMNOPQRSTUV"


@dataclass(frozen=True)
class Pieces:
    """Pieces of a batch of texts, sorted by text: 60-bit values and the text each belongs to."""

    values: U64
    rows: I64


def sketch(text: Words) -> Pieces:
    """Every piece of every text, a text's hash first; texts of too few words have none."""
    counts = text.counts
    masks = np.concatenate([[0], np.cumsum(text.hashes == MASK)])
    real = counts - (masks[text.offsets[1:]] - masks[text.offsets[:-1]])
    enough = real >= FEWEST_WORDS
    grams, wide = shingles(text.hashes, BAND_WORDS, WIDTH)
    chosen = np.flatnonzero(enough)
    place = places(text.offsets)
    parts = [
        Pieces(_piece(hash_runs(text.hashes, text.offsets, place)[chosen], TEXT), chosen),
        _bands(text, grams, enough & (counts >= FEWEST_BAND_WORDS)),
        _sample(text, wide, place, masks, enough),
    ]
    # each part is sorted by text: a piece's place is its text's begin and its place among the text's own
    sizes = [np.bincount(part.rows, minlength=len(counts)) for part in parts]
    begin = np.cumsum(sum(sizes)) - sum(sizes)
    total = sum(len(part.rows) for part in parts)
    values, rows = np.empty(total, np.uint64), np.empty(total, np.int64)
    for part, size in zip(parts, sizes, strict=True):
        place = begin[part.rows] + np.arange(len(part.rows)) - (np.cumsum(size) - size)[part.rows]
        values[place], rows[place] = part.values, part.rows
        begin = begin + size
    return Pieces(values, rows)


def pack(pieces: Pieces, size: int) -> Any:
    """One string for each of `size` texts, of its pieces in order; null for a text without any."""
    return _strings(pieces.values, _PAIRS64, 6, np.bincount(pieces.rows, minlength=size))


def encode(values: U64) -> Any:
    """Each piece as a value of twelve characters of base32hex (RFC 4648): short enough to stay inline in DuckDB."""
    return _strings(values, _PAIRS32, 5, np.ones(len(values), np.int64))


def unpack(sketches: Any) -> Pieces:
    """The pieces of packed sketches (`pack` undone); `rows` are places in the array."""
    width = np.int64 if pa.types.is_large_string(sketches.type) else np.int32
    _, offsets, data = sketches.buffers()
    ends = np.frombuffer(offsets, dtype=width)[sketches.offset : sketches.offset + len(sketches) + 1].astype(np.int64)
    raw = np.frombuffer(data, dtype="<u2")[ends[0] // 2 : ends[-1] // 2] if data is not None else np.empty(0, np.uint16)
    letters = raw.reshape(-1, PIECE // 2)
    values = np.zeros(len(letters), dtype=np.uint64)
    for place in range(PIECE // 2):
        values <<= np.uint64(12)
        values |= _FROM64[letters[:, place]]
    return Pieces(values, np.repeat(np.arange(len(sketches), dtype=np.int64), np.diff(ends) // PIECE))


def kind_of(values: U64) -> U64:
    """What pieces are: TEXT, BAND or SHINGLE."""
    return values & _TAG


def shingle_pieces(grams: U64) -> U64:
    """Runs of WIDTH words as pieces; what was sampled for being small is spread again."""
    return _piece(mix(grams), SHINGLE)


def _pairs(alphabet: bytes) -> NDArray[np.uint16]:
    """Two characters at once, as the little-endian number they are in memory."""
    letters = np.frombuffer(alphabet, dtype=np.uint8).astype(np.uint16)
    pairs: NDArray[np.uint16] = (letters[:, None] + (letters[None, :] << 8)).reshape(-1).astype("<u2")
    return pairs


_PAIRS64, _PAIRS32 = _pairs(_BASE64), _pairs(_BASE32)
_FROM64 = np.zeros(1 << 16, dtype=np.uint16)
_FROM64[_PAIRS64] = np.arange(1 << 12, dtype=np.uint16)


def _strings(values: U64, pairs: NDArray[np.uint16], bits: int, counts: I64) -> Any:
    steps = 30 // bits
    letters = np.empty((len(values), steps), dtype="<u2")
    for place in range(steps):
        shift = np.uint64(2 * bits * (steps - 1 - place))
        letters[:, place] = pairs[(values >> shift) & np.uint64(len(pairs) - 1)]
    offsets = np.zeros(len(counts) + 1, dtype=np.int32)
    np.cumsum(counts * 2 * steps, out=offsets[1:])
    valid = pa.array(counts > 0).buffers()[1]
    return pa.StringArray.from_buffers(len(counts), pa.py_buffer(offsets), pa.py_buffer(letters), valid)


def _piece(hashes: U64, kind: int) -> U64:
    return ((hashes >> np.uint64(4)) & ~_TAG) | np.uint64(kind)


def _sample(text: Words, grams: U64, place: I64, masks: I64, enough: NDArray[np.bool_]) -> Pieces:
    """Shingles of the head and the tail: those at the very ends always, others by their own hash.

    Choice by value, not by rank: what a template leaves constant is chosen, or not, in every prompt alike, whatever
    fills its slots, so that its shingles are held by the same accounts.
    """
    size = len(grams)
    counts = text.counts
    row = text.rows[:size]
    place = place[:size]
    back = np.where(enough, counts, -1)[row] - WIDTH - place
    depth = ZONE - WIDTH
    # between the zones at a rate in powers of two: what a longer text samples a shorter one does too
    between = np.maximum(counts - WIDTH + 1 - 2 * (depth + 1), MIDDLE) / MIDDLE
    limits = np.uint64(1) << (np.uint64(63) - np.ceil(np.log2(between)).astype(np.uint64))
    limit = np.where((place <= depth) | (back <= depth), np.uint64(2**64 // ZONE_RATE), limits[row])
    keep = (grams < limit) | ((place <= ANCHORED) & (place & 1 == 0)) | ((back <= ANCHORED) & (back & 1 == 0))
    at = np.flatnonzero(keep & (back >= 0))
    at = at[masks[at + WIDTH] - masks[at] <= WIDTH // 3]
    values, rows = shingle_pieces(grams[at]), row[at]
    fresh = _first_in_row(values, rows)
    return Pieces(values[fresh], rows[fresh])


def _first_in_row(values: U64, rows: I64) -> I64:
    """Places of values that did not come earlier in the same row; few do, so only those are sorted by both."""
    key = values ^ (rows.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    order = np.sort(key)
    twice = order[1:][order[1:] == order[:-1]]
    places = np.arange(len(values), dtype=np.int64)
    if not len(twice):
        return places
    some = np.flatnonzero(np.isin(key, twice))
    some = some[np.lexsort((some, values[some], rows[some]))]
    again = some[1:][(values[some[1:]] == values[some[:-1]]) & (rows[some[1:]] == rows[some[:-1]])]
    return np.delete(places, again)


def _bands(text: Words, grams: U64, wanted: NDArray[np.bool_]) -> Pieces:
    chosen = np.flatnonzero(wanted)
    return Pieces(_piece(bands(text, grams, chosen).reshape(-1), BAND), np.repeat(chosen, BANDS))


def bands(text: Words, grams: U64, chosen: I64) -> U64:
    """MinHash bands over the three-word shingles `grams` (Broder, 1997) of the `chosen` texts: texts by BANDS."""
    if not len(chosen):
        return np.empty((0, BANDS), np.uint64)
    # runs that reach into the next text are the last two of each
    sizes = text.counts[chosen] - BAND_WORDS + 1
    ends = np.cumsum(sizes)
    at = np.arange(int(ends[-1]), dtype=np.int64) + np.repeat(text.offsets[:-1][chosen] - (ends - sizes), sizes)
    offsets = np.concatenate([[0], ends]).astype(np.uint64)
    matrix = rensa.RMinHash.digest_matrix_from_flat_token_hashes(grams[at], offsets, BANDS * BAND_ROWS, _SEED)
    values = np.fromiter(chain.from_iterable(matrix.to_rows()), np.uint64, count=len(chosen) * BANDS * BAND_ROWS)
    digest = values.reshape(len(chosen), BANDS, BAND_ROWS)
    return np.stack([hash_rows(digest[:, band, :], band) for band in range(BANDS)], axis=1)
