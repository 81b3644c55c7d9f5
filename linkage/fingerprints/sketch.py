"""What one text says by itself, packed into one short string of hashes.

A sketch is a run of pieces of 12 characters of base32hex (RFC 4648), 60 bits each, of which the low two tell what
the piece is: the hash of the whole text (always first), a MinHash band, or a sampled shingle (a run of WIDTH words). One sketch
a text, not one row a hash: 16 million prompts stay 16 million rows, and which shingles stood in one prompt is known
when families form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import rensa
from numpy.typing import NDArray

from linkage.fingerprints.hashing import I64, U64, hash_rows, hash_runs, mix, shingles
from linkage.fingerprints.text import MASK, Words

#: characters of a piece
PIECE: Final = 12
TEXT, BAND, SHINGLE = range(3)
#: words of a shingle: short enough to survive a tenth of the words changed (0.9**5 = 0.59)
WIDTH: Final = 5
#: a text of fewer words besides masks has no fingerprint: "hi", "go on", "what is 5 + 7" link nobody
FEWEST_WORDS: Final = 4
#: words at the head and at the tail in which shingles are sampled at ZONE_RATE
ZONE, ZONE_RATE = 16, 3
#: bands * rows of MinHash over three-word shingles: half of all pairs of Jaccard 0.79 share a band
BANDS, BAND_ROWS, BAND_WORDS = 2, 4, 3
FEWEST_BAND_WORDS: Final = 12
_SEED = 20260101
_TAG = np.uint64(3)
_ALPHABET = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUV", dtype=np.uint8)
_DIGITS = np.zeros(256, dtype=np.uint64)
_DIGITS[_ALPHABET] = np.arange(32, dtype=np.uint64)


@dataclass(frozen=True)
class Pieces:
    """Pieces of a batch of texts, sorted by text: 60-bit values and the text each belongs to."""

    values: U64
    rows: I64


def sketch(text: Words) -> Pieces:
    """Every piece of every text, a text's hash first; texts of too few words have none."""
    counts = text.counts
    real = np.bincount(text.rows()[text.hashes != MASK], minlength=len(counts)) if len(text.hashes) else counts
    chosen = np.flatnonzero(real >= FEWEST_WORDS)
    whole = hash_runs(text.hashes, text.offsets[:-1][chosen], text.offsets[1:][chosen])
    parts = [
        Pieces(_piece(whole, TEXT), chosen),
        _bands(text, np.flatnonzero((real >= FEWEST_WORDS) & (counts >= FEWEST_BAND_WORDS))),
        _sample(text, real >= FEWEST_WORDS),
    ]
    rows = np.concatenate([part.rows for part in parts])
    values = np.concatenate([part.values for part in parts])
    order = np.argsort(rows, kind="stable")
    return Pieces(values[order], rows[order])


def pack(pieces: Pieces, size: int) -> pa.StringArray:
    """One string a text, of its pieces in order; null for a text without any."""
    count = np.bincount(pieces.rows, minlength=size)
    letters = np.empty((len(pieces.values), PIECE), dtype=np.uint8)
    for place in range(PIECE):
        shift = np.uint64(5 * (PIECE - 1 - place))
        letters[:, place] = _ALPHABET[(pieces.values >> shift) & np.uint64(31)]
    offsets = np.zeros(size + 1, dtype=np.int32)
    np.cumsum(count * PIECE, out=offsets[1:])
    valid = pa.array(count > 0).buffers()[1]
    return pa.StringArray.from_buffers(size, pa.py_buffer(offsets), pa.py_buffer(letters), valid)


