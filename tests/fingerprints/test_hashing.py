from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.fingerprints.hashing import (
    BASE,
    PADDING,
    argsort,
    hash_runs,
    hash_words,
    mix,
    places,
    shingles,
    shingles_at,
)

U64 = st.integers(0, 2**64 - 1)
M = 2**64


def slow_mix(value: int) -> int:
    value ^= value >> 30
    value = value * 0xBF58476D1CE4E5B9 % M
    value ^= value >> 27
    value = value * 0x94D049BB133111EB % M
    return value ^ value >> 31


def slow_word(word: bytes) -> int:
    spread = 0xD6E8FEB86659FD93
    out = slow_mix(len(word) * spread % M ^ int.from_bytes(word[:8], "little"))
    for begin in range(8, min(len(word), 32), 8):
        out = slow_mix(out * spread % M ^ int.from_bytes(word[begin : begin + 8], "little"))
    return out


@settings(deadline=None)
@given(st.lists(U64, min_size=1))
def test_mix_agrees_with_splitmix64(values: list[int]) -> None:
    assert mix(np.array(values, np.uint64)).tolist() == [slow_mix(value) for value in values]


@settings(deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=50), min_size=1))
def test_words_agree_with_a_slow_reference(words: list[bytes]) -> None:
    text = np.frombuffer(b" ".join(words) + bytes(PADDING), np.uint8)
    lengths = np.array([len(word) for word in words], np.int64)
    starts = np.cumsum(lengths + 1) - lengths - 1
    assert hash_words(text, starts, lengths).tolist() == [slow_word(word) for word in words]


@settings(deadline=None)
@given(st.lists(U64, max_size=20), st.integers(1, 6))
def test_shingles_agree_with_a_slow_reference(words: list[int], width: int) -> None:
    expected = []
    for begin in range(len(words) - width + 1):
        value = 0
        for word in words[begin : begin + width]:
            value = (value * BASE + word) % M
        expected.append(value)
    array = np.array(words, np.uint64)
    assert shingles(array, width)[0].tolist() == expected
    assert shingles_at(array, np.arange(len(expected)), width).tolist() == expected


@settings(deadline=None)
@given(st.lists(st.lists(U64, max_size=6), min_size=1, max_size=8))
def test_a_run_hashes_the_same_wherever_it_stands(runs: list[list[int]]) -> None:
    offsets = np.cumsum([0, *(len(run) for run in runs)])
    values = np.array([value for run in runs for value in run], np.uint64)
    together = hash_runs(values, offsets, places(offsets)).tolist()
    for run, value in zip(runs, together, strict=True):
        alone = np.array([0, len(run)])
        assert hash_runs(np.array(run, np.uint64), alone, places(alone))[0] == value


def test_hashes_are_fixed_for_good() -> None:
    """A fingerprint made today meets one made in a year: these values may never change."""
    text = np.frombuffer(b"linkage fingerprints" + bytes(PADDING), np.uint8)
    assert hash_words(text, np.array([0, 8]), np.array([7, 12])).tolist() == [slow_word(b"linkage"), slow_word(b"fingerprints")]
    assert slow_word(b"linkage") == GOLDEN_WORD


GOLDEN_WORD = 17696477366338589978


@given(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 9), max_size=60))
def test_argsort_is_stable(values: list[int]) -> None:
    given_ = np.array(values, np.uint64)
    assert argsort(given_).tolist() == np.argsort(given_, kind="stable").tolist()
