"""The address plan of a world: networks of carriers, hosters and offices, and the addresses inside them.

An address is an integer: an IPv4 address is itself; an IPv6 address is -1 - (its place in the book).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.simulate.arrays import Ints, Rng

_RESERVED = {0, 10, 100, 127, 169, 172, 192, 198, 203, *range(224, 256)}
_OCTETS = pa.array([str(n) for n in range(256)], pa.string())
_GROUPS = pa.array([format(n, "x") for n in range(65536)], pa.string())


@dataclass(frozen=True)
class Pool:
    """Addresses of one network operator: ranges of IPv4, each `size` long."""

    starts: Ints
    size: int

    def draw(self, rng: Rng, count: int) -> Ints:
        """`count` addresses, with repeats where chance has it."""
        return self.starts[rng.integers(0, len(self.starts), count)] + rng.integers(0, self.size, count)

    def few(self, rng: Rng, count: int) -> Ints:
        """At most `count` different addresses."""
        return np.unique(self.draw(rng, count))


class AddressBook:
    """Hands out networks and remembers what is known of them."""

    def __init__(self, rng: Rng) -> None:
        blocks = [first * 256 + second for first in range(1, 224) if first not in _RESERVED for second in range(256)]
        self._blocks = [block << 16 for block in rng.permutation(blocks).tolist()]
        self._open: dict[int, list[int]] = {}
        self._v6: list[Ints] = []
        self._v6_count = 0
        self.networks: list[tuple[str, int, str, str]] = []
        self._asn = 1000

    def asn(self, rng: Rng) -> int:
        """A new operator's number."""
        self._asn += int(rng.integers(1, 400))
        return self._asn

    def pool(self, rng: Rng, kind: str, country: str, addresses: int, *, asn: int = 0) -> Pool:
        """A new operator's ranges, with room for about `addresses`."""
        bits = int(np.clip(np.ceil(np.log2(max(addresses, 16))), 4, 16))
        count = max(1, round(addresses / 2**bits))
        asn = asn or self.asn(rng)
        starts = [self._range(bits) for _ in range(count)]
        for start in starts:
            self.networks.append((f"{_dotted(start)}/{32 - bits}", asn, kind, country))
        return Pool(np.array(starts), 2**bits)

    def _range(self, bits: int) -> int:
        """The next free range of 2**bits addresses; ranges of one size share a /16."""
        free = self._open.setdefault(bits, [])
        if not free:
            block = self._blocks.pop()
            free.extend(range(block + 65536 - 2**bits, block - 1, -(2**bits)))
        return free.pop()

    def v6_operator(self, rng: Rng, country: str) -> int:
        """A new /32 of a residential carrier: its upper 32 bits."""
        high = 0x2A00_0000 + int(rng.integers(0x1_0001, 0xFF_FFFF)) | 0x1
        text = f"{high >> 16:x}:{high & 0xFFFF:x}::/32"
        self.networks.append((text, self.asn(rng), "residential", country))
        return high

    def v6_homes(self, rng: Rng, operators: Ints, devices: int) -> Ints:
        """For each home (its operator's upper 32 bits) a /64 of its own and `devices` addresses in it."""
        homes = len(operators)
        site = rng.integers(1, 65536, (homes, 2))
        groups = np.empty((homes, devices, 8), dtype=np.int64)
        groups[:, :, 0], groups[:, :, 1] = (operators >> 16)[:, None], (operators & 0xFFFF)[:, None]
        groups[:, :, 2:4] = site[:, None, :]
        groups[:, :, 4:] = rng.integers(1, 65536, (homes, devices, 4))
        self._v6.append(groups.reshape(-1, 8))
        first = self._v6_count
        self._v6_count += homes * devices
        return (-1 - np.arange(first, self._v6_count)).reshape(homes, devices)

    def text(self, codes: Ints) -> Any:
        """Addresses as canonical text."""
        plain = np.where(codes >= 0, codes, 0)
        octets = [_OCTETS.take(pa.array((plain >> shift) & 255)) for shift in (24, 16, 8, 0)]
        dotted = pc.binary_join_element_wise(*octets, ".")
        six = np.flatnonzero(codes < 0)
        if not len(six):
            return dotted
        groups = np.concatenate(self._v6)[-1 - codes[six]]
        colons = pc.binary_join_element_wise(*[_GROUPS.take(pa.array(groups[:, i])) for i in range(8)], ":")
        place = np.arange(len(codes))
        place[six] = len(codes) + np.arange(len(six))
        return pa.concat_arrays([dotted, colons]).take(pa.array(place))


def _dotted(address: int) -> str:
    return ".".join(str((address >> shift) & 255) for shift in (24, 16, 8, 0))
