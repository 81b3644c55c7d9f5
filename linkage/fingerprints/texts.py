"""A batch of texts to packed sketches, by machine code where it is to be had, else by numpy: the same bytes."""

from __future__ import annotations

from typing import Any

import numpy as np

from linkage.fingerprints import compiled
from linkage.fingerprints.hashing import U64, shingles
from linkage.fingerprints.public import BITS, Public
from linkage.fingerprints.sketch import BAND_WORDS, FEWEST_BAND_WORDS, bands, pack, sketch
from linkage.fingerprints.text import Words, flat, words


def sketch_texts(texts: Any, public: Public, *, plain: bool = False) -> tuple[U64, Any]:
    """The piece of each whole text (0 where too little is left for a sketch), and its packed sketch, null then.

    `texts` is a string array; `plain` keeps to numpy.
    """
    if plain or not compiled.AVAILABLE:
        pieces = sketch(public.remove(words(texts)))
        first = np.flatnonzero(np.concatenate([[True], pieces.rows[1:] != pieces.rows[:-1]])[: len(pieces.rows)])
        whole = np.zeros(len(texts), dtype=np.uint64)
        whole[pieces.rows[first]] = pieces.values[first]
        return whole, pack(pieces, len(texts))
    hashes, offsets = compiled.words_of(*flat(texts, compiled.spans))
    hashes, offsets = compiled.without_public(hashes, offsets, begins=public.begins, bits=BITS, runs=public.runs)
    enough = compiled.enough_words(hashes, offsets)
    text = Words(hashes, offsets)
    banded = enough & (text.counts >= FEWEST_BAND_WORDS)
    (grams,) = shingles(hashes, BAND_WORDS)
    found = bands(text, grams, np.flatnonzero(banded))
    return compiled.sketches(hashes, offsets, enough=enough, bands=found, banded=banded)
