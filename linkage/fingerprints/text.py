"""Prompt text to normalised words: NFKC, case, white space and punctuation, masks for what fills a template.

A word that holds a digit, a quoted string, a piece of code, a URL and an e-mail address all become one mask, and
neighbouring masks become one, so that a template filled with different numbers or names in quotes reads the same.
Everything is native code over whole batches: numpy over the flat bytes, RE2 (linear time whatever the text) for
the few rows that hold quotes, code or addresses, and Python's unicodedata for text that is not ASCII only.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from linkage.fingerprints.hashing import I64, U64, hash_words

#: The word that stands for whatever was masked.
MASK = np.uint64(0x6D61736B6D61736B)
#: ASCII tokens longer than this are ids or encoded data, not words.
_LONGEST_WORD = 30
_SPACE, _LETTER, _DIGIT = 0, 1, 2

# one alternation, one pass: fenced code, inline code, URLs, e-mail addresses, quoted strings (closed on one line)
_SPANS = (
    r"(?s:```.*?```)|`[^`\n]+`|(?i:https?|ftp)://[^\s\"<>]+|(?i:www)\.[^\s\"<>]+|[\w.+-]+@[\w-]+\.[\w.-]+"
    r"|\"[^\"\n]+\"|“[^“”\n]+”|«[^«»\n]+»|\B'\w[^'\n]*\w'\B"
)
_IDEOGRAPHS = r"([\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}])"
_OTHER_SEPARATORS = r"[\x{80}-\x{bf}\x{d7}\x{f7}]|[\p{Z}\p{Cc}\p{Cf}]|[\x{2000}-\x{2bff}\x{3000}-\x{303f}\x{fe10}-\x{fe6f}]|[\x{1f000}-\x{1faff}]"


@dataclass(frozen=True)
class Words:
    """Normalised words of a batch of texts: flat hashes, and where each text begins (rows + 1 offsets)."""

    hashes: U64
    offsets: I64

    @property
    def counts(self) -> I64:
        """Number of words of each text."""
        return np.diff(self.offsets)

    def rows(self) -> I64:
        """The text each word belongs to."""
        return np.repeat(np.arange(len(self.offsets) - 1, dtype=np.int64), self.counts)

    def keep(self, mask: NDArray[np.bool_]) -> Words:
        """Only the words where `mask` is true; texts stay, shorter."""
        kept = np.concatenate([[0], np.cumsum(mask, dtype=np.int64)])
        return Words(self.hashes[mask], kept[self.offsets])


def _tables() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    lower = np.arange(256, dtype=np.uint8)
    lower[ord("A") : ord("Z") + 1] += 32
    kind = np.zeros(256, dtype=np.uint8)
    kind[ord("a") : ord("z") + 1] = kind[ord("A") : ord("Z") + 1] = kind[ord("_")] = _LETTER
    kind[128:] = _LETTER
    kind[ord("0") : ord("9") + 1] = _DIGIT
    return lower, kind


_LOWER, _KIND = _tables()
_TRIGGER = np.zeros(256, dtype=np.bool_)
_TRIGGER[[ord(c) for c in "\"'`@:."]] = True


def words(texts: pa.Array) -> Words:
    """Normalised words of each text (null counts as empty), in order.

    `texts` is a string array; the result is the same however texts are batched.
    """
    texts = pc.fill_null(texts, "") if texts.null_count else texts
    texts = _mask_spans(_fold(texts))
    raw, ends = _buffer(texts)
    kind = _KIND[raw]
    inside = kind != _SPACE
    # a word begins where the byte before is no word byte, or belongs to the text before
    begins = inside.copy()
    begins[1:] &= ~inside[:-1]
    first = ends[:-1][ends[:-1] < len(raw)]
    begins[first] = inside[first]
    stops = inside.copy()
    stops[:-1] &= ~inside[1:] | begins[1:]
    starts = np.flatnonzero(begins)
    lengths = np.flatnonzero(stops) + 1 - starts
    padded = np.zeros(len(raw) + 64, dtype=np.uint8)
    np.take(_LOWER, raw, out=padded[: len(raw)])
    hashes = hash_words(padded, starts, lengths)
    masked = np.zeros(len(starts), dtype=np.bool_)
    digits = np.flatnonzero(kind == _DIGIT)
    masked[np.searchsorted(starts, digits, side="right") - 1] = True
    # "(b)" and "b)" number the items of a list
    single = np.flatnonzero(lengths == 1)
    masked[single[padded[starts[single] + 1] == ord(")")]] = True
    long = np.flatnonzero(lengths > _LONGEST_WORD)
    masked[long[raw[starts[long]] < 128]] = True
    hashes[masked] = MASK
    offsets = np.searchsorted(starts, ends).astype(np.int64)
    result = Words(hashes, offsets)
    repeated = np.zeros(len(starts), dtype=np.bool_)
    repeated[1:] = masked[1:] & masked[:-1]
    heads = offsets[:-1][offsets[:-1] < len(starts)]
    repeated[heads] = False
    return result.keep(~repeated)


def _buffer(texts: pa.Array) -> tuple[NDArray[np.uint8], I64]:
    """The flat bytes of a string array and its offsets from 0."""
    _, offsets, data = texts.buffers()
    width = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    ends = np.frombuffer(offsets, dtype=width)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    raw = np.frombuffer(data, dtype=np.uint8)[ends[0] : ends[-1]] if data is not None else np.empty(0, np.uint8)
    return raw, ends - ends[0]


def _fold(texts: pa.Array) -> pa.Array:
    """NFKC and case folding of what is not ASCII; ASCII is folded byte by byte later."""
    ascii_only = pc.string_is_ascii(texts)
    if pc.all(ascii_only).as_py() in (True, None):
        return texts
    other = pc.invert(ascii_only)
    folded = [unicodedata.normalize("NFKC", text).casefold() for text in texts.filter(other).to_pylist()]
    array = pa.array(folded, type=texts.type)
    array = pc.replace_substring_regex(array, r"[‘’‛ʼ`´]", "'")
    array = pc.replace_substring_regex(array, _SPANS, " 0 ")
    array = pc.replace_substring_regex(array, _OTHER_SEPARATORS, " ")
    array = pc.replace_substring_regex(array, _IDEOGRAPHS, r" \1 ")
    return pc.replace_with_mask(texts, other, array)


def _mask_spans(texts: pa.Array) -> pa.Array:
    """Quoted strings, code, URLs and e-mail addresses become a lone digit, which is masked as a number is."""
    raw, ends = _buffer(texts)
    spots = np.flatnonzero(_TRIGGER[raw])
    if not len(spots):
        return texts
    byte = raw[spots]
    before = raw[np.maximum(spots - 1, 0)]
    after = raw[np.minimum(spots + 1, len(raw) - 1)]
    url = (byte == ord(":")) & (after == ord("/"))
    www = (byte == ord(".")) & ((before | 32) == ord("w")) & (_KIND[after] != _SPACE)
    single = (byte == ord("'")) & (_KIND[before] == _SPACE)
    plain = (byte == ord('"')) | (byte == ord("`")) | (byte == ord("@"))
    rows = np.zeros(len(texts), dtype=np.bool_)
    rows[np.searchsorted(ends, spots[url | www | single | plain], side="right") - 1] = True
    if not rows.any():
        return texts
    mask = pa.array(rows)
    return pc.replace_with_mask(texts, mask, pc.replace_substring_regex(texts.filter(mask), _SPANS, " 0 "))
