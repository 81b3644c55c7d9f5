"""Machine code and numpy make the same sketches."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from linkage.fingerprints import compiled
from linkage.fingerprints.public import compile_public
from linkage.fingerprints.texts import sketch_texts

if os.environ.get("CI") == "true":
    assert compiled.AVAILABLE, "install the extra 'fast'"
pytestmark = pytest.mark.skipif(not compiled.AVAILABLE, reason="needs numba: pip install 'account-linkage[fast]'")

PUBLIC = compile_public(
    [
        "the quick brown fox jumps over the lazy dog and runs away from it all",
        "answer the question",
        "you are a helpful assistant",
    ]
)
#: words that meet the public texts, masks of each sort, signs that open and close, and what is not ASCII
WORDS = (
    "the quick brown fox jumps over lazy dog answer question you are a helpful assistant and runs away from it all "
    "a) 1) b 17 x9 'quoted' \"so\" `code` https://a.example/b www.b.example me@c.example averyveryveryverylongwordindeed12 "
    "antidisestablishmentarianismically don't It's ÄÖÜ 漢字 العربية \u200b 🙂 _under_ ''' ``` . :/ w."
)
Word = st.sampled_from(WORDS.split(" ")) | st.text(max_size=12)
Text = st.lists(Word, max_size=90).map(" ".join)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.none() | Text, min_size=1, max_size=6))
@example(["w", ".x", ":", "/x", "'", "a", ")b", ""])
@example(["same " * 400, "one two three four five " * 200])
def test_machine_code_and_numpy_agree(texts: list[str | None]) -> None:
    given_ = pa.array(texts, pa.string())
    whole, sketches = sketch_texts(given_, PUBLIC)
    reference, packed = sketch_texts(given_, PUBLIC, plain=True)
    assert whole.tolist() == reference.tolist()
    assert sketches.to_pylist() == packed.to_pylist()


def test_agree_on_long_and_on_real_texts() -> None:
    texts = [(Path(__file__).parents[2] / name).read_text() for name in ("README.md", "docs/method.md", "Makefile")]
    given_ = pa.array([*texts, *(line for text in texts for line in text.splitlines())])
    whole, sketches = sketch_texts(given_, PUBLIC)
    reference, packed = sketch_texts(given_, PUBLIC, plain=True)
    assert whole.tolist() == reference.tolist()
    assert sketches.equals(packed)
    assert sum(value is not None for value in packed.to_pylist()) > 100
