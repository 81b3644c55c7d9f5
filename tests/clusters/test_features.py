"""A cluster's figures say what their sentences say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.clusters.factory import DAY, Row, crowd, found, hourly, ring

SIZE = 8
NAMES = [f"a{place:03d}" for place in range(SIZE)]


def figures(*, kinds: tuple[str, ...] = ("payment", "device"), facts: Any = lambda place: {}, **world: Any) -> dict[str, float]:
    """Figures of a ring of eight among three hundred; `facts` says more about the account of a place."""
    accounts = [*crowd(300), *({"account_id": name, **facts(place)} for place, name in enumerate(NAMES))]
    others = world.pop("others", [])
    seen = [*ring(SIZE, kinds=kinds), *world.pop("seen", [])]
    made = found(
        seen,
        accounts=[*({**row, **more} for row, more in zip(accounts, others, strict=False)), *accounts[len(others) :]],
        **world,
    )
    return made.figures[made.of("a000")["cluster_id"]]


@pytest.mark.parametrize(
    ("facts", "strangers"),
    [
        (lambda place: {}, 1),
        (lambda place: {"email_domain": "gmail.com"}, 1),
        (lambda place: {"org_id": f"org{place}"}, 1),
        (lambda place: {"org_id": "one"}, 0),
        (lambda place: {"email_domain": "firm.example"}, 0),
        (lambda place: {"org_id": "one", "email_domain": "gmail.com"}, 0),
    ],
    ids=["nothing known", "free mail", "an organisation each", "one organisation", "one domain", "one organisation, free mail"],
)
def test_who_pays_with_the_card_of_another_house(facts: Any, strangers: float) -> None:
    assert figures(facts=facts)["payment_strangers"] == strangers


def test_a_sign_up_burst_is_what_the_days_of_others_do_not_explain() -> None:
    spread = [{"created_at": DAY - timedelta(days=place)} for place in range(300)]
    burst = figures(facts=lambda place: {"created_at": DAY}, others=spread)
    slow = figures(facts=lambda place: {"created_at": DAY - timedelta(days=30 * place)}, others=spread)
    launch = figures(facts=lambda place: {"created_at": DAY}, others=[{"created_at": DAY}] * 300)
    assert burst["signup_burst"] > 0.9 > 0.2 > slow["signup_burst"] >= 0
    assert launch["signup_burst"] == 0
    assert slow["age_spread"] > 100 and burst["age_spread"] == 0


def test_traffic_from_hosting_ranges() -> None:
    seen = [(name, "network", f"10.{place % 2}.0.0/24") for place, name in enumerate(NAMES)]
    ranges = [{"cidr": "10.0.0.0/16", "kind": "hosting"}, {"cidr": "10.1.0.0/16", "kind": "residential"}]
    assert figures(seen=seen, networks=ranges)["hosting"] == 0.5
    assert figures(seen=seen, networks=ranges[1:])["hosting"] == 0
    assert "hosting" not in figures(seen=seen), "where nothing is known of ranges, nothing is said"
    assert "hosting" not in figures(networks=ranges)


def test_networks_of_an_account_and_of_all() -> None:
    many = [(name, "network", f"10.{place}.{n}.0/24") for place, name in enumerate(NAMES) for n in range(5)]
    one = [(name, "network", "10.0.0.0/24") for name in NAMES]
    assert figures(seen=many)["networks_each"] == 5 and figures(seen=one)["networks_each"] == 1
    assert figures(seen=one)["one_network"] == 1 and figures(seen=many)["one_network"] < 0.2


def test_countries_are_counted_once() -> None:
    assert figures(seen=[(name, "country", f"C{place % 3}") for place, name in enumerate(NAMES)])["countries"] == 3


def test_how_much_of_the_traffic_follows_a_shared_template() -> None:
    once = [row for name in NAMES for row in hourly(name, [9])]
    often = [row for name in NAMES for row in hourly(name, range(4))]
    kinds = ("payment", "device", "scaffold")
    assert figures(kinds=kinds, activity=once)["template"] == 1
    assert figures(kinds=kinds, activity=often)["template"] == 0.25
    assert figures(activity=once)["template"] == 0
    assert "template" not in figures(kinds=kinds)


def test_volume_and_output_are_measured_by_what_is_usual() -> None:
    usual = [row for place in range(300) for row in hourly(f"crowd{place:04d}", [9], requests=2, tokens=100)]
    much = [row for name in NAMES for row in hourly(name, [9], requests=20, tokens=5000)]
    seen = figures(activity=[*usual, *much])
    assert seen["volume"] == 10
    assert seen["harvest"] == pytest.approx(250 / ((600 * 50 + 160 * 250) / 760)), (
        "tokens a request, against those of everybody"
    )


def test_who_moves_to_a_new_model_on_its_day() -> None:
    old, new = {"model": "old", "output_tokens": 1, "requests": 1}, {"model": "new", "output_tokens": 1, "requests": 1}
    began, ended, release = DAY, DAY + timedelta(days=20), DAY + timedelta(days=10)
    everyone = [*(row["account_id"] for row in crowd(300)), *NAMES]
    times: Row = {"first_seen": began, "last_seen": ended}
    models: list[Row] = [{"account_id": name, **old, **times} for name in everyone]
    models += [{"account_id": name, **new, "first_seen": release, "last_seen": ended} for name in NAMES]
    late = release + timedelta(days=5)
    models += [{"account_id": f"crowd{n:04d}", **new, "first_seen": late, "last_seen": ended} for n in range(30)]
    facts, others = (lambda place: times), [times] * 300
    assert figures(facts=facts, others=others, models=models)["moved"] > 0.9
    assert "moved" not in figures(facts=facts, others=others, models=[m for m in models if m["model"] == "old"])


def test_a_domain_that_is_also_elsewhere() -> None:
    firm = {"email_domain": "firm.example"}
    inside = figures(facts=lambda place: firm)
    elsewhere = figures(facts=lambda place: firm, others=[firm] * 24)
    assert inside["one_domain"] == elsewhere["one_domain"] == 1
    assert inside["domain_elsewhere"] == 0 and elsewhere["domain_elsewhere"] == 0.75


def test_weekends_need_more_than_a_week() -> None:
    """DAY is a Monday."""
    working = [row for name in NAMES for row in hourly(name, [24 * day + 9 for day in (0, 1, 2, 3, 4, 7, 8)])]
    weekend = [row for name in NAMES for row in hourly(name, [24 * day + 9 for day in (5, 6, 12, 13)])]
    week = [row for name in NAMES for row in hourly(name, [24 * day + 9 for day in range(5)])]
    assert figures(activity=working)["weekend"] == 0 and figures(activity=weekend)["weekend"] == 1
    assert "weekend" not in figures(activity=week)
