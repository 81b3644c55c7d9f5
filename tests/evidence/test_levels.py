"""A partner bundle holds no raw value, a public one no count below ten."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import stat
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage.errors import StoreError, UsageError
from linkage.evidence import Exported, Level, verify
from linkage.evidence.public import _part, _rounded
from linkage.evidence.recount import too_small
from linkage.evidence.redact import Pseudonyms, network
from linkage.evidence.stix import cidr
from linkage.store import open_snapshot
from tests.evidence.factory import Desk, files, payload, read, rows, unzip

#: kinds whose values are no secret by themselves: a range, a day, two letters, the name of a platform
_PLAIN = ("network", "signup_day", "country", "platform")


def raw_values(desk: Desk) -> set[str]:
    """Every value that a snapshot holds of anybody: names of accounts, and what they were seen with."""
    with open_snapshot(desk.store) as snapshot:
        asked = f"""
            SELECT DISTINCT value FROM sightings WHERE kind NOT IN {_PLAIN}
            UNION SELECT account_id FROM accounts UNION SELECT email_domain FROM accounts UNION SELECT org_id FROM accounts
        """
        found = snapshot.query(asked)["value"].to_pylist()
    return {value for value in found if value}


def texts(folder: Path) -> str:
    """Every file of a folder as text, Parquet read as what it holds, escapes of JSON and HTML undone."""
    told = []
    for path in files(folder):
        if path.suffix == ".parquet":
            told.append(json.dumps(pq.read_table(path).to_pylist(), default=str, ensure_ascii=False))
        else:
            told.append(path.read_bytes().decode("utf-8", "replace"))
            if path.suffix in (".json", ".jsonl"):
                told += [
                    json.dumps(json.loads(line), ensure_ascii=False)
                    for line in path.read_text().splitlines()
                    if path.suffix == ".jsonl"
                ]
    return "\n".join(told)


def words(text: str) -> set[str]:
    """What stands between quotes, spaces, tags and commas, and all runs of characters that values are made of."""
    return set(re.findall(r"[\w.:@/+-]+", text)) | set(re.findall(r"[\w.:-]+", text)) | set(re.split(r'[\s"<>,;()=\']+', text))


def test_a_partner_bundle_holds_no_raw_value(real: Desk, bundles: dict[Level, Exported], tmp_path: Path) -> None:
    raw = raw_values(real)
    assert len(raw) > 2000
    told = texts(unzip(bundles[Level.partner].path, tmp_path / "partner"))
    # a bank's range is six digits, which a digest may hold by chance: as a word it must not be there
    long = {value for value in raw if len(value) > 6}
    assert len(long) > 1500
    assert {value for value in long if value in told} == set()
    assert raw & words(told) == set()
    internal = texts(unzip(bundles[Level.internal].path, tmp_path / "internal"))
    assert sum(value in internal for value in long) > 100, "the search finds what is there"


def test_a_public_bundle_holds_no_raw_value_and_no_pseudonym(
    real: Desk, bundles: dict[Level, Exported], tmp_path: Path
) -> None:
    told = texts(unzip(bundles[Level.public].path, tmp_path / "public"))
    assert {value for value in raw_values(real) if len(value) > 6 and value in told} == set()
    assert not re.search(r"\b[0-9a-f]{8}-[0-9a-f]{24}\b", told)


def test_partner_times_are_days_and_addresses_are_networks(bundles: dict[Level, Exported]) -> None:
    bundle = bundles[Level.partner].path
    accounts, links, identifiers = (rows(bundle, name) for name in ("accounts", "links", "identifiers"))
    for row in [*accounts, *links]:
        for column in ("created_at", "first_seen", "last_seen"):
            assert row.get(column) is None or re.fullmatch(r"\d{4}-\d\d-\d\d", row[column])
    assert {"email_domain", "org_id", "country", "status", "label"} & accounts[0].keys() == set()
    networks = {row["network"] for row in identifiers if row["kind"] == "ip"}
    assert networks
    for name in networks:
        assert cidr(name).prefixlen in (24, 64)
    assert not any("mail" in row["kind"] for row in [*links, *identifiers])
    assert not re.search(rb"\d\d:\d\d", read(bundle, "data/tables/sightings.jsonl"))


def test_a_partner_has_pseudonyms_of_its_own_and_always_the_same(
    real: Desk, bundles: dict[Level, Exported], tmp_path: Path
) -> None:
    def accounts(done: Exported) -> set[str]:
        return {row["account_id"] for row in rows(done.path, "accounts")}

    again = real.export(tmp_path, Level.partner)
    other = real.export(tmp_path, Level.partner, partner="other-lab")
    assert accounts(again) == accounts(bundles[Level.partner])
    assert accounts(other) & accounts(again) == set()
    key = real.store / "partners" / "other-lab.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    header = json.loads(read(other.path, "data/bundle.json"))
    assert header["partner"]["name"] == "other-lab"
    assert all(name.startswith(header["partner"]["key_id"] + "-") for name in accounts(other))
    secret = key.read_text().strip()
    assert secret not in texts(unzip(other.path, tmp_path / "other"))


def test_a_pseudonym_is_the_hmac_that_the_documents_say() -> None:
    names = Pseudonyms("p", b"k" * 32)
    expected = hmac.new(b"k" * 32, b"payment\0pm_1", hashlib.sha256).hexdigest()[:24]
    assert names.of("payment", "pm_1") == f"{names.key_id}-{expected}"
    assert names.kind("payment") == "payment"
    assert names.kind("secret kind").startswith(names.key_id)


@given(st.tuples(st.text(), st.text()), st.tuples(st.text(), st.text()))
def test_different_values_have_different_pseudonyms(one: tuple[str, str], other: tuple[str, str]) -> None:
    names = Pseudonyms("p", b"k" * 32)
    known = "\0" in one[0] + other[0]  # a kind never holds NUL: the store's kinds come from names
    assert known or (names.of(*one) == names.of(*other)) == (one == other)


def test_a_partner_key_that_is_damaged_changes_no_pseudonym(small: Desk, tmp_path: Path) -> None:
    small.export(tmp_path, Level.partner, partner="damaged")
    (small.store / "partners" / "damaged.key").chmod(0o600)
    (small.store / "partners" / "damaged.key").write_text("abc")
    with pytest.raises(StoreError, match="is no partner key"):
        small.export(tmp_path, Level.partner, partner="damaged")
    for name in ("", ".", "a/b", "x" * 65, "a b", ".hidden"):
        with pytest.raises(UsageError):
            small.export(tmp_path, Level.partner, partner=name)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("ip", "192.0.2.0", "192.0.2/24"), ("ip", "192.0.2.77", "192.0.2/24"), ("network", "192.0.2.0/24", "192.0.2/24"),
        ("network", "192.0.2.128/25", "192.0.2/24"), ("network", "10.0.0.0/8", "10.0.0.0/8"),
        ("ip", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("ip", "nonsense", None), ("payment", "192.0.2.1", None),
    ],
)  # fmt: skip
def test_a_network_of_24_or_64_bits(kind: str, value: str, expected: str | None) -> None:
    assert network(kind, value) == expected


@given(st.ip_addresses())
def test_the_network_of_an_address_holds_it(address: Any) -> None:
    name = network("ip", str(address))
    assert name is not None
    assert address in cidr(name)
    assert str(address) not in re.findall(r"[0-9a-f.:]+", name) or str(address).endswith("::")


def test_public_counts_are_ten_and_more(bundles: dict[Level, Exported], small: Desk, tmp_path: Path) -> None:
    told = json.loads(read(bundles[Level.public].path, "data/public.json"))
    assert too_small(told) == []
    assert told["counts"]["accounts"] >= 10
    assert payload(bundles[Level.public].path).keys() == {
        "bundle.json",
        "public.json",
        "report.html",
        "stix.json",
        "ro-crate-metadata.json",
    }
    few = small.export(tmp_path, Level.public)
    told = json.loads(read(few.path, "data/public.json"))
    assert set(told["counts"].values()) == {None}
    assert few.counts == {}
    assert verify(few.path, small.public).ok


@given(st.integers(0, 200), st.integers(0, 200))
def test_no_public_count_gives_a_smaller_one_away(count: int, size: int) -> None:
    count = min(count, size)
    told = _part(count, size)
    assert told is None or (told == count and told >= 10 and (size - told == 0 or size - told >= 10))


@given(st.integers(0, 10**9), st.integers(0, 100))
def test_a_public_sum_has_two_digits_and_is_of_ten_accounts(count: int, accounts: int) -> None:
    told = _rounded(count, accounts)
    if told is None:
        assert accounts < 10 or count < 10
    else:
        assert abs(told - count) <= count * 0.05
        assert len(str(told).rstrip("0")) <= 2
        assert told >= 10


def test_internal_times_are_whole(bundles: dict[Level, Exported]) -> None:
    links = rows(bundles[Level.internal].path, "links")
    assert all(datetime.fromisoformat(link["first_seen"]) <= datetime.fromisoformat(link["last_seen"]) for link in links)
