"""The grammar renders what its files say, the templates keep their constant parts, paraphrase changes a tenth."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.simulate.text.grammar import Grammar, read_rules, scatter, standard
from linkage.simulate.text.templates import FLAVOURS, ORDINARY, Templates, paraphrase


def test_the_file_form() -> None:
    rules = read_rules("% note\ncolour = red dark~blue\n[line]\n{colour} {{x}}\\nend\n")
    assert rules == {"colour": ["red", "dark blue"], "line": ["{colour} {{x}}\nend"]}
    texts = Grammar(rules).render("line", 50, np.random.default_rng(0)).to_pylist()
    assert set(texts) == {"red {x}\nend", "dark blue {x}\nend"}


def test_a_bad_file_says_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="uses missing"):
        Grammar({"a": ["{missing}"]})
    with pytest.raises(ValueError, match="no production"):
        Grammar({"a": []})
    with pytest.raises(ValueError, match="before any rule"):
        read_rules("text\n")


def test_slots_of_one_production_are_drawn_independently() -> None:
    grammar = Grammar({"bit": ["0", "1"], "pair": ["{bit}{bit}", "{bit}{bit}"]})
    texts = grammar.render("pair", 4000, np.random.default_rng(1)).to_pylist()
    counts = [texts.count(pair) for pair in ("00", "01", "10", "11")]
    assert min(counts) > 850
    assert sum(counts) == 4000


@pytest.mark.parametrize("rule", ORDINARY)
def test_every_ordinary_rule_renders_and_leaves_no_slot(rule: str) -> None:
    texts = standard().render(rule, 300, np.random.default_rng(2)).to_pylist()
    assert all(texts)
    assert len(set(texts)) > (3 if rule == "small_talk" else 250)


def test_a_poorer_grammar_is_still_whole() -> None:
    poorer = standard().thinned(np.random.default_rng(3), 0.3)
    assert poorer.size("noun") < standard().size("noun") / 2
    for rule in ORDINARY:
        assert len(poorer.render(rule, 20, np.random.default_rng(4))) == 20


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60))
def test_scatter_puts_each_row_back(choice: list[int]) -> None:
    codes = np.array(choice)
    texts = [f"{code}-{place}" for place, code in enumerate(choice)]
    pieces = [pa.array([t for t, c in zip(texts, choice, strict=True) if c == code]) for code in sorted(set(choice))]
    assert scatter(pieces, codes).to_pylist() == texts


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_template_keeps_a_constant_part_and_varies_the_rest(flavour: str) -> None:
    rng = np.random.default_rng(5)
    templates = Templates(standard())
    ids = templates.make(rng, 12, flavour)
    templates.close()
    for number in ids.tolist():
        texts = templates.render(np.full(30, number), rng).to_pylist()
        words = set.intersection(*(set(text.split()) for text in texts))
        assert len(words) >= 5
        assert len(set(texts)) >= 12


def test_a_plain_template_is_its_body() -> None:
    templates = Templates(Grammar({**{rule: ["plain"] for rule in ORDINARY}}))
    templates.close()
    assert templates.render(np.arange(len(ORDINARY)), np.random.default_rng(0)).to_pylist() == ["plain"] * len(ORDINARY)


@settings(max_examples=20, deadline=None)
@given(rate=st.floats(0.05, 0.3), seed=st.integers(0, 99))
def test_paraphrase_changes_about_the_asked_share_of_words(rate: float, seed: int) -> None:
    text = " ".join(f"word{place}" for place in range(40))
    out = paraphrase(pa.array([text] * 200), np.full(200, rate), standard(), np.random.default_rng(seed)).to_pylist()
    kept = np.mean([len(set(text.split()) & set(other.split())) / 40 for other in out])
    assert abs(1 - kept - rate * 0.85) < 0.03
    assert len(set(out)) > 150


def test_paraphrase_leaves_other_rows_alone() -> None:
    texts = ["one two three four five six seven eight nine ten\nlines  stay"] * 2
    out = paraphrase(pa.array(texts), np.array([0.0, 0.9]), standard(), np.random.default_rng(1)).to_pylist()
    assert out[0] == texts[0]
    assert out[1] != texts[1]
