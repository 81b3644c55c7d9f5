"""How kinds look in a picture of a graph and in the tables beside it: a shape and a colour each.

Kinds differ by shape as well as by colour, for who does not tell colours apart. A circle is an account.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

#: Colours that stand out by 3:1 (WCAG 2.2, 1.4.11) from a white and from a near-black page alike.
COLOURS: Final = {
    "amber": "#b7791f",
    "blue": "#2f7fc1",
    "violet": "#8a63d2",
    "teal": "#12877f",
    "rose": "#c8478c",
    "red": "#d1453b",
    "olive": "#71852a",
    "brown": "#a5673f",
    "grey": "#7a8793",
}
ACCOUNT: Final = "#7a8793"
FLAGGED: Final = COLOURS["red"]


@dataclass(frozen=True)
class Mark:
    """A shape, by its name in `_PATHS`, and a colour."""

    symbol: str
    colour: str

    def as_data(self) -> dict[str, str]:
        """The mark as an SVG path in a box from -8 to 8."""
        return {"path": _PATHS[self.symbol], "colour": self.colour}

    @property
    def points(self) -> list[float]:
        """The corners of the mark, x and y by turns, in a box from -1 to 1."""
        corners = _PATHS[self.symbol].strip("MZ").split("L")
        return [round(float(number) / 8, 3) for corner in corners for number in corner.split()]


def _polygon(points: Iterable[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"


def _regular(corners: int, radius: float = 7, inner: float | None = None, turn: float = 0) -> str:
    """A regular polygon, or a star where `inner` is the radius of its dents; its first corner is at the top."""
    steps = corners * (1 if inner is None else 2)
    angles = [math.tau * i / steps - math.tau / 4 + turn for i in range(steps)]
    radii = [radius if inner is None or i % 2 == 0 else inner for i in range(steps)]
    return _polygon((r * math.cos(a), r * math.sin(a)) for r, a in zip(radii, angles, strict=True))


_CROSS = [(-2, -7), (2, -7), (2, -2), (7, -2), (7, 2), (2, 2), (2, 7), (-2, 7), (-2, 2), (-7, 2), (-7, -2), (-2, -2)]
_PATHS: Final[dict[str, str]] = {
    "square": _polygon([(-6, -6), (6, -6), (6, 6), (-6, 6)]),
    "diamond": _regular(4),
    "triangle-up": _polygon([(0, -7), (7, 6), (-7, 6)]),
    "triangle-down": _polygon([(0, 7), (7, -6), (-7, -6)]),
    "triangle-left": _polygon([(-7, 0), (6, 7), (6, -7)]),
    "triangle-right": _polygon([(7, 0), (-6, 7), (-6, -7)]),
    "pentagon": _regular(5),
    "hexagon2": _regular(6, turn=math.tau / 12),
    "octagon": _regular(8, turn=math.tau / 16),
    "star": _regular(5, inner=2.9),
    "hexagram": _regular(6, inner=4),
    "star-diamond": _regular(4, inner=3.2),
    "cross": _polygon(_CROSS),
    "x": _polygon([((x - y) * 0.71, (x + y) * 0.71) for x, y in _CROSS]),
    "hourglass": _polygon([(-6, -7), (6, -7), (-6, 7), (6, 7)]),
    "bowtie": _polygon([(-7, -6), (-7, 6), (7, -6), (7, 6)]),
    "diamond-tall": _polygon([(0, -8), (4.5, 0), (0, 8), (-4.5, 0)]),
    "diamond-wide": _polygon([(-8, 0), (0, 4.5), (8, 0), (0, -4.5)]),
}
_KNOWN: Final[dict[str, tuple[str, str]]] = {
    "payment": ("square", "amber"),
    "bin": ("diamond-wide", "amber"),
    "bin_window": ("diamond-tall", "amber"),
    "ip": ("diamond", "blue"),
    "network": ("hexagon2", "blue"),
    "address_day": ("diamond-tall", "blue"),
    "asn": ("octagon", "blue"),
    "client_id": ("pentagon", "violet"),
    "user_agent": ("octagon", "violet"),
    "email_domain": ("triangle-up", "teal"),
    "org": ("triangle-down", "teal"),
    "signup_day": ("hourglass", "grey"),
    "prompt": ("star", "rose"),
    "scaffold": ("star-diamond", "rose"),
    "near_duplicate": ("hexagram", "rose"),
    "system_prompt": ("star", "brown"),
    "system_scaffold": ("star-diamond", "brown"),
    "device": ("cross", "olive"),
    "phone": ("bowtie", "olive"),
    "referral": ("triangle-right", "brown"),
    "canary": ("x", "red"),
}


def marks(kinds: Iterable[str]) -> dict[str, Mark]:
    """A mark for each kind, no two alike as long as there are enough.

    A kind that ships with the product always looks the same; another gets what its name hashes to, or the next free.
    """
    wanted = sorted(set(kinds))
    given = {kind: Mark(symbol, COLOURS[colour]) for kind, (symbol, colour) in _KNOWN.items() if kind in wanted}
    every = [Mark(symbol, colour) for symbol in _PATHS for colour in COLOURS.values()]
    for kind in wanted:
        if kind not in given:
            start = int.from_bytes(hashlib.sha256(kind.encode("utf-8", "replace")).digest()[:4]) % len(every)
            turned = every[start:] + every[:start]
            given[kind] = next((mark for mark in turned if mark not in given.values()), every[start])
    return given
