from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.investigate import search
from linkage.investigate.searching import _common_text
from linkage.store import Snapshot


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("harvest", ("cluster", None, "harvest", "equal")),
        ("a3", ("account", None, "a3", "equal")),
        ("card-1", ("identifier", "payment", "card-1", "equal")),
        ("harv", ("cluster", None, "harvest", "begins")),
        ("CARD-2", ("identifier", "payment", "card-2", "begins")),
        ("ffice-in", ("identifier", "org", "office-inc", "holds")),
        ("192.0.2.1", ("identifier", "ip", "192.0.2.1", "equal")),
        ("2001:0db8:0:7:0:0:0:1", ("identifier", "ip", "2001:db8:0:7::1", "equal")),
        ("2001:db8::/32", ("identifier", "ip", "2001:db8:0:7::1", "inside")),
    ],
)
def test_what_is_found_first(snapshot: Snapshot, text: str, first: tuple[str, str | None, str, str]) -> None:
    hit = search(snapshot, text)[0]
    assert (hit.type, hit.kind, hit.value, hit.match) == first


def test_a_range_finds_the_addresses_and_networks_that_touch_it(snapshot: Snapshot) -> None:
    assert {hit.value for hit in search(snapshot, "203.0.113.0/28")} == {"203.0.113.9", "203.0.113.0/24"}
    assert [hit.value for hit in search(snapshot, "0.0.0.0/0", limit=2)] == ["203.0.113.0/24", "198.51.100.7"]
    assert search(snapshot, "10.0.0.0/8") == []


def test_patterns_are_plain_text(snapshot: Snapshot) -> None:
    assert search(snapshot, "%") == []
    assert search(snapshot, "a_") == []
    assert search(snapshot, "  ") == []


@given(st.ip_addresses(v=6), st.integers(0, 128))
def test_every_address_of_a_range_begins_with_the_common_text(address: ipaddress.IPv6Address, prefix: int) -> None:
    network = ipaddress.ip_network((address, prefix), strict=False)
    text = _common_text(network)
    for inside in (network[0], network[-1], address):
        assert str(inside).startswith(text)


@given(st.ip_addresses(v=4), st.integers(0, 32))
def test_the_common_text_of_octets(address: ipaddress.IPv4Address, prefix: int) -> None:
    network = ipaddress.ip_network((address, prefix), strict=False)
    assert str(network[-1]).startswith(_common_text(network))
