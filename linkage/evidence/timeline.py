"""The timeline as a picture: requests a day as bars, active accounts as a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 760, 250, 60, 50, 14, 46
#: days of which every one has a bar of its own; a longer time shows its last ones
MOST_DAYS: Final = 366


def draw_timeline(days: Sequence[Mapping[str, Any]], *, gaps: bool = False) -> str:
    """SVG of rows with day (ISO text), requests and accounts; nothing where there are none.

    A day without a row is one without use; with `gaps` nothing is known of it, and nothing drawn.
    """
    if not days:
        return ""
    known = {str(row["day"]): row for row in days}
    last = date.fromisoformat(max(known))
    first = max(date.fromisoformat(min(known)), last - timedelta(days=MOST_DAYS - 1))
    span = [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]
    requests = [int((known.get(day) or {}).get("requests") or 0) for day in span]
    accounts = [int((known.get(day) or {}).get("accounts") or 0) for day in span]
    most_requests, most_accounts = _round_up(max(requests)), _round_up(max(accounts))
    step = (_WIDTH - _LEFT - _RIGHT) / len(span)
    floor, height = _HEIGHT - _BOTTOM, _HEIGHT - _BOTTOM - _TOP
    bars = "".join(
        f'<rect x="{_LEFT + n * step + step * 0.1:.1f}" y="{floor - height * count / most_requests:.1f}" '
        f'width="{step * 0.8:.1f}" height="{height * count / most_requests:.1f}" fill="#9db7d3">'
        f"<title>{span[n]}: {count:,} requests, {accounts[n]:,} accounts</title></rect>"
        for n, count in enumerate(requests)
    )
    drawn = [n for n, day in enumerate(span) if day in known or not gaps]
    runs = [[n for _, n in run] for _, run in groupby(enumerate(drawn), key=lambda pair: pair[1] - pair[0])]
    spots = [[(_LEFT + (n + 0.5) * step, floor - height * accounts[n] / most_accounts) for n in run] for run in runs]
    lines = "".join(
        f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in run)}" fill="none" stroke="#b3541e" stroke-width="2"/>'
        for run in spots
    ) + "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="#b3541e"/>' for run in spots for x, y in run)
    every = max(1, len(span) // 8)
    labels = "".join(
        f'<text x="{_LEFT + (n + 0.5) * step:.1f}" y="{floor + 16}" text-anchor="middle">{span[n][5:]}</text>'
        for n in range(0, len(span), every)
    )
    scale = "".join(
        f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{floor - height * part:.1f}" y2="{floor - height * part:.1f}" stroke="#ddd"/>'
        f'<text x="{_LEFT - 6}" y="{floor - height * part + 4:.1f}" text-anchor="end">{round(most_requests * part):,}</text>'
        f'<text x="{_WIDTH - _RIGHT + 6}" y="{floor - height * part + 4:.1f}">{round(most_accounts * part):,}</text>'
        for part in (0, 0.5, 1)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" font-size="11" fill="#333" '
        f'aria-label="Requests and active accounts a day">{scale}{bars}{lines}{labels}'
        f'<text x="{_LEFT}" y="{_HEIGHT - 6}">bars, left scale: requests a day</text>'
        f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 6}" text-anchor="end" fill="#b3541e">line, right scale: active accounts</text></svg>'
    )


def _round_up(most: int) -> int:
    """The next number with one digit and zeros, an even one so that its half is whole."""
    if most < 2:
        return 2
    power = int(10 ** (len(str(most)) - 1))
    return next(power * n for n in (1, 2, 4, 6, 8, 10, 20) if power * n >= most)
