"""The kind of a network is that of the narrowest known range around it."""

from __future__ import annotations

import ipaddress

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.clusters.ranges import find_network_kinds
from tests.clusters.factory import engine


def kinds(networks: list[str], ranges: list[tuple[str, str | None]]) -> dict[str, str]:
    con = engine()
    con.register("seen", pa.table({"value": pa.array(networks, pa.string())}))
    columns = [pa.array([row[place] for row in ranges], pa.string()) for place in (0, 1)]
    con.register("known", pa.table(columns, names=["cidr", "kind"]))
    con.execute("CREATE OR REPLACE TABLE sightings AS SELECT 'network' AS kind, value FROM seen")
    con.execute("CREATE OR REPLACE TABLE networks_all AS SELECT cidr, kind, NULL::BIGINT AS asn FROM known")
    find_network_kinds(con)
    return dict(con.execute("SELECT value, kind FROM network_kinds ORDER BY value").fetchall())


def test_the_narrowest_range_counts() -> None:
    ranges = [("10.0.0.0/8", "residential"), ("10.1.0.0/16", "mobile"), ("10.1.2.0/24", "hosting"), ("0.0.0.0/0", "any")]
    found = kinds(["10.1.2.0/24", "10.1.3.0/24", "10.2.0.0/24", "192.0.2.0/24"], ranges)
    assert found == {"10.1.2.0/24": "hosting", "10.1.3.0/24": "mobile", "10.2.0.0/24": "residential", "192.0.2.0/24": "any"}


def test_a_range_within_a_network_says_nothing_of_all_of_it() -> None:
    assert kinds(["10.1.2.0/24", "2001:db8::/64"], [("10.1.2.0/28", "hosting"), ("2001:db8::/80", "hosting")]) == {}


def test_both_versions_are_known_and_not_mixed_up() -> None:
    found = kinds(
        ["10.0.0.0/24", "a00::/64", "2001:db8:0:7::/64"], [("2001:db8::/32", "vpn"), ("a00::/8", "x"), ("10.0.0.0/8", "y")]
    )
    assert found == {"10.0.0.0/24": "y", "a00::/64": "x", "2001:db8:0:7::/64": "vpn"}
    assert kinds(["a00::/64"], [("10.0.0.0/8", "y")]) == {}


def test_a_range_without_a_kind_and_two_kinds_of_one_range() -> None:
    assert kinds(["10.1.2.0/24"], [("10.1.0.0/16", None), ("10.0.0.0/8", "b"), ("10.0.0.0/8", "a")]) == {"10.1.2.0/24": "a"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "office",
        "10.1.2.0",
        "10.1.2/24",
        "999.999.999.999/99",
        "10.1.2.3.4/24",
        "::/",
        "/",
        "1:2",
        "255.255.255.255/33",
        "٣.1.1.1/8",
    ],
)
def test_any_text_may_be_seen_as_a_network(text: str) -> None:
    assert kinds([text], [("0.0.0.0/0", "y"), ("::/0", "x")]) == {}


_V4 = st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)).map(
    lambda t: str(ipaddress.ip_network((t[0], t[1]), strict=False))
)
_V6 = st.tuples(st.integers(0, 2**128 - 1), st.integers(0, 128)).map(
    lambda t: str(ipaddress.ip_network((t[0], t[1]), strict=False))
)
_NEAR = st.tuples(st.integers(0, 15), st.integers(20, 32)).map(
    lambda t: str(ipaddress.ip_network((0x0A000000 + (t[0] << 6), t[1]), strict=False))
)
_ANY = st.one_of(_V4, _V6, _NEAR)


@given(st.lists(_ANY, max_size=12, unique=True), st.dictionaries(_ANY, st.sampled_from(["hosting", "mobile"]), max_size=12))
@settings(deadline=None, max_examples=60)
def test_it_agrees_with_looking_at_every_range(networks: list[str], ranges: dict[str, str]) -> None:
    expected = {}
    for text in networks:
        network = ipaddress.ip_network(text)
        # half of an IPv6 address is looked at: a range that goes on beyond it says nothing
        around = [
            r
            for r in map(ipaddress.ip_network, ranges)
            if r.version == network.version and network.subnet_of(r) and r.prefixlen <= 64  # type: ignore[arg-type]
        ]
        if around:
            expected[text] = ranges[str(max(around, key=lambda r: r.prefixlen))]
    assert kinds(networks, list(ranges.items())) == expected
