"""Each kind of cell: what it is accepted as, and what is said when it is not."""

from __future__ import annotations

import ipaddress
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linkage.errors import InputError
from linkage.ingest.addresses import canonical_address, canonical_range
from tests.ingest.factory import AS_OF, accepted, cells, listed, read_one, write

NEW_YEAR = datetime(2026, 1, 1)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-01", NEW_YEAR),
        ("2026-01-01T00:00", NEW_YEAR),
        ("2026-01-01 00:00:00", NEW_YEAR),
        ("2026-01-01T00:00:00Z", NEW_YEAR),
        ("2026-01-01t00:00:00z", NEW_YEAR),
        (" 2026-01-01T00:00:00Z\n", NEW_YEAR),
        ("2026-01-01T02:00:00+02:00", NEW_YEAR),
        ("2026-01-01 02:00:00+02", NEW_YEAR),
        ("2026-01-01 02:00:00 +0200", NEW_YEAR),
        ("2025-12-31T18:30:00-05:30", NEW_YEAR),
        ("20260101T000000Z", NEW_YEAR),
        ("20260101T0000", NEW_YEAR),
        ("20260101T0200+02", NEW_YEAR),
        ("2026-01-01T00:00:00.5", NEW_YEAR + timedelta(milliseconds=500)),
        ("2026-01-01T00:00:00,5Z", NEW_YEAR + timedelta(milliseconds=500)),
        ("2026-01-01T00:00:00.123456789Z", NEW_YEAR + timedelta(microseconds=123456)),
        ("0001-01-01", datetime(1, 1, 1)),
        ("1767225600", None),
        ("yesterday", None),
        ("2026-02-30", None),
        ("2026-01-01T25:00:00", None),
        ("2026-01-01T00:00:00+25:00", None),
        ("2026-01-01 00:00:00 UTC", None),
        ("0000-01-01", None),
        ("01/02/2026", None),
        ("infinity", None),
        ("2026-01-01; DROP TABLE rows", None),
    ],
)
def test_times_as_text(con: duckdb.DuckDBPyConnection, tmp_path: Path, text: str, moment: datetime | None) -> None:
    assert cells(con, tmp_path, "requests", "ts", [text]) == [moment]
    assert listed(con) == ([] if moment else [(1, "ts", "set aside", listed(con)[0][3])])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.datetimes(
            min_value=datetime(1900, 1, 1),
            max_value=datetime(2026, 3, 30),
            timezones=st.none() | st.integers(-1079, 1079).map(lambda minutes: timezone(timedelta(minutes=minutes))),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_times_as_python_writes_them(con: duckdb.DuckDBPyConnection, tmp_path: Path, moments: list[datetime]) -> None:
    expected = [moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment for moment in moments]
    assert cells(con, tmp_path, "requests", "ts", [moment.isoformat() for moment in moments]) == expected


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York"])
def test_times_as_parquet_stores_them(con: duckdb.DuckDBPyConnection, tmp_path: Path, unit: str, zone: str | None) -> None:
    times = pa.array([1767225600, None], pa.timestamp("s", zone)).cast(pa.timestamp(unit, zone))
    pq.write_table(
        pa.table({"account_id": ["a", "b"], "payment_id": ["p", "q"], "seen_at": times}), tmp_path / "payments.parquet"
    )
    reading = read_one(con, tmp_path, "payments.parquet")
    assert [row["seen_at"] for row in accepted(con)] == [NEW_YEAR, None]
    assert (reading.max_time, reading.nulled) == (NEW_YEAR, 0)


def test_days_and_nanoseconds(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert cells(con, tmp_path, "requests", "ts", [date(2026, 1, 1)]) == [NEW_YEAR]
    for zone in (None, "UTC"):
        late = pa.array([1767225599_999_999_999], pa.timestamp("ns", zone))
        pq.write_table(pa.table({"account_id": ["a"], "ts": late}), tmp_path / "requests.parquet")
        read_one(con, tmp_path, "requests.parquet")
        # cut, as text is, and not rounded into the next year
        assert accepted(con)[0]["ts"] == datetime(2025, 12, 31, 23, 59, 59, 999999)


@pytest.mark.parametrize("kind", [pa.timestamp("ms"), pa.timestamp("us"), pa.timestamp("ms", "UTC"), pa.timestamp("ns")])
def test_times_out_of_every_range(con: duckdb.DuckDBPyConnection, tmp_path: Path, kind: pa.DataType) -> None:
    times = pa.array([0, 2**63 - 1, -(2**63) + 1], pa.int64()).view(kind)
    pq.write_table(pa.table({"account_id": ["a"] * 3, "ts": times}), tmp_path / "requests.parquet")
    assert read_one(con, tmp_path, "requests.parquet").set_aside == 2
    assert [row["ts"] for row in accepted(con)] == [datetime(1970, 1, 1)]


def test_rows_from_the_future_are_set_aside(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    edge = AS_OF + timedelta(hours=24)
    times = [edge.isoformat(), (edge + timedelta(microseconds=1)).isoformat()]
    assert cells(con, tmp_path, "accounts", "created_at", times) == [edge, None]
    assert listed(con) == [(2, "created_at", "set aside", "is over 24 hours in the future: 2026-04-02 00:00:00.000001")]


@pytest.mark.parametrize(
    ("values", "accepted_as"),
    [
        ([1, 0, None, 10**9], [1, 0, None, 10**9]),
        ([-1, 10**9 + 1, 2**62], [None, None, None]),
        ([1.0, 2.5, float("nan"), float("inf"), None], [1, None, None, None, None]),
        (["7", " 8 ", "9.0", "+3", "1e3", "0x10", "-4", "", "9" * 30, "5 "], [7, 8, 9, 3, None, None, None, None, None, 5]),
    ],
)
def test_token_counts(con: duckdb.DuckDBPyConnection, tmp_path: Path, values: list[Any], accepted_as: list[int | None]) -> None:
    assert cells(con, tmp_path, "requests", "input_tokens", values) == accepted_as


def test_gaps_are_not_listed_but_unreadable_cells_are(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    cells(con, tmp_path, "requests", "input_tokens", [1.0, float("nan"), None, 2.5])
    assert listed(con) == [(4, "input_tokens", "nulled", "is not a whole number from 0 to 1000000000: 2.5")]


def test_system_numbers(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert cells(con, tmp_path, "networks", "asn", ["AS64500", "64500", "as 1", "x", "4294967296"]) == [
        64500,
        64500,
        1,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("203.0.113.9", "203.0.113.9"),
        (" 203.0.113.9 ", "203.0.113.9"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("::FFFF:CB00:7109", "203.0.113.9"),
        ("::1", "::1"),
        ("::203.0.113.9", "::cb00:7109"),
        ("fe80::1%eth0", None),
        ("203.0.113.256", None),
        ("203.0.113.09", None),
        ("203.0.113", None),
        ("203.0.113.9:443", None),
        ("[2001:db8::1]", None),
        ("localhost", None),
        ("203.0.113.9/32", None),
    ],
)
def test_addresses(con: duckdb.DuckDBPyConnection, tmp_path: Path, text: str, canonical: str | None) -> None:
    assert cells(con, tmp_path, "requests", "ip", ["198.51.100.1", text]) == ["198.51.100.1", canonical]
    assert [row[:3] for row in listed(con)] == ([] if canonical else [(2, "ip", "nulled")])


@given(st.ip_addresses(v=6) | st.integers(0, 2**32 - 1).map(ipaddress.IPv6Address), st.randoms(use_true_random=False))
def test_addresses_are_written_as_ipaddress_writes_them(address: ipaddress.IPv6Address, random: Any) -> None:
    expected = str(address.ipv4_mapped or address)
    for text in (str(address), address.exploded, address.exploded.upper()):
        assert canonical_address(text) == expected
    broken = list(address.exploded)
    broken[random.randrange(len(broken))] = random.choice("g:.% ")
    try:
        again = ipaddress.ip_address("".join(broken).strip())
    except ValueError:
        assert canonical_address("".join(broken)) is None
    else:
        assert isinstance(again, ipaddress.IPv6Address)
        zoned = again.scope_id is not None
        assert canonical_address("".join(broken)) == (None if zoned else str(again.ipv4_mapped or again))


def test_ranges(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert canonical_range("10.1.2.3/8") == "10.0.0.0/8"
    given_ = ["10.1.2.3/8", "2001:DB8::1/32", "10.0.0.1", "10.0.0.0/33", "x"]
    assert cells(con, tmp_path, "networks", "cidr", given_) == ["10.0.0.0/8", "2001:db8::/32", "10.0.0.1/32", None, None]
    assert [row[:3] for row in listed(con)] == [(4, "cidr", "set aside"), (5, "cidr", "set aside")]


def test_domains_and_countries(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    domains = ["Example.COM", "@example.com", "example.com.", "someone@Example.com", "bücher.example", "a b", "@", ""]
    assert cells(con, tmp_path, "accounts", "email_domain", domains) == [
        *["example.com"] * 4,
        "bücher.example",
        None,
        None,
        None,
    ]
    assert [row[:2] for row in listed(con)] == [(6, "email_domain"), (7, "email_domain")]
    assert cells(con, tmp_path, "accounts", "country", ["de", "DE ", "DEU", "1x", None]) == ["DE", "DE", None, None, None]


def test_labels_are_two(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    given_ = ["confirmed_fraud", "confirmed_benign", "guilty"]
    assert cells(con, tmp_path, "labels", "label", given_) == ["confirmed_fraud", "confirmed_benign", None]
    assert listed(con) == [(3, "label", "set aside", 'is neither confirmed_fraud nor confirmed_benign: "guilty"')]


def test_account_ids_may_be_any_text(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    odd = [" a ", "x' OR 1=1 --", "\x1b[31m", "‮", "🦉", "a\nb", '"', "0", "a" * 65_536]
    assert cells(con, tmp_path, "accounts", "account_id", odd) == odd
    none = ["", " ", "\t\n", "\u00a0\u2003\u200b", None, "a\0b", "a" * 65_537, "é" * 40_000]
    assert cells(con, tmp_path, "accounts", "account_id", none) == [None] * len(none)
    reasons = [reason for _, _, effect, reason in listed(con) if effect == "set aside"]
    assert reasons == [
        *["is required and missing"] * 5,
        'holds a NUL character: "a\\u0000b"',
        "is longer than 65536 bytes",
        "is longer than 65536 bytes",
    ]


def test_optional_identifiers_lose_only_the_cell(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert cells(con, tmp_path, "requests", "user_agent", ["UA/1", " ", "a\0", "x" * 70_000]) == ["UA/1", None, None, None]
    assert [row[:3] for row in listed(con)] == [(3, "user_agent", "nulled"), (4, "user_agent", "nulled")]


def test_prompts_are_free_and_never_quoted(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    texts = ["x" * 200_000, " ", "a\0b", ""]
    assert cells(con, tmp_path, "requests", "prompt", texts) == ["x" * 200_000, " ", "a\0b", None]
    assert listed(con) == []


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([7, 8], ["7", "8"]),
        ([7.0, float("nan"), 8.5], ["7", None, "8.5"]),
        ([2.0**70], [str(2**70)]),
        ([True, False], ["true", "false"]),
        ([b"ab", b"\xff"], ["ab", None]),
        ([date(2026, 1, 1)], ["2026-01-01"]),
    ],
)
def test_other_types_become_text(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, values: list[Any], texts: list[str | None]
) -> None:
    assert cells(con, tmp_path, "accounts", "account_id", values) == texts


@pytest.mark.parametrize(
    ("column", "value", "type_"),
    [("ts", 1767225600, "BIGINT"), ("account_id", [1], "BIGINT\\[\\]"), ("prompt", {"a": 1}, "STRUCT"),
     ("input_tokens", True, "BOOLEAN"), ("ts", 1.5, "DOUBLE")],
)  # fmt: skip
def test_types_that_hold_nothing_of_use(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, column: str, value: Any, type_: str
) -> None:
    write(tmp_path / "requests.parquet", [{"account_id": "a", "ts": "2026-01-01"} | {column: value}])
    with pytest.raises(InputError, match=rf"requests\.parquet: column {column} is of type {type_}.*cannot be read; store"):
        read_one(con, tmp_path, "requests.parquet")


def test_a_column_of_nothing_but_nulls_is_a_missing_column(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert cells(con, tmp_path, "payments", "seen_at", [None, None]) == [None, None]
    assert listed(con) == []


def test_the_first_fault_in_the_order_of_columns_is_told(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write(tmp_path / "requests.csv", [{"account_id": "", "ts": "never", "ip": "bad"}, {"account_id": "a", "ts": "", "ip": "x"}])
    reading = read_one(con, tmp_path, "requests.csv")
    assert listed(con) == [
        (1, "account_id", "set aside", "is required and missing"),
        (2, "ts", "set aside", "is required and missing"),
    ]
    assert (reading.rows, reading.set_aside, reading.nulled, reading.max_time) == (2, 2, 0, None)


def test_reasons_are_cut_and_escaped(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    cells(con, tmp_path, "requests", "ip", ["\x1b[2J\x7f\x9b\u202e" + "x" * 200])
    ((_, _, _, reason),) = listed(con)
    assert reason == 'is not an IP address: "\\u001B[2J' + "\\ufffd" * 3 + "x" * 53 + '..."'
