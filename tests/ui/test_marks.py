from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as some

from linkage.config import Config
from ui.components.marks import ACCOUNT, COLOURS, marks

#: Pages in light and in dark, as .streamlit/config.toml has them.
PAGES = ("#ffffff", "#12181f")


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_colour_stands_out_from_either_page() -> None:
    for colour in (*COLOURS.values(), ACCOUNT):
        for page in PAGES:
            light, dark = sorted((luminance(colour), luminance(page)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 3, (colour, page)


@given(some.lists(some.text(max_size=8), max_size=30), some.randoms(use_true_random=False))
def test_no_two_kinds_look_alike_in_whatever_order_they_come(kinds: list[str], chance: object) -> None:
    given_marks = marks(kinds)
    assert len(set(given_marks.values())) == len(set(kinds))
    chance.shuffle(kinds)  # type: ignore[attr-defined]
    assert marks(kinds) == given_marks


def test_a_kind_of_the_configuration_always_looks_the_same() -> None:
    shipped = list(Config().kinds)
    linking = [name for name, kind in Config().kinds.items() if kind.links]
    together = marks(shipped)
    assert len({mark.symbol for mark in marks(linking).values()}) >= len(linking) * 0.7
    assert all(marks([kind])[kind] == together[kind] for kind in linking)


def test_a_mark_is_drawn_inside_its_box() -> None:
    for mark in marks(f"kind {i}" for i in range(150)).values():
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", mark.as_data()["path"])]
        assert numbers
        assert max(map(abs, numbers)) <= 8
