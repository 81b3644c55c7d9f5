"""Prompt text to normalised words: NFKC, case, white space and punctuation, masks for what fills a template.

A word that holds a digit, a quoted string, a piece of code, a URL and an e-mail address all become one mask, and
neighbouring masks become one, so that a template filled with different numbers or names in quotes reads the same.
Everything is native code over whole batches: numpy over the flat bytes, RE2 (linear time whatever the text) for the
rows that hold quotes, code or addresses, and Python's unicodedata for the rows that are not ASCII only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from linkage.fingerprints.hashing import I64, PADDING, U64, hash_words
from linkage.fingerprints.letters import fold_unicode

Bytes = NDArray[np.uint8]
Flags = NDArray[np.bool_]

#: The word that stands for whatever was masked.
MASK = np.uint64(0x6D61736B6D61736B)
#: How a sample shows it.
HIDDEN = "…"
#: ASCII tokens longer than this are ids or encoded data, not words.
LONGEST_WORD = 30
#: A text that masks would leave fewer words keeps its quotes and code: all of it in quotes is a text all the same.
_FEWEST_LEFT = 4
#: only texts of fewer bytes are counted for that
_SHORT = 64

# One alternation, one pass: fenced code, inline code, URLs, e-mail addresses, quoted strings closed on their line.
# Each opening is closed by the next of its kind or dies there, so no text makes RE2 read it over and over.
_SPANS = (
    r"(?s:```.*?```)|`[^`\n]+`|(?i:https?|ftp)://[^\s\"<>]+|(?i:www)\.[^\s\"<>]+|[\w.+-]+@[\w-]+\.[\w.-]+"
    r"|\"[^\"\n]+\"|\B'\w[^'\n]*\w'\B"
)
_MASKED = " 0 "
_WORD = "[A-Za-z\\x{80}-\\x{10ffff}]+"


@dataclass(frozen=True)
class Words:
    """Normalised words of a batch of texts: flat hashes, and where each text begins (texts + 1 offsets)."""

    hashes: U64
    offsets: I64

    @cached_property
    def counts(self) -> I64:
        """Number of words of each text."""
        return np.diff(self.offsets)

    @cached_property
    def rows(self) -> I64:
        """The text each word belongs to."""
        return np.repeat(np.arange(len(self.offsets) - 1, dtype=np.int64), self.counts)

    def drop(self, unwanted: I64) -> Words:
        """Without the words at places `unwanted` (ascending, distinct); texts stay, shorter."""
        if not len(unwanted):
            return self
        return Words(np.delete(self.hashes, unwanted), self.offsets - np.searchsorted(unwanted, self.offsets))


def words(texts: Any) -> Words:
    """Normalised words of each text of a string array (null counts as empty), in order.

    The result for a text is the same whatever other texts are in the array.
    """
    return scan(texts).words


@dataclass(frozen=True)
class Scan:
    """Words with where they stand in the folded bytes of their batch."""

    words: Words
    folded: Bytes
    starts: I64
    lengths: I64

    def spelled(self) -> list[str]:
        """Each word as it is read; an ellipsis for a masked one. For samples only: a loop over words."""
        raw = self.folded.tobytes()
        masked = (self.words.hashes == MASK).tolist()
        spots = zip(self.starts.tolist(), self.lengths.tolist(), masked, strict=True)
        return [HIDDEN if hide else raw[begin : begin + size].decode() for begin, size, hide in spots]


def scan(texts: Any) -> Scan:
    """Normalised words of each text of a string array, and where they stand."""
    raw, ends = flat(texts)
    digit = _is_digit(raw)
    inside = _is_letter(raw)
    inside |= digit
    # a word begins where the byte before is no word byte, or belongs to the text before
    begins = inside.copy()
    begins[1:] &= ~inside[:-1]
    first = ends[:-1][ends[:-1] < len(raw)]
    begins[first] = inside[first]
    stops = inside
    stops[:-1] &= ~inside[1:] | begins[1:]
    starts = np.flatnonzero(begins)
    lengths = np.flatnonzero(stops)
    lengths += 1
    lengths -= starts
    lower = lowered(raw)
    hashes = hash_words(lower, starts, lengths)
    masked = _masked(lower, digit, starts, lengths, ends)
    hashes[masked] = MASK
    found = Words(hashes, np.searchsorted(starts, ends).astype(np.int64))
    # of neighbouring masks in one text only the first stays
    after = masked[1:][masked[1:] == masked[:-1] + 1]
    after = after[found.offsets[np.searchsorted(found.offsets, after)] != after]
    return Scan(found.drop(after), lower, np.delete(starts, after), np.delete(lengths, after))


def flat(texts: Any, spans: Callable[[Bytes, I64], Flags] | None = None) -> tuple[Bytes, I64]:
    """Folded bytes of a string array with what is masked as a whole made one digit, and where each text begins.

    `spans` tells from flat bytes which texts may hold a quoted string, code or an address.
    """
    texts = _fold(pc.fill_null(texts, "") if texts.null_count else texts)
    raw, ends = _buffer(texts)
    rows = (spans or _with_spans)(raw, ends)
    if not rows.any():
        return raw, ends
    chosen = pa.array(rows)
    return _buffer(pc.replace_with_mask(texts, chosen, _replace_spans(texts.filter(chosen))))


def lowered(raw: Bytes) -> Bytes:
    """ASCII letters in lower case, and PADDING bytes behind."""
    lower = np.zeros(len(raw) + PADDING, dtype=np.uint8)
    np.add(raw, ((raw - np.uint8(ord("A"))) < 26).view(np.uint8) << 5, out=lower[: len(raw)])
    return lower


def _is_letter(raw: Bytes) -> Flags:
    """Letters, the underscore and every byte beyond ASCII (what is no letter there was made a space before)."""
    flags: Flags = ((raw | 32) - np.uint8(ord("a"))) < 26
    flags |= raw >= 128
    flags |= raw == ord("_")
    return flags


def _is_digit(raw: Bytes) -> Flags:
    flags: Flags = (raw - np.uint8(ord("0"))) < 10
    return flags


def _masked(lower: Bytes, digit: Flags, starts: I64, lengths: I64, ends: I64) -> I64:
    """Places of the words that are masked: with a digit, overlong, or numbering a list's items ("(b)", "b)")."""
    with_digit = np.searchsorted(starts, np.flatnonzero(digit), side="right") - 1
    single = np.flatnonzero(lengths == 1)
    item = single[lower[starts[single] + 1] == ord(")")]
    after = starts[item] + 1
    item = item[ends[np.searchsorted(ends, after)] != after]
    long = np.flatnonzero(lengths > LONGEST_WORD)
    return np.unique(np.concatenate([with_digit, item, long[lower[starts[long]] < 128]]))


