from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.fingerprints.sketch import (
    BAND,
    FEWEST_WORDS,
    PIECE,
    SHINGLE,
    TEXT,
    VALUE,
    Pieces,
    encode,
    kind_of,
    pack,
    sketch,
    unpack,
)
from linkage.fingerprints.text import words
from tests.fingerprints.factory import Prompts

Piece = st.integers(0, 2**60 - 1)


def pieces(text: str, kind: int | None = None) -> list[int]:
    found = sketch(words(pa.array([text])))
    return [int(value) for value in found.values if kind is None or int(value) & 3 == kind]


@settings(deadline=None)
@given(st.lists(st.lists(Piece, max_size=5), max_size=8))
def test_pack_and_unpack_are_inverse(rows: list[list[int]]) -> None:
    given_ = Pieces(
        np.array([value for row in rows for value in row], np.uint64),
        np.array([place for place, row in enumerate(rows) for _ in row], np.int64),
    )
    packed = pack(given_, len(rows))
    assert [text and len(text) for text in packed.to_pylist()] == [len(row) * PIECE or None for row in rows]
    back = unpack(packed)
    assert back.values.tolist() == given_.values.tolist()
    assert back.rows.tolist() == given_.rows.tolist()


def test_unpack_reads_a_slice() -> None:
    packed = pack(Pieces(np.array([1, 2, 3], np.uint64), np.array([0, 1, 1])), 2)
    assert unpack(packed.slice(1)).values.tolist() == [2, 3]


@settings(deadline=None)
@given(st.lists(Piece, min_size=2, max_size=2, unique=True))
def test_values_are_twelve_characters_in_the_order_of_numbers(values: list[int]) -> None:
    one, other = encode(np.array(sorted(values), np.uint64)).to_pylist()
    assert len(one) == len(other) == VALUE
    assert one < other


def test_a_sketch_is_fixed_for_good() -> None:
    """Ours and the MinHash library's: where this fails, sketches in stores no longer meet new ones."""
    text = "Please compare the three proposals below and tell me which of them would cost the city least over 20 years"
    assert pack(sketch(words(pa.array([text]))), 1).to_pylist() == [GOLDEN]


GOLDEN = (
    "_E0G6qdcsIA1NqUCE-Zh7vF2k5r-69igrLJNj3gq6wM2DmwPWSpjnJFlK1Ge8EVUx99rSCFe3Ulb_4_CfYAi9yBAGqiSwhOWFIkqKsLh5qYwwmMPtxWmbIb-"
)


def test_the_hash_of_the_text_comes_first_and_bands_only_of_longer_texts() -> None:
    short, long = "compare these two offers", Prompts().ordinary()
    assert [value & 3 for value in pieces(short)] == [TEXT]
    kinds = kind_of(np.array(pieces(long), np.uint64)).tolist()
    assert kinds[0] == TEXT
    assert kinds.count(TEXT) == 1
    assert kinds.count(BAND) == 2
    assert kinds.count(SHINGLE) >= 2


def test_texts_of_too_few_words_have_no_sketch() -> None:
    for text in ("", "hi", "go on please", "what is 5 + 7", "1 2 3 4 5 6", '"only this" 7'):
        assert pieces(text) == []
    assert FEWEST_WORDS == 4
    assert len(pieces("what is seven and")) == 1


def test_sketches_do_not_depend_on_other_texts() -> None:
    source = Prompts()
    texts = [source.ordinary() if place % 3 else "hi" for place in range(50)]
    together = pack(sketch(words(pa.array(texts))), len(texts)).to_pylist()
    assert together == [pack(sketch(words(pa.array([text]))), 1).to_pylist()[0] for text in texts]


def test_what_a_template_leaves_constant_is_sampled_alike_whatever_fills_it() -> None:
    source = Prompts()
    constant = source.words(40, 40)
    rows = [set(pieces(f"{source.words(5, 9)} {constant} {source.words(5, 15)}", SHINGLE)) for _ in range(30)]
    everywhere = set.intersection(*rows)
    assert len(everywhere) >= 4
    # what is not in every text is of one text alone, or of two that were filled with the same word at the edge
    seldom = Counter(value for row in rows for value in row - everywhere)
    assert max(seldom.values()) <= 3


def test_nine_constant_words_at_an_end_leave_three_shingles() -> None:
    source = Prompts()
    for _ in range(20):
        ends = source.words(9, 9)
        for texts in ((f"{ends} {source.words(9, 50)}" for _ in range(5)), (f"{source.words(9, 50)} {ends}" for _ in range(5))):
            assert len(set.intersection(*(set(pieces(text, SHINGLE)) for text in texts))) >= 3


def test_a_repeated_phrase_counts_once() -> None:
    found = pieces("the same five words again " * 20, SHINGLE)
    assert len(found) == len(set(found)) <= 5


def test_a_long_text_has_a_short_sketch() -> None:
    source = Prompts()
    sizes = [len(pieces(source.words(words_, words_))) for words_ in (20, 200, 2_000, 20_000)]
    assert max(sizes) <= 40


def test_near_texts_share_bands_and_others_do_not() -> None:
    source = Prompts()
    near = far = 0
    for _ in range(200):
        text = source.words(40, 40).split()
        changed = list(text)
        changed[source.random.randrange(40)] = "otherwise"
        one, other = set(pieces(" ".join(text), BAND)), set(pieces(" ".join(changed), BAND))
        near += bool(one & other)
        far += bool(one & set(pieces(source.ordinary(), BAND)))
    # one word in forty: Jaccard 0.85, so 1 - (1 - 0.85**4)**2 = 0.77 of pairs
    assert near / 200 > 0.65
    assert far == 0
