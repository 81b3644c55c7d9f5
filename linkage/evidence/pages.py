"""Pages made from templates: self-contained HTML, no script, everything that came from input escaped twice over.

Jinja2 escapes what HTML would obey; before it, `printable` escapes what a reader would not see: control characters and
those that hide or reorder text.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from linkage.investigate.printable import printable


def render(template: str, *, counts: Mapping[str, int], **values: Any) -> bytes:
    """A page; `{{ count('accounts') }}` in it writes a count so that the verifier finds it and counts again."""

    def count(name: str) -> Markup:
        number = counts[name]
        return Markup('<data value="{}" data-count="{}">{}</data>').format(number, name, f"{number:,}")

    return _environment().get_template(template).render(count=count, counts=counts, **values).encode("utf-8")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("linkage.evidence", "templates"),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {"number": _number, "day": _day, "moment": _moment, "percent": _percent, "short": _short, "risk": _risk}
    return made


def _shown(value: Any) -> Any:
    if isinstance(value, Markup):
        return value
    if isinstance(value, str):
        return printable(value)
    return "" if value is None else value


def _number(value: float | int | None, digits: int = 0) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def _percent(value: float | None, digits: int = 0) -> str:
    return "" if value is None else f"{value:.{digits}%}"


def _risk(value: float, digits: int = 2) -> str:
    """A risk that is never told as certainty."""
    edge = 10.0**-digits
    if value > 1 - edge / 2:
        return f"above {1 - edge:.{digits}f}"
    return f"below {edge:.{digits}f}" if value < edge / 2 else f"{value:.{digits}f}"


def _day(value: datetime | str | None) -> str:
    return "" if value is None else str(value)[:10]


def _moment(value: datetime | str | None) -> str:
    return value.strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else value or ""


def _short(value: str | None, most: int = 60) -> str:
    """A long value, cut where it would break the page; the whole of it is in the tables."""
    return printable(value or "", most)
