"""What other sightings make together: where and when, of all files, each with the source of its earliest occurrence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from linkage.sightings import SENTENCES, derive
from linkage.sightings.derived import DERIVATIONS
from linkage.tables import create
from tests.sightings.factory import at, digest, engine

#: account, kind, value, n, first_seen, last_seen, file, record
Seen = tuple[str, str, str, int, datetime | None, datetime | None, int, int]
#: network, asn, whether it is rented out
Network = tuple[str, int | None, bool]


def made(seen: Sequence[Seen], networks: Sequence[Network] = ()) -> list[tuple[Any, ...]]:
    """Rows of `sightings` that `derive` adds to those that are given."""
    con = engine()
    con.execute("DROP TABLE IF EXISTS sightings")
    con.execute(create("sightings"))
    con.execute("CREATE OR REPLACE TEMP TABLE network_kinds (value VARCHAR, asn BIGINT, hosted BOOLEAN)")
    if networks:
        con.executemany("INSERT INTO network_kinds VALUES (?, ?, ?)", [list(row) for row in networks])
    given = [[*row[:6], digest(row[6]), row[7]] for row in seen]
    if given:
        con.executemany("INSERT INTO sightings VALUES (?, ?, ?, ?, ?, ?, ?, ?)", given)
    derive(con, sightings="sightings")
    rows = con.execute("SELECT * FROM sightings ORDER BY ALL").fetchall()
    before = [tuple(row) for row in given]
    assert all(row in rows for row in before), "what was there stays"
    return [row for row in rows if row not in before]


def test_an_issuer_range_and_the_hour_of_its_first_use() -> None:
    seen = [
        ("a", "bin", "424242", 2, at(1.1), at(9), 0, 3),
        ("b", "bin", "424242", 1, at(1.9), at(1.9), 1, 4),
        ("c", "bin", "424242", 1, at(2.0), at(2.0), 1, 5),
        ("d", "bin", "555555", 1, at(1.5), at(1.5), 1, 6),
        ("e", "bin", "424242", 1, None, None, 1, 7),
    ]
    assert made(seen) == [
        ("a", "bin_window", "424242 2026-03-01 01h", 2, at(1.1), at(9), digest(0), 3),
        ("b", "bin_window", "424242 2026-03-01 01h", 1, at(1.9), at(1.9), digest(1), 4),
    ]


@pytest.mark.parametrize("address", ["198.51.100.7", "2001:db8::1"])
def test_an_address_and_the_day_on_which_it_was_first_seen(address: str) -> None:
    seen = [
        ("a", "ip", address, 5, at(0), at(90), 0, 1),
        ("b", "ip", address, 1, at(23.9), at(23.9), 0, 2),
        ("c", "ip", address, 1, at(24), at(24), 0, 3),
        ("d", "ip", "198.51.100.8", 1, at(1), at(1), 0, 4),
        ("e", "ip", address, 1, None, None, 0, 5),
    ]
    assert made(seen) == [
        ("a", "address_day", f"{address} 2026-03-01", 5, at(0), at(90), digest(0), 1),
        ("b", "address_day", f"{address} 2026-03-01", 1, at(23.9), at(23.9), digest(0), 2),
    ]


def begun(*hours: float) -> list[Seen]:
    """An account for each hour of its first request, each at an address of its own, and one that the logs begin with."""
    first: list[Seen] = [("z", "ip", "203.0.113.1", 9, at(0), at(90), 0, 1)]
    return first + [
        (f"a{place}", "ip", f"198.51.100.{place}", 3, at(hour), at(hour + 5), 1, place) for place, hour in enumerate(hours)
    ]


def test_the_hour_of_an_account_s_first_request() -> None:
    seen = [*begun(30.2, 30.9, 31), ("a0", "ip", "198.51.100.99", 3, at(30.1), at(40), 2, 7)]
    assert made(seen) == [
        ("a0", "first_use", "2026-03-02 06h", 1, at(30.1), at(30.1), digest(2), 7),
        ("a1", "first_use", "2026-03-02 06h", 1, at(30.9), at(30.9), digest(1), 1),
    ]
    assert made(begun(3.2, 3.4)) == [], "what the logs begin with began before them"


def test_a_provider_of_servers_links_and_a_carrier_does_not() -> None:
    networks = [("192.0.2.0/24", 64500, True), ("198.51.100.0/24", 64500, True), ("203.0.113.0/24", 64501, False)]
    seen: list[Seen] = [
        ("a", "network", "192.0.2.0/24", 2, at(5), at(6), 0, 9),
        ("a", "network", "198.51.100.0/24", 3, at(2), at(4), 1, 8),
        ("b", "network", "198.51.100.0/24", 1, None, None, 1, 7),
        *((name, "network", "203.0.113.0/24", 1, at(1), at(1), 2, 6) for name in "abc"),
        ("c", "network", "2001:db8::/64", 1, at(1), at(1), 2, 5),
    ]
    assert made(seen, networks) == [
        ("a", "asn", "AS64500", 5, at(2), at(6), digest(1), 8),
        ("b", "asn", "AS64500", 1, None, None, digest(1), 7),
    ]
    assert made(seen, [(network, None, hosted) for network, _, hosted in networks]) == []


def test_of_equally_early_rows_the_source_does_not_hang_on_their_order() -> None:
    networks = [("192.0.2.0/24", 64500, True), ("198.51.100.0/24", 64500, True)]
    seen: list[Seen] = [
        (name, "network", network, 1, at(1), at(1), file, record)
        for name in "ab"
        for network, file, record in [("192.0.2.0/24", 0, 2), ("198.51.100.0/24", 1, 1)]
    ]
    assert made(seen, networks) == made(seen[::-1], networks)


def test_what_the_input_calls_by_a_name_of_ours_stays_one_row() -> None:
    seen: list[Seen] = [
        *((name, "bin", "424242", 1, at(1), at(1), 0, place) for place, name in enumerate("ab")),
        ("a", "bin_window", "424242 2026-03-01 01h", 7, at(3), at(3), 1, 1),
    ]
    assert made(seen) == [("b", "bin_window", "424242 2026-03-01 01h", 1, at(1), at(1), digest(0), 1)]


def test_nothing_is_made_of_what_one_account_has_or_of_other_kinds() -> None:
    assert made([]) == []
    assert made([("a", kind, "424242", 1, at(1), at(1), 0, 1) for kind in ("bin", "ip", "network")]) == []
    assert made([(name, "device", "d", 1, at(1), at(1), 0, 1) for name in "ab"]) == []


def test_every_derived_kind_says_what_an_investigator_reads() -> None:
    for derivation in DERIVATIONS:
        sentence = SENTENCES[derivation.kind]
        assert sentence.endswith(".") and sentence[0].isupper() and "\n" not in sentence
