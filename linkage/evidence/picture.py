"""The graph as a picture: accounts on a circle, the identifiers that tie them inside it, always drawn the same way.

The layout is computed, not relaxed: accounts that share the heaviest identifiers stand side by side, and an identifier
stands in the direction of the mean of its accounts (a barycentre layout; Sugiyama, Tagawa and Toda 1981).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from math import atan2, cos, pi, sin
from typing import Any, Final

from linkage.evidence.gather import Material
from linkage.investigate.printable import printable

#: what a printed page holds and a reader can follow
MOST_ACCOUNTS: Final = 72
MOST_IDENTIFIERS: Final = 14
_OF_ONE_KIND: Final = 5
_SIZE, _OUTER, _INNER = 640, 290, 165
#: a shape and a tint for each family, so that a grey print tells them apart by the number beside them
_COLOURS: Final = ("#1b5e9c", "#b3541e", "#2f7d4f", "#7a4b94", "#8a6d1f", "#9c2f45", "#3d6f78", "#5b5b5b")


@dataclass(frozen=True)
class Shown:
    """An identifier of the picture; `number` stands in it."""

    number: int
    kind: str
    value: str
    family: str
    colour: str
    inside: int


@dataclass(frozen=True)
class Picture:
    """`svg` with the identifiers it numbers; `accounts` of `of_accounts` are drawn."""

    svg: str
    identifiers: tuple[Shown, ...]
    accounts: int
    of_accounts: int
    of_identifiers: int
    links: int


def draw(material: Material) -> Picture:
    """The identifiers that carry most weight, few of one kind, and the accounts that they tie most."""
    wanted = _wanted(material)
    place = {(row["kind"], row["value"]): number for number, row in enumerate(wanted)}
    tied: dict[str, dict[int, float]] = defaultdict(dict)
    for account, kind, value, weight in material.cells("links", "account_id", "kind", "value", "weight"):
        number = place.get((kind, value))
        if number is not None:
            tied[account][number] = weight
    most = sorted(tied, key=lambda account: (-sum(tied[account].values()), account))[:MOST_ACCOUNTS]
    order = sorted(most, key=lambda account: (sorted(tied[account], key=lambda n: (-tied[account][n], n)), account))
    flagged = {account: role == "core" for account, role in material.cells("accounts", "account_id", "role")}
    families = sorted({row["family"] for row in wanted})
    colours = {family: _COLOURS[number % len(_COLOURS)] for number, family in enumerate(families)}
    spots = {account: _at(number, len(order), _OUTER) for number, account in enumerate(order)}
    inner = _inside(place.values(), tied, spots)
    lines, marks = [], []
    for account in order:
        for number, weight in sorted(tied[account].items()):
            (x, y), (u, v), colour = spots[account], inner[number], colours[wanted[number]["family"]]
            lines.append(
                f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{u:.1f}" y2="{v:.1f}" stroke="{colour}" '
                f'stroke-opacity="{0.15 + 0.45 * weight:.2f}" stroke-width="{0.5 + weight:.1f}"/>'
            )
        x, y = spots[account]
        fill = "#333" if flagged.get(account) else "#fff"
        marks.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{fill}" stroke="#333">'
            f"<title>{escape(printable(account, 80))}</title></circle>"
        )
    for number, row in enumerate(wanted):
        u, v = inner[number]
        marks.append(
            f'<rect x="{u - 11:.1f}" y="{v - 11:.1f}" width="22" height="22" rx="4" fill="{colours[row["family"]]}" stroke="#fff">'
            f"<title>{escape(printable(row['kind'] + ' ' + row['value'], 80))}</title></rect>"
            f'<text x="{u:.1f}" y="{v + 4.5:.1f}" text-anchor="middle" font-size="13" fill="#fff">{number + 1}</text>'
        )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIZE} {_SIZE}" role="img" '
        'aria-label="Accounts on a circle and the identifiers that they share inside it">'
        f"<g>{''.join(lines)}</g><g>{''.join(marks)}</g></svg>"
    )
    return Picture(
        svg=svg,
        identifiers=tuple(
            Shown(number + 1, row["kind"], row["value"], row["family"], colours[row["family"]], row["linked"])
            for number, row in enumerate(wanted)
        ),
        accounts=len(order),
        of_accounts=material.tables["accounts"].num_rows,
        of_identifiers=sum(linked >= 1 for (linked,) in material.cells("identifiers", "linked")),
        links=len(lines),
    )


def _wanted(material: Material) -> list[dict[str, Any]]:
    """Those that carry most weight, so many of each kind that other kinds are seen as well."""
    taken: Counter[str] = Counter()
    wanted = []
    for row in material.rows("identifiers"):
        if row["linked"] >= 2 and taken[row["kind"]] < _OF_ONE_KIND:
            taken[row["kind"]] += 1
            wanted.append(row)
    return wanted[:MOST_IDENTIFIERS]


def _at(number: int, count: int, radius: float) -> tuple[float, float]:
    angle = 2 * pi * number / max(count, 1) - pi / 2
    return _SIZE / 2 + radius * cos(angle), _SIZE / 2 + radius * sin(angle)


def _inside(
    numbers: Iterable[int], tied: dict[str, dict[int, float]], spots: dict[str, tuple[float, float]]
) -> dict[int, tuple[float, float]]:
    """Identifiers evenly on an inner circle, in the order of the mean direction of their accounts."""
    middle = _SIZE / 2
    sums: dict[int, list[float]] = {number: [0.0, 0.0] for number in numbers}
    for account, (x, y) in spots.items():
        for number, weight in tied[account].items():
            sums[number][0] += weight * (x - middle)
            sums[number][1] += weight * (y - middle)
    angle = {number: round(atan2(y, x), 6) for number, (x, y) in sums.items()}
    order = sorted(angle, key=lambda number: ((angle[number] + pi / 2) % (2 * pi), number))
    return {number: _at(slot, len(order), _INNER) for slot, number in enumerate(order)}
