"""A grammar held as data files, rendered many rows at a time without a loop over rows.

`name = word word` is a word list (`~` for a space inside a word). `[name]` opens a rule of one production a
line; `{name}` is a slot, `{{` a brace, `\\n` a new line, `%` starts a comment line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from linkage.simulate.arrays import Ints, Rng

FILES = ("words.txt", "prompts.txt", "instructions.txt", "benchmarks.txt", "systems.txt")
Shorts = npt.NDArray[np.int16]
Part = tuple[str, str]  # constant text, then the slot that follows it ('' = none)


class Grammar:
    """Rules by name. A rule whose productions have no slot is a word list and is drawn by index."""

    def __init__(self, rules: Mapping[str, Sequence[str]]) -> None:
        """Raises ValueError: a rule is empty or a slot names no rule."""
        self._words: dict[str, Any] = {}
        self._orders: dict[tuple[str, ...], list[str]] = {}
        self._rules: dict[str, list[tuple[Part, ...]]] = {}
        for name, productions in rules.items():
            parsed = [_parse(text) for text in productions]
            if not parsed:
                raise ValueError(f"rule {name} has no production")
            if all(slot == "" for parts in parsed for _, slot in parts):
                self._words[name] = pa.array(["".join(text for text, _ in parts) for parts in parsed], pa.string())
            else:
                self._rules[name] = parsed
        for name, productions_ in self._rules.items():
            for parts in productions_:
                for _, slot in parts:
                    if slot and slot not in self._words and slot not in self._rules:
                        raise ValueError(f"rule {name} uses {slot}, which is no rule")

    def with_words(self, lists: Mapping[str, Any]) -> Grammar:
        """A grammar that also knows these word lists (string arrays, taken as they are)."""
        grown = Grammar({})
        grown._words = {**self._words, **lists}
        grown._rules = self._rules
        return grown

    def thinned(self, rng: Rng, share: float) -> Grammar:
        """A poorer grammar, with about this share of its words and productions, so that worlds differ in language."""
        poorer = Grammar({})
        for name, words in self._words.items():
            poorer._words[name] = words.take(pa.array(_kept(rng, len(words), share, least=12)))
        for name, productions in self._rules.items():
            kept = _kept(rng, len(productions), max(share, 0.5), least=4)
            poorer._rules[name] = [productions[place] for place in kept.tolist()]
        return poorer

    def __contains__(self, name: object) -> bool:
        return name in self._words or name in self._rules

    def size(self, name: str) -> int:
        """Number of productions of a rule."""
        return len(self._words[name]) if name in self._words else len(self._rules[name])

    def all(self, name: str) -> Any:
        """Every word of a word list, in its order."""
        return self._words[name]

    def render(self, name: str, rows: int, rng: Rng) -> Any:
        """A string array of `rows` independent draws of a rule."""
        return self.render_all({name: rows}, rng)[name]

    def render_all(self, wanted: Mapping[str, int], rng: Rng) -> dict[str, Any]:
        """Draws of several rules at once: rule -> string array of as many rows as wanted.

        Every rule is rendered once, for all its uses together, so the work is a fixed number of array operations
        (one a slot of the grammar) however many rows there are. Recursion per use took 200 times as long.
        """
        order = self._parents_first(tuple(wanted))
        demand = {name: wanted.get(name, 0) for name in order}
        claims: dict[str, list[tuple[int, list[int]]]] = {}
        choices: dict[str, Shorts] = {}
        for name in order:
            if name in self._words or not demand[name]:
                continue
            productions = self._rules[name]
            choices[name] = rng.integers(0, len(productions), demand[name], dtype=np.int16)
            counts = np.bincount(choices[name], minlength=len(productions)).tolist()
            claims[name] = []
            for parts, rows in zip(productions, counts, strict=True):
                starts = []
                for _, slot in parts:
                    starts.append(demand[slot] if slot else 0)
                    if slot:
                        demand[slot] += rows
                claims[name].append((rows, starts))
        pools: dict[str, Any] = {}
        for name in reversed(order):
            if not demand[name]:
                pools[name] = pa.array([], pa.string())
            elif name in self._words:
                words = self._words[name]
                pools[name] = words.take(pa.array(rng.integers(0, len(words), demand[name], dtype=np.int32)))
            else:
                pieces = [
                    _expand(parts, rows, starts, pools)
                    for parts, (rows, starts) in zip(self._rules[name], claims[name], strict=True)
                    if rows
                ]
                pools[name] = scatter(pieces, choices[name])
        return {name: pools[name].slice(0, rows) for name, rows in wanted.items()}

    def _parents_first(self, wanted: tuple[str, ...]) -> list[str]:
        """Every rule that the wanted ones reach, each before the rules it uses; remembered."""
        if wanted in self._orders:
            return self._orders[wanted]
        done: list[str] = []
        seen: set[str] = set()

        def visit(name: str) -> None:
            if name in seen:
                return
            seen.add(name)
            for parts in self._rules.get(name, []):
                for _, slot in parts:
                    if slot:
                        visit(slot)
            done.append(name)

        for name in wanted:
            visit(name)
        self._orders[wanted] = done[::-1]
        return done[::-1]


def _expand(parts: tuple[Part, ...], rows: int, starts: list[int], pools: Mapping[str, Any]) -> Any:
    columns: list[Any] = []
    for (text, slot), start in zip(parts, starts, strict=True):
        if text:
            columns.append(pa.scalar(text))
        if slot:
            columns.append(pools[slot].slice(start, rows))
    if all(isinstance(column, pa.Scalar) for column in columns):
        return pa.repeat("".join(column.as_py() for column in columns), rows)
    return pc.binary_join_element_wise(*columns, "")


def _kept(rng: Rng, count: int, share: float, least: int) -> Ints:
    """Places of a random part of `count` things, in order, never fewer than `least` of them."""
    many = min(count, max(least, round(share * count)))
    return np.sort(rng.permutation(count)[:many])


def scatter(pieces: list[Any], choice: Ints | Shorts) -> Any:
    """Undo a grouping: `pieces` hold the rows of each group in order, `choice` says each row's group."""
    if not pieces:
        return pa.array([], pa.string())
    if len(pieces) == 1:
        return pieces[0]
    # numpy sorts 16-bit integers by radix, ten times as fast as longer ones
    order = np.argsort(choice.astype(np.int16) if len(pieces) < 30_000 else choice, kind="stable")
    back = np.empty(len(order), dtype=np.int64)
    back[order] = np.arange(len(order))
    return pa.concat_arrays(pieces).take(pa.array(back))


def _parse(text: str) -> tuple[Part, ...]:
    return tuple((literal, field or "") for literal, field, _, _ in Formatter().parse(text)) or (("", ""),)


def read_rules(text: str) -> dict[str, list[str]]:
    """Rules of one grammar file.

    Raises ValueError: a production stands before any rule.
    """
    rules: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in text.splitlines():
        if not line or line.startswith("%"):
            continue
        head, _, rest = line.partition(" = ")
        if line.startswith("[") and line.endswith("]"):
            current = rules.setdefault(line[1:-1], [])
        elif rest and head.isidentifier():
            rules[head] = [word.replace("~", " ") for word in rest.split()]
        elif current is None:
            raise ValueError(f"production before any rule: {line}")
        else:
            current.append(line.replace("\\n", "\n"))
    return rules


@cache
def standard() -> Grammar:
    """The grammar that ships with the simulator."""
    rules: dict[str, list[str]] = {}
    for name in FILES:
        rules |= read_rules((files("linkage.simulate.text") / name).read_text(encoding="utf-8"))
    return Grammar(rules)