def unpack(sketches: pa.Array) -> Pieces:
    """The pieces of packed sketches (`pack` undone); `rows` are places in the array."""
    width = np.int64 if pa.types.is_large_string(sketches.type) else np.int32
    _, offsets, data = sketches.buffers()
    ends = np.frombuffer(offsets, dtype=width)[sketches.offset : sketches.offset + len(sketches) + 1].astype(np.int64)
    raw = np.frombuffer(data, dtype=np.uint8)[ends[0] : ends[-1]] if data is not None else np.empty(0, np.uint8)
    letters = raw.reshape(-1, PIECE)
    values = np.zeros(len(letters), dtype=np.uint64)
    for place in range(PIECE):
        values <<= np.uint64(5)
        values |= _DIGITS[letters[:, place]]
    rows = np.repeat(np.arange(len(sketches), dtype=np.int64), np.diff(ends) // PIECE)
    return Pieces(values, rows)


def kind_of(values: U64) -> U64:
    """What pieces are: TEXT, BAND or SHINGLE."""
    return values & _TAG


def encode(values: U64) -> pa.StringArray:
    """Pieces as strings of 12 characters, one each."""
    return pack(Pieces(values, np.arange(len(values), dtype=np.int64)), len(values))


def _piece(hashes: U64, kind: int) -> U64:
    return ((hashes >> np.uint64(4)) & ~_TAG) | np.uint64(kind)


def _sample(text: Words, chosen: NDArray[np.bool_]) -> Pieces:
    """Shingles of the head and the tail, the first and the last always, others by their own hash.

    Choice by value, not by rank: what a template leaves constant is chosen, or not, in every prompt alike, whatever
    fills its slots, so that the sets of accounts that hold two of its shingles are the same.
    """
    counts = text.counts
    rows = text.rows()
    grams = shingles(text.hashes, WIDTH)
    size = len(grams)
    at = np.flatnonzero((rows[:size] == rows[WIDTH - 1 :]) & chosen[rows[:size]]) if size else np.empty(0, np.int64)
    row = rows[at]
    place = at - text.offsets[:-1][row]
    back = text.offsets[1:][row] - at - WIDTH
    depth = ZONE - WIDTH
    edge = (place <= depth) | (back <= depth)
    # between the zones about two a text, at a rate in powers of two: what a longer text samples a shorter one does too
    middle = np.maximum(counts - 2 * depth, 2) // 2
    rate = np.uint64(1) << np.ceil(np.log2(middle)).astype(np.uint64)
    hashes = grams[at]
    spread = mix(hashes)
    keep = (place == 0) | (back == 0) | np.where(edge, hashes % np.uint64(ZONE_RATE) == 0, spread % rate[row] == 0)
    masks = np.concatenate([[0], np.cumsum(text.hashes == MASK)])
    keep &= masks[at + WIDTH] - masks[at] <= WIDTH // 3
    values, row = _piece(spread, SHINGLE)[keep], row[keep]
    order = np.lexsort((values, row))
    values, row = values[order], row[order]
    fresh = np.ones(len(values), dtype=np.bool_)
    fresh[1:] = (values[1:] != values[:-1]) | (row[1:] != row[:-1])
    return Pieces(values[fresh], row[fresh])


def _bands(text: Words, chosen: I64) -> Pieces:
    """MinHash bands over three-word shingles (Broder, 1997)."""
    if not len(chosen):
        return Pieces(np.empty(0, np.uint64), np.empty(0, np.int64))
    rows = text.rows()
    grams = shingles(text.hashes, BAND_WORDS)
    wanted = np.zeros(len(text.counts), dtype=np.bool_)
    wanted[chosen] = True
    inside = (rows[: len(grams)] == rows[BAND_WORDS - 1 :]) & wanted[rows[: len(grams)]]
    offsets = np.concatenate([[0], np.cumsum(text.counts[chosen] - BAND_WORDS + 1)]).astype(np.uint64)
    matrix = rensa.RMinHash.digest_matrix_from_flat_token_hashes(grams[inside], offsets, BANDS * BAND_ROWS, _SEED)
    digest = np.array(matrix.to_rows(), dtype=np.uint64).reshape(len(chosen), BANDS, BAND_ROWS)
    bands = np.stack([hash_rows(digest[:, band, :], band) for band in range(BANDS)], axis=1)
    return Pieces(_piece(bands.reshape(-1), BAND), np.repeat(chosen, BANDS))
