"""Array types of the simulator and the few operations on them that every part needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Rng = np.random.Generator

_ALPHABET = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", dtype="S1")
_HEX = np.frombuffer(b"0123456789abcdef", dtype="S1")


@dataclass(frozen=True)
class Links:
    """Many-to-many pairs: the account at `owner[i]` has the value `value[i]`."""

    owner: Ints
    value: Ints

    def shifted(self, by: int) -> Links:
        """The same pairs with every owner moved by `by` places."""
        return Links(self.owner + by, self.value)

    def plus(self, other: Links) -> Links:
        """These pairs, then the other's."""
        return join_links([self, other])

    def without(self, owners: Bools) -> Links:
        """The pairs of accounts for which `owners` (one flag an account) is false."""
        keep = ~owners[self.owner]
        return Links(self.owner[keep], self.value[keep])

    def only(self, owners: Bools) -> Links:
        """The pairs of accounts for which `owners` is true."""
        return self.without(~owners)

    def by_owner(self, accounts: int) -> tuple[Ints, Ints]:
        """Compressed rows: `starts` (accounts + 1) into the values, which keep their order within an owner."""
        order = np.argsort(self.owner, kind="stable")
        starts = np.zeros(accounts + 1, dtype=np.int64)
        np.cumsum(np.bincount(self.owner, minlength=accounts), out=starts[1:])
        return starts, self.value[order]


def join_links(parts: list[Links]) -> Links:
    """One list of pairs out of several."""
    return Links(np.concatenate([part.owner for part in parts]), np.concatenate([part.value for part in parts]))


def no_links() -> Links:
    """No pairs at all."""
    return Links(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


def pick_links(rng: Rng, counts: Ints, values: Ints) -> Links:
    """For account i, `counts[i]` values drawn from `values`; repeats are dropped."""
    owner = np.repeat(np.arange(len(counts)), counts)
    value = values[rng.integers(0, len(values), len(owner))]
    return distinct_links(Links(owner, value))


def distinct_links(links: Links) -> Links:
    """The pairs, each once, in the order of their first occurrence within an owner."""
    keys = links.owner * (int(links.value.max(initial=0)) + 1 - min(0, int(links.value.min(initial=0)))) + (
        links.value - min(0, int(links.value.min(initial=0)))
    )
    first = np.sort(np.unique(keys, return_index=True)[1])
    return Links(links.owner[first], links.value[first])


def whole(rng: Rng, low: float, high: float) -> int:
    """A whole number from low to high, both included, even on the logarithm: small as likely as large."""
    return round(float(np.exp(rng.uniform(np.log(max(low, 1e-9)), np.log(max(high, low, 1e-9))))))


def split_sizes(rng: Rng, total: int, low: float, high: float) -> Ints:
    """Group sizes between low and high, log-uniform, that add up to `total` (the last one may be smaller)."""
    if total <= 0:
        return np.zeros(0, dtype=np.int64)
    count = max(4, int(2 * total / low) + 2)
    sizes = np.exp(rng.uniform(np.log(low), np.log(max(high, low)), count)).round().astype(np.int64)
    ends = np.cumsum(sizes)
    last = int(np.searchsorted(ends, total))
    sizes = sizes[: last + 1]
    sizes[-1] -= int(ends[last]) - total
    if len(sizes) > 1 and sizes[-1] < low:
        sizes[-2] += sizes[-1]
        sizes = sizes[:-1]
    return sizes


def opaque_ids(rng: Rng, count: int, prefix: str, length: int = 14, alphabet: str = "base32") -> Any:
    """`count` identifiers that say nothing: a prefix and `length` random characters, as a string array."""
    letters = _HEX if alphabet == "hex" else _ALPHABET
    drawn = letters[rng.integers(0, len(letters), (count, length))]
    body = np.ascontiguousarray(drawn).view(f"S{length}").ravel() if count else np.zeros(0, dtype=f"S{length}")
    text = pa.array(body.astype(str), pa.string())
    return pa.compute.binary_join_element_wise(pa.scalar(prefix), text, "")


def strings(values: list[str]) -> Any:
    """A string array."""
    return pa.array(values, pa.string())
