"""Sightings alone: groups held by two kinds are flagged by structure, hubs and one-kind groups are not."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.factory import ask, build, flagged, folder, fresh

pytestmark = pytest.mark.xdist_group("pipeline")

Row = Mapping[str, Any]


def wallet(number: int) -> str:
    return f"0x{number:08x}"


def seen(account: int, kind: str, value: str) -> Row:
    return {"account_id": wallet(account), "kind": kind, "value": value}


def crowd(count: int = 3_000) -> list[Row]:
    """Wallets that share popular contracts and exchanges, a tenth of which pay another one each."""
    rng = random.Random(3)
    rows = []
    for account in range(count):
        rows += [seen(account, "contract", f"contract-{int(rng.paretovariate(0.6)) % 200}") for _ in range(4)]
        rows.append(seen(account, "received_from", f"exchange-{int(rng.paretovariate(0.8)) % 30}"))
        if rng.random() < 0.1:
            rows += paid(account, rng.randrange(count))
    return rows


def paid(payer: int, payee: int) -> list[Row]:
    """One transfer, told from both ends."""
    return [seen(payer, "sent_to", wallet(payee)), seen(payee, "received_from", wallet(payer))]


def star(first: int, size: int, name: str) -> list[Row]:
    """Wallets paid by one address; four of five pay into one account."""
    rows = [seen(account, "received_from", f"funder-{name}") for account in range(first, first + size)]
    return rows + [seen(account, "sent_to", f"sink-{name}") for account in range(first, first + size) if account % 5]


def rebuilt(rows: Sequence[Row], **other: Sequence[Row]) -> Path:
    store = fresh()
    build(folder(sightings=rows, **other), store)
    return store


def test_stars_and_chains_are_flagged_and_the_crowd_is_not() -> None:
    chain = [row for account in range(10_200, 10_259) for row in paid(account, account + 1)]
    store = rebuilt([*crowd(), *star(100, 60, "a"), *star(400, 12, "b"), *chain])
    found = flagged(store)
    # who pays nobody is adopted by the funder's others, but for one that stands in the core of another cluster
    assert len({wallet(account) for account in range(100, 160)} & found) >= 58
    assert {wallet(account) for account in range(400, 412)} <= found
    assert len({wallet(account) for account in range(10_201, 10_259)} & found) >= 52
    guilty = {wallet(account) for account in (*range(100, 160), *range(10_200, 10_260), *range(400, 412))}
    assert len(found - guilty) <= 4


def test_an_adopted_account_shows_the_link_that_took_it_in() -> None:
    store = rebuilt([*crowd(500), *star(100, 60, "a")])
    links = ask(store, f"SELECT kind, value FROM edges WHERE account_id = '{wallet(105)}'")
    assert ("received_from", "funder-a") in links


def test_one_kind_alone_and_small_groups_are_ranked_only() -> None:
    referral = [seen(account, "referral", "code") for account in range(100, 140)]
    household = [seen(account, kind, "h") for account in range(300, 305) for kind in ("received_from", "sent_to")]
    store = rebuilt([*crowd(), *referral, *household])
    assert not {wallet(account) for account in (*range(100, 140), *range(300, 305))} & flagged(store)
    clustered = {row[0] for row in ask(store, "SELECT account_id FROM members")}
    assert {wallet(account) for account in range(300, 305)} <= clustered


def test_a_transfer_told_from_both_ends_is_one_kind_of_evidence() -> None:
    pairs = [row for account in range(10_100, 10_140, 2) for row in paid(account, account + 1)]
    store = rebuilt([*crowd(500), *pairs])
    core = {row[0] for row in ask(store, "SELECT account_id FROM members WHERE role = 'core'")}
    assert not {wallet(account) for account in range(10_100, 10_140)} & core


def test_where_accounts_tell_of_themselves_structure_alone_flags_nobody() -> None:
    rows = [*crowd(), *star(100, 60, "a")]
    accounts = [{"account_id": wallet(account), "country": "de"} for account in range(3_000)]
    assert not flagged(rebuilt(rows, accounts=accounts))


def test_that_values_name_accounts_is_found_out_and_said() -> None:
    pairs = [row for account in range(100, 160, 2) for row in paid(account, account + 1)]
    store = fresh()
    summary = build(folder(sightings=[*crowd(500), *pairs]), store)
    assert any("'sent_to' name accounts" in notice for notice in summary.notices)
    assert not any("'contract'" in notice for notice in summary.notices)
    joined = ask(store, f"SELECT account_id FROM edges WHERE kind = 'sent_to' AND value = '{wallet(101)}'")
    assert {row[0] for row in joined} >= {wallet(100), wallet(101)}
