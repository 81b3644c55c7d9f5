from __future__ import annotations

import time

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.fingerprints.text import MASK, words


def hashes(text: str) -> list[int]:
    found = words(pa.array([text]))
    assert found.offsets.tolist() == [0, len(found.hashes)]
    return [int(value) for value in found.hashes]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Summarize THIS report", "summarize this report"),
        ("summarize,  this\n\treport!", "summarize this report"),
        ("ｓｕｍｍａｒｉｚｅ ｔｈｉｓ report", "summarize this report"),
        ("the STRASSE is long", "the straße is long"),
        ("CAFÉ menu of today", "cafe\u0301 menu of today"),
        ("costs 12 dollars each", "costs 1,399.50 dollars each"),
        ("costs ١٢ dollars each", "costs 12 dollars each"),
        ('translate "good night" into the local language', 'translate "see you" into the local language'),
        ("translate “good night” into the local language", 'translate "see you" into the local language'),
        ("translate 'good night' into the local language", 'translate "see you" into the local language'),
        ("read https://a.example/x?y=1 and tell me what it says", "read http://b.example and tell me what it says"),
        ("write to bob@a.example and ask him about lunch", "write to alice.b+c@d.example and ask him about lunch"),
        ("what does `x = f(y)` print when it runs", "what does ```\nfor a in b:\n  c(a)\n``` print when it runs"),
        ("order 550e8400-e29b-41d4-a716-446655440000 has been late", "order 17 has been late"),
        ("the token deadbeefcafe1234deadbeef was found", "the token a9f8 was found"),
        ("pick one of (a) 7 (b) 9 please now", "pick one of (a) 7 (b) 9 (c) 11 please now"),
        ("Janet’s ducks are here today", "Janet's ducks are here today"),
        ("a soft\u00adhyphen between", "a softhyphen between"),
        ("sum\u200bmar\u2060ize th\ufeffis report\ufe0f", "summarize this report"),
    ],
)
def test_reads_the_same(one: str, other: str) -> None:
    assert hashes(one) == hashes(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("summarize this report", "summarize that report"),
        ("summarize this report", "report this summarize"),
        ("don't stop, it isn't over; we can't", "don't go, it isn't over; we can't"),
        ("the naïve way", "the naive way"),
        ("総括してください", "翻訳してください"),
        ('"all of this is one quoted prompt"', '"all of that is another quoted prompt"'),
        ("```all of this is one fenced prompt```", "```all of that is another fenced prompt```"),
    ],
)
def test_reads_differently(one: str, other: str) -> None:
    assert hashes(one) != hashes(other)


def test_scripts_without_spaces_are_split_by_letter() -> None:
    assert len(hashes("請總結以下報告")) == 7
    assert len(hashes("GPTに聞く")) == 4
    assert len(hashes("Пожалуйста, кратко изложите отчёт")) == 4


def test_neighbouring_masks_become_one() -> None:
    assert hashes("between 3 and 4, 5, 6 of 7") == [
        *hashes("between"),
        int(MASK),
        *hashes("and"),
        int(MASK),
        *hashes("of"),
        int(MASK),
    ]


def test_nulls_and_empty_texts_have_no_words() -> None:
    found = words(pa.array([None, "", "one word", " \n", "!?"], pa.string()))
    assert found.offsets.tolist() == [0, 0, 0, 2, 2, 2]
    assert words(pa.array([], pa.string())).offsets.tolist() == [0]


TEXTS = st.lists(
    st.one_of(
        st.none(),
        st.text(max_size=30),
        st.text(alphabet="ab1 '\"`@:/.w(\n)é中“”", max_size=30),
        st.sampled_from(["plain words", "x", "1", "'", '"', "ends 7", "7 begins", "(b)", "b)", "https://", "a@b.c"]),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(TEXTS)
def test_a_text_reads_the_same_in_any_company(texts: list[str | None]) -> None:
    together = words(pa.array(texts, pa.string()))
    alone = [words(pa.array([text], pa.string())).hashes for text in texts]
    assert together.counts.tolist() == [len(one) for one in alone]
    assert together.hashes.tolist() == [value for one in alone for value in one.tolist()]


@settings(deadline=None)
@given(TEXTS, st.integers(0, 5))
def test_slices_of_arrays_are_read_where_they_begin(texts: list[str | None], skip: int) -> None:
    array = pa.array([*["other text"] * skip, *texts, "more"], pa.string()).slice(skip, len(texts))
    assert words(array).hashes.tolist() == words(pa.array(texts, pa.string())).hashes.tolist()


@pytest.mark.parametrize(
    "unit",
    ['"', "'a ", "`", "```", "“", "www.", "a@", "://", "a", "1 ", "「", "\ufdfa", "a\u0301", "(a) ", "<", "[0", "x@y.z "],
)
def test_hostile_text_takes_linear_time(unit: str) -> None:
    """Forty times the text may not take a thousand times as long (a quadratic scan would take 1,600)."""

    def seconds(size: int) -> float:
        text = pa.array([(unit * size)[:size]])
        begin = time.process_time()
        words(text)
        return time.process_time() - begin

    seconds(100)
    assert seconds(400_000) < 400 * max(seconds(10_000), 0.002)


def test_words_drop() -> None:
    found = words(pa.array(["one two three", "", "four five"]))
    left = found.drop(np.array([0, 3]))
    assert left.offsets.tolist() == [0, 2, 2, 3]
    assert left.hashes.tolist() == [*hashes("two three"), *hashes("five")]
