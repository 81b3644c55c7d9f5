"""Text beyond ASCII: NFKC, case folding, and a class for every character (Unicode Standard Annexes 15 and 44).

Letters and marks stay; a digit of any script becomes an ASCII digit; quotation marks and apostrophes become the ASCII
ones; what is invisible (soft hyphens, joiners, variation selectors) goes, as in NFKC_Casefold; all else becomes a
space. Scripts that put no space between words get one before each letter.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

_UNSPACED: Final = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF),
    (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF),
)  # fmt: skip
_QUOTES: Final = "“”„‟«»〝〞＂「」『』"
_APOSTROPHES: Final = "‘’‛ʼ´＇"
#: stands between texts while they are folded as one; removed from the texts first
_BETWEEN: Final = "\0"
#: stands for what is taken out
_GONE: Final = 1
_INVISIBLE: Final = ((0x034F, 0x034F), (0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
#: case folding can make a letter a pair that composes, so that NFKC needs a second look (as in NFKC_Casefold)
_FORM: Final = "NFKC"


def fold_unicode(texts: Any) -> Any:
    """Folded texts of a string array without nulls, as a string array of the same length."""
    if not len(texts):
        return texts
    joined = _BETWEEN.join([text.replace(_BETWEEN, " ") for text in texts.to_pylist()])
    folded = unicodedata.normalize(_FORM, unicodedata.normalize(_FORM, joined).casefold())
    table, unspaced = _classes()
    points = np.frombuffer(folded.encode("utf-32-le", "replace"), dtype="<u4")
    lone = unspaced[points]
    points = table[points]
    lone, points = lone[points != _GONE], points[points != _GONE]
    if lone.any():
        # before each such letter, and before what follows the last of a run
        gap = lone.copy()
        gap[1:] |= lone[:-1]
        gap &= points != 0
        wide = np.full(len(points) + int(gap.sum()), ord(" "), dtype="<u4")
        wide[np.arange(len(points)) + np.cumsum(gap)] = points
        points = wide
    data = np.frombuffer(points.tobytes().decode("utf-32-le").encode(), dtype=np.uint8)
    ends = np.flatnonzero(data == 0)
    offsets = np.concatenate([[0], ends - np.arange(len(ends)), [len(data) - len(ends)]]).astype(np.int64)
    data = data[data != 0]
    return pa.LargeStringArray.from_buffers(len(texts), pa.py_buffer(offsets), pa.py_buffer(data))


@lru_cache(maxsize=1)
def _classes() -> tuple[NDArray[np.uint32], NDArray[np.bool_]]:
    """For every code point: what becomes of it, and whether its script puts no space between words.

    Built when the first text beyond ASCII is met (0.1 s).
    """
    table = np.arange(0x110000, dtype=np.uint32)
    # planes 4 to 13 hold nothing, 15 and 16 are for private use: neither is a letter, a mark or a number
    names = np.full(0x110000, b"Cn", dtype="S2")
    for low, high in ((0, 0x40000), (0xE0000, 0xE1000)):
        names[low:high] = list(map(unicodedata.category, map(chr, range(low, high))))
    kinds = names.astype("S1")
    table[~np.isin(kinds, [b"L", b"M", b"N"])] = ord(" ")
    table[kinds == b"N"] = ord("0")
    table[names == b"Cf"] = _GONE
    for low, high in _INVISIBLE:
        table[low : high + 1] = _GONE
    table[:128] = np.arange(128)
    table[_GONE] = ord(" ")
    table[[ord(sign) for sign in _QUOTES]] = ord('"')
    table[[ord(sign) for sign in _APOSTROPHES]] = ord("'")
    unspaced = np.zeros(0x110000, dtype=np.bool_)
    for low, high in _UNSPACED:
        unspaced[low : high + 1] = True
    unspaced &= kinds == b"L"
    return table, unspaced
