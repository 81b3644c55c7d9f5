"""Templates: constant parts around one or two variable bodies, in dictionary form; and paraphrase.

A prompt is `pre + body + mid + body + post`. A plain prompt is the template whose constant parts are empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.simulate.arrays import Floats, Ints, Rng
from linkage.simulate.text.grammar import Grammar, scatter

#: What people and programs send when nothing else is said.
ORDINARY = (
    "ask_code", "ask_translate", "ask_mail", "ask_maths", "ask_chat", "ask_support", "ask_summary", "ask_write",
    "ask_data", "ask_law", "ask_study", "ask_tool", "ask_grade", "ask_foreign", "ask_keywords", "small_talk",
)  # fmt: skip
#: flavour -> (rules of the constant head, rules of the constant tail, bodies it is put around)
FLAVOURS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "general": ("head_general", "tail_general", ("passage", "ask_data", "ask_mail", "sentence", "ask_law", "ask_write")),
    "reason": ("head_reason", "tail_reason", ("ask_maths", "question", "ask_study", "ask_chat")),
    "grade": ("head_grade", "tail_grade", ("ask_grade",)),
    "agent": ("head_agent", "tail_agent", ("ask_tool", "ask_code")),
    "code": ("head_code", "tail_code", ("ask_code", "code")),
    "support": ("head_support", "tail_support", ("ask_support", "passage")),
    "course": ("head_course", "tail_course", ("ask_study", "ask_maths", "ask_code")),
    "public": ("public_template", "tail_general", ("sentence", "ask_chat", "thing")),
}
_NOTHING = pa.array([""], pa.string())


class Templates:
    """Every template of a world; ids count from 0, and the first `len(ORDINARY)` are the plain bodies."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self.bodies: list[str] = ["", *ORDINARY]
        plain = len(ORDINARY)
        self._texts = {part: [pa.array([""] * plain, pa.string())] for part in ("pre", "mid", "post")}
        self._first: list[Ints] = [np.arange(1, plain + 1)]
        self._second: list[Ints] = [np.zeros(plain, dtype=np.int64)]
        self._count = plain

    def __len__(self) -> int:
        return self._count

    def body(self, rule: str) -> int:
        """Code of a body rule, registered on first use."""
        if rule not in self.bodies:
            self.bodies.append(rule)
        return self.bodies.index(rule)

    def make(self, rng: Rng, count: int, flavour: str, *, bodies: Sequence[str] = ()) -> Ints:
        """Ids of `count` new templates of a flavour, of every shape; `bodies` replaces the flavour's own."""
        if not count:
            return np.zeros(0, dtype=np.int64)
        head, tail, own = FLAVOURS[flavour]
        codes = np.array([self.body(rule) for rule in (bodies or own)])
        shape = rng.choice(4, count, p=[0.35, 0.2, 0.3, 0.15])
        empty = pa.array([""] * count, pa.string())
        drawn = self.grammar.render_all({head: count, tail: 2 * count}, rng)
        self._texts["pre"].append(pc.if_else(pa.array(shape != 1), drawn[head], empty))
        self._texts["mid"].append(pc.if_else(pa.array(shape == 3), drawn[tail].slice(count), empty))
        self._texts["post"].append(pc.if_else(pa.array(shape != 0), drawn[tail].slice(0, count), empty))
        self._first.append(codes[rng.integers(0, len(codes), count)])
        self._second.append(np.where(shape == 3, codes[rng.integers(0, len(codes), count)], 0))
        return self._new(count)

    def items(self, rules: Sequence[str]) -> Ints:
        """Ids of one template without constant part for each of these body rules."""
        empty = pa.array([""] * len(rules), pa.string())
        for texts in self._texts.values():
            texts.append(empty)
        self._first.append(np.array([self.body(rule) for rule in rules], dtype=np.int64))
        self._second.append(np.zeros(len(rules), dtype=np.int64))
        return self._new(len(rules))

    def _new(self, count: int) -> Ints:
        self._count += count
        return np.arange(self._count - count, self._count)

    def close(self) -> None:
        """Call once when every template is made: joins the columns."""
        self._texts = {part: [pa.concat_arrays(texts)] for part, texts in self._texts.items()}
        self._first, self._second = [np.concatenate(self._first)], [np.concatenate(self._second)]

    def render(self, template: Ints, rng: Rng) -> Any:
        """The prompt of each row, given each row's template id."""
        index = pa.array(template)
        first, second = self._first[0][template], self._second[0][template]
        twice = np.flatnonzero(second)
        bodies = self._bodies(np.concatenate([first, second[twice]]), rng)
        prompts = pc.binary_join_element_wise(self._texts["pre"][0].take(index), bodies.slice(0, len(first)), "")
        if len(twice):
            mids = self._texts["mid"][0].take(pa.array(template[twice]))
            rest = pc.binary_join_element_wise(mids, bodies.slice(len(first)), "")
            place = np.full(len(template), len(twice))
            place[twice] = np.arange(len(twice))
            prompts = pc.binary_join_element_wise(prompts, pa.concat_arrays([rest, _NOTHING]).take(pa.array(place)), "")
        return pc.binary_join_element_wise(prompts, self._texts["post"][0].take(index), "")

    def _bodies(self, codes: Ints, rng: Rng) -> Any:
        counts = np.bincount(codes, minlength=len(self.bodies)).tolist()
        wanted = {self.bodies[code]: n for code, n in enumerate(counts) if n}
        pools = self.grammar.render_all(wanted, rng)
        return scatter([pools[name] for name in wanted], codes)


def paraphrase(prompts: Any, rate: Floats, grammar: Grammar, rng: Rng) -> Any:
    """Each prompt with about `rate[i]` of its words replaced, dropped or doubled, drawn anew for every prompt."""
    lists = pc.split_pattern(prompts, " ")
    words, offsets = lists.flatten(), np.asarray(lists.offsets)
    row = np.repeat(np.arange(len(rate)), np.diff(offsets))
    changed = rng.random(len(words)) < rate[row]
    where = np.flatnonzero(changed)
    if not len(where):
        return prompts
    fresh = _replacements(words.take(pa.array(where)), grammar, rng)
    source = np.arange(len(words))
    source[where] = len(words) + np.arange(len(where))
    mixed = pa.concat_arrays([words, fresh]).take(pa.array(source))
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), mixed), " ")


def _replacements(old: Any, grammar: Grammar, rng: Rng) -> Any:
    """For each old word: mostly another one, sometimes nothing more, sometimes the word with one put before it."""
    kind = rng.random(len(old))
    pools = [grammar.render(name, len(old), rng) for name in ("filler", "adj", "noun", "verb")]
    other = scatter_pools(pools, rng.integers(0, len(pools), len(old)))
    added = pc.binary_join_element_wise(grammar.render("filler", len(old), rng), old, " ")
    return pc.if_else(pa.array(kind < 0.7), other, pc.if_else(pa.array(kind < 0.85), added, pa.scalar("")))


def scatter_pools(pools: list[Any], choice: Ints) -> Any:
    """Row i of the pool that `choice[i]` names."""
    rows = len(choice)
    return pa.concat_arrays(pools).take(pa.array(choice * rows + np.arange(rows)))
