"""Addresses are public, canonical, inside the networks that were handed out, and networks do not overlap."""

from __future__ import annotations

import ipaddress
from itertools import pairwise

import numpy as np

from linkage.simulate.addresses import AddressBook
from tests.simulate.factory import ask, world


def test_pools_do_not_overlap_and_hold_their_addresses() -> None:
    rng = np.random.default_rng(1)
    book = AddressBook(rng)
    pools = [book.pool(rng, "business", "DE", size) for size in (1, 16, 20, 300, 5000, 200_000, 16, 1)]
    ranges = sorted((ipaddress.ip_network(cidr) for cidr, *_ in book.networks), key=int_of)
    assert all(int(a.broadcast_address) < int(b.network_address) for a, b in pairwise(ranges))
    for pool in pools:
        for text in book.text(pool.draw(rng, 20)).to_pylist():
            address = ipaddress.ip_address(text)
            assert address.is_global
            assert any(address in network for network in ranges)


def int_of(network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> int:
    return int(network.network_address)


def test_ipv6_homes_share_a_prefix_and_are_canonical() -> None:
    rng = np.random.default_rng(2)
    book = AddressBook(rng)
    operator = book.v6_operator(rng, "FR")
    homes = book.v6_homes(rng, np.full(3, operator), 4)
    for home in homes:
        texts = book.text(home).to_pylist()
        assert texts == [str(ipaddress.ip_address(text)) for text in texts]
        assert len({ipaddress.ip_network(f"{text}/64", strict=False) for text in texts}) == 1
        assert ipaddress.ip_address(texts[0]) in ipaddress.ip_network(book.networks[0][0])
    assert len(set(homes.ravel().tolist())) == 12


def test_every_address_of_a_world_is_canonical_and_public() -> None:
    for (text,) in ask(world(), "SELECT DISTINCT ip FROM requests WHERE ip IS NOT NULL ORDER BY hash(ip) LIMIT 3000"):
        address = ipaddress.ip_address(text)
        assert str(address) == text
        assert address.is_global
    for (text,) in ask(world(), "SELECT cidr FROM networks"):
        assert str(ipaddress.ip_network(text)) == text
