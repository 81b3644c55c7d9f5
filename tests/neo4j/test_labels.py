"""Labels of kinds are safe text and tell kinds apart, whatever a kind is called."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.config import Config
from linkage.neo4j.labels import MOST_LABELS, RESERVED, label, labels

SAFE = re.compile(r"[A-Z][A-Za-z0-9]*(_[0-9a-f]{12})?")
NAMES = st.text(max_size=80) | st.from_regex(r"[a-zA-Z0-9_ `]{0,12}", fullmatch=True)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("payment", "Payment"),
        ("ip", "Ip"),
        ("near_duplicate", "NearDuplicate"),
        ("ja4_h", "Ja4H"),
        ("email_domain", "EmailDomain"),
    ],
)
def test_plain_kinds_read_well(kind: str, expected: str) -> None:
    assert label(kind) == expected


def test_every_configured_kind_has_a_plain_label() -> None:
    assert all("_" not in label(kind) for kind in Config().kinds)


@pytest.mark.parametrize("kind", ["account", "identifier", "cluster", "snapshot", "Account"])
def test_our_own_labels_are_never_taken(kind: str) -> None:
    assert label(kind) not in RESERVED
    assert label(kind).startswith(kind.capitalize() + "_")


@settings(deadline=None)
@given(NAMES)
def test_a_label_is_safe(kind: str) -> None:
    assert SAFE.fullmatch(label(kind))
    assert len(label(kind)) <= 64
    assert label(kind) not in RESERVED


@settings(deadline=None)
@given(NAMES, NAMES)
def test_two_kinds_never_share_a_label(one: str, other: str) -> None:
    assert (label(one) == label(other)) == (one == other)


@settings(deadline=None)
@given(st.permutations([(f"kind_{letter}", size) for letter, size in zip("abcdef", [3, 3, 9, 1, 3, 2], strict=True)]))
def test_the_largest_kinds_get_labels_whatever_their_order(kinds: list[tuple[str, int]]) -> None:
    many = [(f"more{number}", 4) for number in range(MOST_LABELS - 3)]
    found = labels(kinds + many)
    assert len(found) == MOST_LABELS
    assert {kind for kind in found if kind.startswith("kind_")} == {"kind_a", "kind_b", "kind_c"}