def _buffer(texts: Any) -> tuple[Bytes, I64]:
    """The flat bytes of a string array and its offsets from 0."""
    _, offsets, data = texts.buffers()
    width = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    if offsets is None or not len(texts):
        return np.empty(0, np.uint8), np.zeros(1, np.int64)
    ends = np.frombuffer(offsets, dtype=width)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    raw = np.frombuffer(data, dtype=np.uint8)[ends[0] : ends[-1]] if data is not None else np.empty(0, np.uint8)
    return raw, ends - ends[0]


def _fold(texts: Any) -> Any:
    """Texts that are not ASCII only become letters, digits and ASCII signs; ASCII is folded byte by byte later."""
    plain = pc.string_is_ascii(texts)
    if pc.min(plain).as_py() is not False:
        return texts
    other = pc.invert(plain)
    return pc.replace_with_mask(texts, other, fold_unicode(texts.filter(other)).cast(texts.type))


def _with_spans(raw: Bytes, ends: I64) -> Flags:
    """Texts that may hold a quoted string, code, a URL or an e-mail address, by a sign that each has."""
    trigger = (raw == ord('"')) | (raw == ord("`")) | (raw == ord("@"))
    trigger[:-1] |= (raw[:-1] == ord(":")) & (raw[1:] == ord("/"))
    trigger[1:] |= (raw[1:] == ord(".")) & ((raw[:-1] | 32) == ord("w"))
    apostrophe = np.flatnonzero(raw == ord("'"))
    before = raw[np.maximum(apostrophe - 1, 0)]
    trigger[apostrophe] = ~(_is_letter(before) | _is_digit(before)) | np.isin(apostrophe, ends)
    rows = np.zeros(len(ends) - 1, dtype=np.bool_)
    rows[np.searchsorted(ends, np.flatnonzero(trigger), side="right") - 1] = True
    return rows


def _replace_spans(texts: Any) -> Any:
    """Quoted strings, code, URLs and e-mail addresses become a lone digit, which is masked as a number is."""
    masked = pc.replace_substring_regex(texts, _SPANS, _MASKED)
    short = pc.less(pc.binary_length(masked), _SHORT)
    left = pc.count_substring_regex(masked.filter(short), _WORD)
    bare = pc.replace_with_mask(short, short, pc.less(left, _FEWEST_LEFT))
    return pc.if_else(bare, texts, masked)
