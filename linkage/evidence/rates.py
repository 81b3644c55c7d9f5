"""The method's measured error rates, with exact intervals."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from scipy.special import betaincinv

from linkage.errors import NotFound

#: confidence of the intervals, and what they are called
CONFIDENCE = 0.95
INTERVAL = "Clopper-Pearson"
#: what simulated operators did to hide, in words
EVASIONS = {
    "rotate": "home addresses out of pools that other people use too, many an account",
    "cards": "a payment method of its own for each account",
    "paraphrase": "about a tenth of the words of each prompt changed",
    "jitter": "people's hours and sign-ups spread out",
    "aged": "accounts opened long before they are used",
    "mixed": "half of the traffic is that of ordinary customers",
    "all": "every one of these at once",
}


@dataclass(frozen=True)
class Rate:
    """`hits` of `of`, pooled over the worlds of these seeds; measured with `program` on the day `measured`.

    The interval is Clopper and Pearson's (Biometrika 26, 1934): it covers at least as often as it says.
    """

    what: str
    hits: int
    of: int
    meaning: str = ""
    accounts: int = 0
    evasion: str = ""
    seeds: tuple[int, ...] = ()
    program: str = ""
    measured: str = ""

    @property
    def rate(self) -> float:
        """The share."""
        return self.hits / self.of

    @property
    def interval(self) -> tuple[float, float]:
        """Lower and upper end at 95 % confidence."""
        tail = (1 - CONFIDENCE) / 2
        low = float(betaincinv(self.hits, self.of - self.hits + 1, tail)) if self.hits else 0.0
        high = float(betaincinv(self.hits + 1, self.of - self.hits, 1 - tail)) if self.hits < self.of else 1.0
        return low, high

    @property
    def world(self) -> str:
        """Where it was measured, in words."""
        number = f"{len(self.seeds)} simulated worlds" if len(self.seeds) > 1 else "a simulated world"
        evasion = {"none": "no evasion", "all": "every evasion at once"}.get(self.evasion, f"evasion {self.evasion}")
        named = "seeds" if len(self.seeds) > 1 else "seed"
        return f"{number} of {self.accounts:,} accounts, {evasion}, {named} {', '.join(map(str, self.seeds))}"


def error_rates() -> tuple[str, tuple[Rate, ...]]:
    """The note on how they were measured, and the rates."""
    text = (resources.files("linkage.evidence") / "data" / "error_rates.toml").read_text(encoding="utf-8")
    read: dict[str, Any] = tomllib.loads(text)
    return str(read["note"]), tuple(Rate(**{**row, "seeds": tuple(row["seeds"])}) for row in read["measured"])


@dataclass(frozen=True)
class Measured:
    """The rates as a report tells them: a line for each size of world and evasion, and the worst of each kind."""

    note: str
    meanings: dict[str, str]
    worlds: tuple[MeasuredWorld, ...]
    worst: tuple[Rate, ...]
    evasions: dict[str, str]
    programs: tuple[str, ...]
    days: tuple[str, ...]


@dataclass(frozen=True)
class MeasuredWorld:
    """The rates of one size and evasion, by what they are; None where nothing was flagged."""

    world: str
    rates: dict[str, Rate | None]


def measured() -> Measured:
    """All error rates, for a report."""
    note, rates = error_rates()
    meanings = {rate.what: rate.meaning for rate in rates}
    groups: dict[str, dict[str, Rate | None]] = {}
    for rate in rates:
        groups.setdefault(rate.world, dict.fromkeys(meanings))[rate.what] = rate
    told = {part for rate in rates for part in rate.evasion.split("+")}
    # of innocents who are flagged the most is the worst, of everything else the least
    bad = [
        max((one for one in rates if one.what == what), key=lambda one: one.rate)
        if what == "innocents flagged"
        else worst(rates, what)
        for what in meanings
    ]
    return Measured(
        note=note,
        meanings=meanings,
        worlds=tuple(MeasuredWorld(world, found) for world, found in groups.items()),
        worst=tuple(bad),
        evasions={name: meaning for name, meaning in EVASIONS.items() if name in told},
        programs=tuple(sorted({rate.program for rate in rates})),
        days=tuple(sorted({rate.measured for rate in rates})),
    )


def worst(rates: Sequence[Rate], what: str) -> Rate:
    """The least of the rates of a kind: what is promised of people is promised for the worst that was measured.

    Raises NotFound: none of that kind was measured.
    """
    found = [rate for rate in rates if rate.what == what]
    if not found:
        raise NotFound(f"no {what} was measured; write the error rates anew with benchmarks/error_rates.py")
    return min(found, key=lambda rate: (rate.rate, rate.interval[0]))
