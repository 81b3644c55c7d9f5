"""The method's measured error rates, with exact intervals."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

from scipy.special import betaincinv

#: confidence of the intervals
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Rate:
    """`hits` of `of`, measured with `program`, and the Clopper-Pearson interval (Biometrika 26, 1934): it covers at least as often as it says."""

    what: str
    meaning: str
    world: str
    hits: int
    of: int
    program: str = ""

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


def error_rates() -> tuple[str, tuple[Rate, ...]]:
    """The note on how they were measured, and the rates."""
    text = (resources.files("linkage.evidence") / "data" / "error_rates.toml").read_text(encoding="utf-8")
    read: dict[str, Any] = tomllib.loads(text)
    return str(read["note"]), tuple(Rate(**row) for row in read["measured"])
