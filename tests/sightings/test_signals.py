"""Every kind of sighting comes from its column, and says what its docstring says."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from linkage.sightings import SENTENCES, SIGNALS, extract_usage
from linkage.tables import INPUT, create
from tests.sightings.factory import at, engine, extracted, insert

#: kind -> input table, the cells of a row that shows it, and the value that it is seen with
SHOWN: dict[str, tuple[str, dict[str, Any], str]] = {
    "email_domain": ("accounts", {"email_domain": "mail.example"}, "mail.example"),
    "org": ("accounts", {"org_id": "org-1"}, "org-1"),
    "country": ("accounts", {"country": "DE"}, "DE"),
    "signup_day": ("accounts", {}, "2026-03-01"),
    "payment": ("payments", {"payment_id": "card-1"}, "card-1"),
    "bin": ("payments", {"bin": "424242"}, "424242"),
    "ip": ("requests", {"ip": "198.51.100.7"}, "198.51.100.7"),
    "client_id": ("requests", {"client_id": "ja4-1"}, "ja4-1"),
    "user_agent": ("requests", {"user_agent": "curl/8"}, "curl/8"),
    "platform": ("requests", {"platform": "cloud"}, "cloud"),
    "end_user": ("requests", {"end_user_id": "u-1"}, "u-1"),
}
TIMES = {"accounts": "created_at", "payments": "seen_at", "requests": "ts", "sightings": "seen_at"}


def of(kind: str, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [row for row in rows if row[1] == kind]


def test_every_signal_is_shown_here() -> None:
    assert {signal.kind for signal in SIGNALS} == set(SHOWN)


@pytest.mark.parametrize("kind", sorted(SHOWN))
def test_a_signal_reads_its_cell(kind: str) -> None:
    table, cells, value = SHOWN[kind]
    rows = [{"account_id": "a", TIMES[table]: at(hours), **cells} for hours in (5, 3, 9)]
    assert of(kind, extracted(table, rows)) == [("a", kind, value, 3, at(3), at(9), 2)]


@pytest.mark.parametrize("kind", sorted(SHOWN))
def test_an_empty_cell_is_no_sighting(kind: str) -> None:
    table, cells, _ = SHOWN[kind]
    row = {"account_id": "a", TIMES[table]: None if kind == "signup_day" else at(1)}
    assert of(kind, extracted(table, [row])) == [], "nothing but its own cell makes a sighting"
    assert cells or kind == "signup_day"


@pytest.mark.parametrize("kind", sorted(set(SHOWN) - {"signup_day"}))
def test_a_row_without_a_time_is_seen_all_the_same(kind: str) -> None:
    table, cells, value = SHOWN[kind]
    assert of(kind, extracted(table, [{"account_id": "a", **cells}])) == [("a", kind, value, 1, None, None, 1)]


@pytest.mark.parametrize("kind", sorted(SHOWN))
def test_a_signal_says_what_an_investigator_reads(kind: str) -> None:
    sentence = SENTENCES[kind]
    assert sentence.endswith(".") and sentence[0].isupper() and "\n" not in sentence


def test_signals_read_columns_that_the_contract_has() -> None:
    for signal in SIGNALS:
        assert signal.time in INPUT[signal.table]
        engine().execute(f"SELECT {signal.value}, {signal.time} FROM {insert(engine(), signal.table, [])}")


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("198.51.100.7", "198.51.100.0/24"),
        ("198.51.100.0", "198.51.100.0/24"),
        ("10.0.0.255", "10.0.0.0/24"),
        ("2001:db8:0:7:1:2:3:4", "2001:db8:0:7::/64"),
        ("2001:db8::", "2001:db8::/64"),
        ("::1", "::/64"),
        ("fe80::ffff:1", "fe80::/64"),
    ],
)
def test_a_network_is_the_24_of_an_ipv4_and_the_64_of_an_ipv6_address(ip: str, network: str) -> None:
    rows = extracted("requests", [{"account_id": "a", "ts": at(1), "ip": ip}])
    assert of("network", rows) == [("a", "network", network, 1, at(1), at(1), 1)]


def test_addresses_of_one_network_are_one_sighting_of_it() -> None:
    addresses = ["203.0.113.9", "203.0.113.200", "2001:db8::1", "2001:db8::2", None]
    rows = extracted("requests", [{"account_id": "a", "ts": at(9 - place), "ip": ip} for place, ip in enumerate(addresses)])
    assert of("network", rows) == [
        ("a", "network", "2001:db8::/64", 2, at(6), at(7), 4),
        ("a", "network", "203.0.113.0/24", 2, at(8), at(9), 2),
    ]


def test_a_sighting_of_any_kind_is_taken_as_it_is() -> None:
    hostile = "'); DROP TABLE x; --\u202e\n"
    rows = [{"account_id": "a", "kind": kind, "value": hostile, "seen_at": at(1)} for kind in ("device", hostile, "ip")]
    expected = [("a", row["kind"], hostile, 1, at(1), at(1), record) for record, row in enumerate(rows, start=1)]
    assert extracted("sightings", rows) == sorted(expected)


def test_times_before_1970_are_times() -> None:
    rows = [{"account_id": "a", "payment_id": "card", "seen_at": datetime(year, 1, 1)} for year in (1969, 1875, 1970)]
    (row,) = of("payment", extracted("payments", rows))
    assert row == ("a", "payment", "card", 3, datetime(1875, 1, 1), datetime(1970, 1, 1), 2)
    (day,) = of("signup_day", extracted("accounts", [{"account_id": "a", "created_at": datetime(1969, 12, 31, 23)}]))
    assert day[2] == "1969-12-31"


def test_the_record_is_of_the_occurrence_that_first_seen_rests_on() -> None:
    """A row without a time is not the earliest; of equals the smallest record is."""
    times = [None, at(4), at(2), at(2), None]
    rows = [{"account_id": "a", "payment_id": "card", "seen_at": time} for time in times]
    assert of("payment", extracted("payments", rows)) == [("a", "payment", "card", 5, at(2), at(4), 3)]


def test_a_record_number_may_carry_the_place_of_its_file() -> None:
    """A microsecond tells more than any record number."""
    late, early = datetime(2026, 3, 1, 0, 0, 0, 5), datetime(2026, 3, 1, 0, 0, 0, 3)
    rows = [
        {"account_id": "a", "kind": "device", "value": "d", "seen_at": late, "record": 1},
        {"account_id": "a", "kind": "device", "value": "d", "seen_at": early, "record": (9 << 40) + 7},
    ]
    assert extracted("sightings", rows)[0][-1] == (9 << 40) + 7


def test_usage_is_counted_by_hour_and_by_model() -> None:
    rows = [
        {"account_id": "a", "ts": at(1.2), "model": "m", "input_tokens": 5, "output_tokens": 7},
        {"account_id": "a", "ts": at(1.9), "model": None, "input_tokens": None, "output_tokens": 1},
        {"account_id": "a", "ts": at(2.0), "model": "m", "input_tokens": None, "output_tokens": None},
        {"account_id": "b", "ts": at(-1e6), "model": "m"},
    ]
    con = engine()
    con.execute(f"{create('activity')}; {create('models')}")
    extract_usage(con, source=insert(con, "requests", rows), activity="activity", models="models")
    activity = con.execute("SELECT * FROM activity ORDER BY ALL").fetchall()
    models = con.execute("SELECT * FROM models ORDER BY ALL").fetchall()
    assert activity == [("a", at(1), 2, 5, 8), ("a", at(2), 1, 0, 0), ("b", at(-1e6), 1, 0, 0)]
    assert models == [("a", "m", at(1.2), at(2.0), 2, 7), ("b", "m", at(-1e6), at(-1e6), 1, 0)]


@pytest.mark.parametrize("table", sorted(INPUT))
def test_a_table_without_rows_says_nothing(table: str) -> None:
    assert extracted(table, []) == []
