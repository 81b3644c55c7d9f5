from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as some

from linkage.investigate import Hit
from ui import links


@given(some.text(some.characters(exclude_categories=["Cs"]), min_size=1), some.text(some.characters(exclude_categories=["Cs"])))
def test_an_address_brings_back_what_it_names(kind: str, value: str) -> None:
    address = urlsplit(links.identifier(kind, value).address)
    assert address.path == "/identifier"
    assert address.scheme == address.netloc == address.fragment == ""
    assert parse_qs(address.query, keep_blank_values=True) == {"kind": [kind], "value": [value]}
    assert links.identifier(kind, value).address.isascii()


def test_addresses_are_those_of_the_contract() -> None:
    assert links.Link("queue").address == "/"
    assert links.cluster("C1").address == "/cluster?cluster=C1"
    assert links.account("a/b").address == "/account?account=a%2Fb"
    assert links.identifier("ip", "::1").address == "/identifier?kind=ip&value=%3A%3A1"


@pytest.mark.parametrize(
    ("kind", "found", "address"),
    [
        (None, "cluster", "/cluster?cluster=x"),
        (None, "account", "/account?account=x"),
        ("ip", "identifier", "/identifier?kind=ip&value=x"),
    ],
)
def test_a_hit_leads_to_its_page(kind: str | None, found: str, address: str) -> None:
    assert links.hit(Hit(found, "equal", kind, "x", 1, None, False)).address == address
