"""Risk is the logistic of the base plus the points of its reasons, and each reason says the figure behind it."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.clusters.features import FIGURES
from linkage.clusters.risk import Usual, derive
from linkage.clusters.signals import SIGNALS
from linkage.config import Config, RiskSignal
from tests.clusters.factory import DAY, Found, Row, crowd, found, holes, hourly, ring

SENTENCES = {signal.code: signal.sentence for signal in SIGNALS}
#: columns of a snapshot that may be null where nothing tells
OPTIONAL = {
    "clusters": ("first_seen", "last_seen", "previous_size", "summary"),
    "lineage": ("previous_id",),
    "members": (),
    "reasons": (),
    "figures": (),
    "edges": (),
    "identifiers": (),
}


def check(made: Found, config: Config | None = None) -> None:
    """What must hold of every cluster of every world."""
    config = config or Config()
    for table, optional in OPTIONAL.items():
        assert holes(table, optional) == []
    for name, cluster in made.clusters.items():
        reasons = made.reasons[name]
        total = config.risk.base + sum(reason["points"] for reason in reasons)
        assert cluster["risk"] == pytest.approx(1 / (1 + math.exp(-total)), abs=1e-6)
        assert cluster["flagged"] == (cluster["risk"] >= config.risk.flagged and cluster["core"] >= config.risk.least_core)
        assert [reason["rank"] for reason in reasons] == list(range(1, len(reasons) + 1))
        assert [abs(reason["points"]) for reason in reasons] == sorted((abs(r["points"]) for r in reasons), reverse=True)
        for reason in reasons:
            signal = config.risk.signals[reason["code"]]
            assert reason["points"] != 0 and abs(reason["points"]) <= abs(signal.points) + 1e-9
            assert reason["side"] == ("for" if reason["points"] > 0 else "against")
            assert reason["sentence"] == SENTENCES[reason["code"]].format(x=reason["figure"], size=cluster["size"])
            assert "{" not in reason["sentence"] and "nan" not in reason["sentence"]
            (figure,) = [s.figure for s in SIGNALS if s.code == reason["code"]]
            assert made.figures[name][figure] == reason["figure"]
        members = [member for member in made.members.values() if member["cluster_id"] == name]
        assert cluster["size"] == len(members) and cluster["core"] == sum(m["role"] == "core" for m in members)
        assert cluster["core"] + cluster["associates"] == cluster["size"]
        for member in members:
            share = 1 if member["role"] == "core" else config.risk.associate
            own, told = cluster["risk"] * share, made.spread.get(member["account_id"], 0.0)
            assert member["risk"] == pytest.approx(own + told * (1 - own if told > 0 else own), abs=1e-5)
            assert member["flagged"] == (cluster["flagged"] and member["role"] == "core")
            assert {key: made.accounts[member["account_id"]][key] for key in ("cluster_id", "role", "risk", "flagged")} == {
                key: member[key] for key in ("cluster_id", "role", "risk", "flagged")
            }
    assert [cluster["rank"] for cluster in sorted(made.clusters.values(), key=lambda c: c["rank"])] == list(
        range(1, len(made.clusters) + 1)
    )


def of_ring(size: int = 8, **facts: Any) -> list[Row]:
    """More about the accounts of `ring`."""
    return [{"account_id": f"a{place:03d}", **facts} for place in range(size)]


def risk(made: Found) -> float:
    return float(made.of("a000")["risk"])


def test_a_ring_has_reasons_that_add_up() -> None:
    made = found(ring(8), accounts=[*crowd(300), *of_ring(created_at=DAY, email_domain="gmail.com", status="active")])
    check(made)
    assert made.of("a000")["summary"] == made.reasons[made.of("a000")["cluster_id"]][0]["sentence"]


@pytest.mark.parametrize(
    ("facts", "figure", "value"),
    [
        ({"label": "confirmed_fraud"}, "fraud_share", 1.0),
        ({"label": "confirmed_benign"}, "benign_share", 1.0),
        ({"status": "Banned"}, "banned", 1.0),
        ({"status": "active"}, "banned", 0.0),
        ({"org_id": "org"}, "one_org", 1.0),
        ({"email_domain": "gmail.com"}, "free_mail", 1.0),
        ({"email_domain": "firm.example"}, "one_domain", 1.0),
        ({"email_domain": "firm.example"}, "free_mail", 0.0),
        ({"created_at": DAY}, "age_spread", 0.0),
    ],
)
def test_what_accounts_say_of_themselves_becomes_a_figure(facts: dict[str, Any], figure: str, value: float) -> None:
    made = found(ring(8), accounts=[*crowd(300), *of_ring(**facts)])
    check(made)
    assert made.figures[made.of("a000")["cluster_id"]][figure] == value


def test_one_confirmed_fraud_raises_and_one_confirmed_benign_lowers() -> None:
    plain = found(ring(8), accounts=crowd(300))
    fraud = found(ring(8), accounts=[*crowd(300), {"account_id": "a003", "label": "confirmed_fraud"}])
    benign = found(ring(8), accounts=[*crowd(300), {"account_id": "a003", "label": "confirmed_benign"}])
    assert risk(benign) < risk(plain) < risk(fraud)
    assert set(plain.clusters) == set(fraud.clusters) == set(benign.clusters), "labels tell of risk, not of links"


def test_banned_members_raise() -> None:
    active = found(ring(8), accounts=[*crowd(300), *of_ring(status="active")])
    banned = found(ring(8), accounts=[*crowd(300), *of_ring(7, status="active"), {"account_id": "a007", "status": "suspended"}])
    assert risk(active) < risk(banned)


def test_a_declared_organisation_lowers() -> None:
    """Others declare one too, so that to declare none says something."""
    others = [{"account_id": row["account_id"], "org_id": f"org{place}"} for place, row in enumerate(crowd(300))]
    undeclared = found(ring(8), accounts=others)
    several = found(ring(8), accounts=[*others, *({**row, "org_id": f"mine{n % 4}"} for n, row in enumerate(of_ring()))])
    one = found(ring(8), accounts=[*others, *of_ring(org_id="mine")])
    check(one)
    assert risk(one) < risk(several) < risk(undeclared)


def behind_a_gateway(houses: int = 5, users: int = 2, own: int = 0, staff: int = 5) -> Found:
    """A ring in one organisation with others in it: accounts with mail domains and end users of their own, and staff without.

    Every account of the ring serves `own` end users, every other house `users`.
    """
    others = [(f"house{place}", "end_user", f"user{place}-{user}") for place in range(houses) for user in range(users)]
    ours = [(f"a{place:03d}", "end_user", f"own{place}-{user}") for place in range(8) for user in range(own)]
    firms = [
        {"account_id": f"house{place}", "org_id": "org", "email_domain": f"firm{place}.example"} for place in range(houses)
    ]
    desks = [{"account_id": f"desk{place}", "org_id": "org", "email_domain": f"desk{place}.example"} for place in range(staff)]
    ring_of = of_ring(org_id="org", email_domain="gmail.com", status="active")
    return found([*ring(8), *others, *ours], accounts=[*crowd(300), *firms, *desks, *ring_of])


@pytest.mark.parametrize(
    "firm",
    [{"houses": 4, "staff": 0}, {"users": 1}, {"own": 2}, {"staff": 6}],
    ids=["few houses", "no end users", "end users of its own", "mostly staff"],
)
def test_a_gateways_organisation_speaks_for_none_but_those_who_serve_end_users(firm: dict[str, int]) -> None:
    """And of nobody behind it is it said that they declare none."""
    gateway, kept = behind_a_gateway(), behind_a_gateway(**firm)
    check(gateway)
    for made, told in ((gateway, 0), (kept, 1)):
        figures = made.figures[made.of("a000")["cluster_id"]]
        assert (figures["declared"], figures["one_org"], figures["undeclared"]) == (told, told, 0)
    assert risk(kept) < risk(gateway)


def test_that_nobody_declares_an_organisation_says_nothing() -> None:
    made = found(ring(8), accounts=crowd(300))
    figures = made.figures[made.of("a000")["cluster_id"]]
    assert "declared" not in figures and "undeclared" not in figures and "one_org" not in figures


def test_traffic_of_a_machine_raises_above_that_of_people() -> None:
    """The same number of requests, all day and all week against office hours of working days."""
    accounts = sorted({account for account, _, _ in ring(8)})
    people = [row for n in range(300) for row in hourly(f"crowd{n:04d}", [24 * day + 9 for day in range(8)])]
    machine = [row for account in accounts for row in hourly(account, range(0, 240, 4))]
    office = [
        row
        for account in accounts
        for row in hourly(account, [24 * d + h for d in range(10) if d % 7 < 5 for h in range(9, 17)][:60])
    ]
    by_machine, by_people = (found(ring(8), activity=[*people, *rows]) for rows in (machine, office))
    for made in (by_machine, by_people):
        check(made)
    assert risk(by_people) < risk(by_machine)
    codes = {reason["code"] for reason in by_machine.reasons[by_machine.of("a000")["cluster_id"]]}
    assert "round_the_clock" in codes and "human_hours" not in codes


def test_usage_of_a_cluster_is_that_of_its_accounts() -> None:
    rows = [row for account in ("a000", "a005") for row in hourly(account, [1, 2], requests=3, tokens=11)]
    made = found(ring(8), accounts=crowd(300), activity=rows)
    cluster = made.of("a000")
    assert (cluster["requests"], cluster["input_tokens"], cluster["output_tokens"]) == (12, 44, 44)


_FACTS = st.fixed_dictionaries(
    {},
    optional={
        "created_at": st.integers(-30_000, 300).map(lambda days: DAY + timedelta(days=days)),
        "email_domain": st.sampled_from(["gmail.com", "firm.example", ""]),
        "country": st.sampled_from(["DE", "US"]),
        "org_id": st.sampled_from(["o1", "o2"]),
        "status": st.sampled_from(["active", "BANNED", "who knows"]),
        "label": st.sampled_from(["confirmed_fraud", "confirmed_benign"]),
        "first_seen": st.just(DAY),
        "last_seen": st.just(DAY + timedelta(days=9)),
    },
)


@st.composite
def _worlds(draw: st.DrawFn) -> dict[str, Any]:
    """Clusters of a few accounts, of which the tables say this or that or nothing."""
    sizes = draw(st.lists(st.integers(1, 7), max_size=3))
    names = [f"{prefix}{place:03d}" for prefix, size in zip("abc", sizes, strict=False) for place in range(size)]
    kinds = draw(
        st.lists(st.sampled_from(["payment", "device", "ip", "network", "scaffold"]), min_size=1, max_size=4, unique=True)
    )
    seen = [link for prefix, size in zip("abc", sizes, strict=False) for link in ring(size, prefix, kinds=kinds)]
    hostile = draw(st.sampled_from([[], ["'; --"], ["999.999.1.1/24"], ["1.2.3.0/24", "1.2.4.0/24"], ["2001:db8::/64"]]))
    seen += [(name, "network", value) for name in names for value in hostile]
    who = [*names, *(row["account_id"] for row in crowd(draw(st.sampled_from([0, 40]))))]
    cells = st.lists(st.tuples(st.sampled_from(names), st.integers(-3000, 500)), max_size=20) if names else st.just([])
    activity = [
        row for name, hour in draw(cells) for row in hourly(name, [hour], requests=2, tokens=draw(st.sampled_from([0, 9])))
    ]
    models = [
        {"account_id": name, "model": model, "first_seen": DAY + timedelta(hours=hour), "last_seen": DAY + timedelta(days=40),
         "requests": 1, "output_tokens": 0}
        for name, hour in draw(cells) for model in ("m1", "m2")
    ]  # fmt: skip
    ranges = ["1.2.0.0/16", "1.2.3.0/24", "2001:db8::/32", "0.0.0.0/0", "::/0"]
    networks = [
        {"cidr": cidr, "kind": draw(st.sampled_from(["hosting", "residential", None]))}
        for cidr in draw(st.sets(st.sampled_from(ranges)))
    ]
    accounts = [{"account_id": name, **draw(_FACTS)} for name in who] if draw(st.booleans()) else []
    previous = (
        draw(st.dictionaries(st.sampled_from(names or ["x"]), st.sampled_from(["C1", "C2"]))) if draw(st.booleans()) else None
    )
    return {
        "seen": seen, "accounts": accounts, "networks": networks, "previous": previous,
        "activity": list({(r["account_id"], r["hour"]): r for r in activity}.values()),
        "models": list({(r["account_id"], r["model"]): r for r in models}.values()),
    }  # fmt: skip


@given(_worlds())
@settings(deadline=None, max_examples=30)
def test_whatever_is_missing_no_number_is_none_and_no_law_breaks(world: dict[str, Any]) -> None:
    check(found(**world))


def test_points_grow_on_a_straight_ramp() -> None:
    up, down = RiskSignal(points=2, low=1, high=3), RiskSignal(points=-2, low=3, high=1)
    (signal,) = [s for s in SIGNALS if s.code == "volume"]
    assert [signal.points(x, up) for x in (0, 1, 2, 3, 9)] == [0, 0, 1, 2, 2]
    assert [signal.points(x, down) for x in (0, 1, 2, 3, 9)] == [-2, -2, -1, 0, 0]
    assert signal.points(None, up) == 0


def test_points_beyond_all_measure_are_certainty_and_not_an_error() -> None:
    base = Config()
    for points, certain in ((1e9, 1.0), (-1e9, 0.0)):
        signals = {**base.risk.signals, "size": RiskSignal(points=points, low=0, high=0.1)}
        config = base.model_copy(update={"risk": base.risk.model_copy(update={"signals": signals})})
        made = found(ring(8), accounts=crowd(300), config=config)
        assert risk(made) == certain


def test_every_signal_has_points_and_every_figure_a_name() -> None:
    assert {signal.code for signal in SIGNALS} == set(Config().risk.signals)
    known = set(derive(dict.fromkeys(FIGURES, 1.0), Usual(1.0, 1.0, 0.5)))
    assert {signal.figure for signal in SIGNALS} <= known
    assert len({signal.code for signal in SIGNALS}) == len(SIGNALS)


def test_a_signal_without_points_is_silent() -> None:
    base = Config()
    signals = {code: signal.model_copy(update={"points": 0.0}) for code, signal in base.risk.signals.items()}
    config = base.model_copy(update={"risk": base.risk.model_copy(update={"signals": signals})})
    made = found(ring(8), accounts=crowd(300), config=config)
    check(made, config)
    assert not any(made.reasons.values())
