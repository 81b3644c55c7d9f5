"""What links, what never does, and what is said of it."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from linkage.config import Config, Kind
from tests.graph.factory import Graph, allowing, each, engine, graph, groups, kinds, names

PAIRS = [(f"a{n}", "payment", f"card-{n // 2}") for n in range(6)]


def test_an_identifier_on_one_account_never_appears() -> None:
    found = graph([("a", "payment", "own"), ("a", "device", "own"), ("b", "device", "own"), *each(["a", "a"], "phone", "1")])
    assert set(found.identifiers) == {("device", "own")}
    assert {link[1:] for link in found.weights} == {("device", "own")}


def test_identifiers_and_accounts_without_links_are_told_of() -> None:
    found = graph([], accounts=["a"])
    assert found.arrays.accounts == 1 and not len(found.arrays.aid) and found.identifiers == {}
    assert graph([]).arrays.accounts == 0


def test_edges_are_the_links_that_weigh_enough_sorted() -> None:
    found = graph([*PAIRS, *each(names(2000), "user_agent", "curl/8")])
    assert set(found.edges) == set(PAIRS)
    arrays = found.arrays
    keys = list(zip(arrays.aid.tolist(), arrays.position.tolist(), strict=True))
    assert all(a < b for a, b in pairwise(keys))
    assert arrays.weight.min() >= Config().graph.minimum_weight * 1e6
    assert arrays.accounts == 2006 and len(arrays.identifiers) == 3
    assert np.bincount(arrays.position).min() >= 2, "an identifier that joins nobody is no node"


def test_the_note_of_a_rare_identifier() -> None:
    assert graph(PAIRS).note("payment", "card-0") == "rare: seen on 2 accounts only; nothing else ties them"


@pytest.mark.parametrize(
    ("kind", "value", "allowed"),
    [
        ("payment", "card-7", ["card-7"]),
        ("ip", "198.51.100.7", ["198.51.100.7"]),
        ("ip", "198.51.100.7", ["198.51.100.0/24"]),
        ("ip", "198.51.100.7", ["198.51.100.1/24", "2001:db8::/32"]),
        ("ip", "2001:db8:0:7::1", ["2001:DB8::/32"]),
        ("ip", "2001:db8:0:7::1", ["2001:0db8:0:7:0::1"]),
        ("network", "198.51.100.0/24", ["198.51.100.0/22"]),
        ("network", "2001:db8:0:7::/64", ["2001:db8::/48"]),
        ("made-up", "x'); --", ["x'); --"]),
    ],
)
def test_what_is_on_the_allow_list_links_nobody_and_says_so(kind: str, value: str, allowed: list[str]) -> None:
    ours, theirs = names(8, "ours"), names(8, "theirs")
    seen = [*each(ours, kind, value), *each(theirs, kind, "203.0.113.0"), *groups([*ours, *theirs], 4, "device")]
    found = graph(seen, config=allowing(**{kind: allowed}))
    assert not [link for link in found.weights if link[1:] == (kind, value)]
    row = found.identifiers[kind, value]
    assert (row["links"], row["strength"], row["accounts"]) == (False, 0, 8)
    assert row["note"] == "on the configured allow-list: links nobody"
    assert len([link for link in found.weights if link[1:] == (kind, "203.0.113.0")]) == 8, "others of its kind still link"


def test_what_is_allowed_corroborates_nothing_either() -> None:
    office = names(10)
    seen = [*each(office, "ip", "198.51.100.7"), *each(office, "system_prompt", "p")]
    crowd = names(500, "crowd")
    before, after = (graph(seen, accounts=crowd, config=c) for c in (Config(), allowing(ip=["198.51.100.0/24"])))
    assert before.mean("system_prompt", "p") > 5 * after.mean("system_prompt", "p")
    assert set(after.corroboration.values()) == {0.0}


def test_a_range_does_not_reach_what_lies_beside_it() -> None:
    seen = [*each(["a", "b"], "ip", "198.51.101.7"), *each(["a", "b"], "network", "198.51.0.0/16")]
    found = graph(seen, config=allowing(ip=["198.51.100.0/24"], network=["198.51.100.0/24"]))
    assert all("allow-list" not in row["note"] for row in found.identifiers.values())


def test_a_cap_is_a_cap() -> None:
    config = kinds(device=Kind(family="device", cap=5))
    found = graph([*each(names(5), "device", "five"), *each(names(6, "b"), "device", "six")], config=config)
    assert {link[2] for link in found.weights} == {"five"}
    assert found.note("device", "six") == "seen on 6 accounts, above the cap of its kind: links nobody"
    assert graph(each(names(6), "device", "six"), config=kinds(device=Kind(family="device"))).edges


def test_a_fact_about_accounts_links_nobody() -> None:
    found = graph([*each(names(3), "country", "DE"), *each(names(3), "email_domain", "mail.example")])
    assert {link[1] for link in found.weights} == {"email_domain"}
    assert found.note("country", "DE") == "a fact about accounts: this kind links nobody"
    assert set(found.corroboration.values()) == {0.0}, "nor does it corroborate"


def test_a_kind_nobody_configured_is_a_family_of_its_own() -> None:
    found = graph(each(["a", "b"], "loyalty-card", "1"))
    assert found.identifiers["loyalty-card", "1"]["family"] == "loyalty-card" and len(found.edges) == 2


class TestNamesAccount:
    """A kind whose value is an account id links to that account."""

    CONFIG = kinds(referral=Kind(family="referral", names_account=True))

    def test_the_named_account_is_linked(self) -> None:
        found = graph([("a", "referral", "b")], accounts=["b", "c"], config=self.CONFIG)
        assert set(found.edges) == {("a", "referral", "b"), ("b", "referral", "b")}
        assert found.identifiers["referral", "b"]["accounts"] == 2

    def test_who_names_itself_is_linked_to_nobody(self) -> None:
        assert graph([("a", "referral", "a")], accounts=["b"], config=self.CONFIG).identifiers == {}

    def test_a_name_of_nobody_links_those_who_use_it(self) -> None:
        found = graph([("a", "referral", "ghost"), ("b", "referral", "ghost")], config=self.CONFIG)
        assert {link[0] for link in found.edges} == {"a", "b"}

    def test_without_the_setting_a_value_is_a_value(self) -> None:
        assert graph([("a", "referral", "b")], accounts=["b"]).identifiers == {}


class TestOdd:
    """A second card that paid once is no proof of what else is shared, and no link that others may rest on."""

    CREW = names(8, "crew")
    FIRST, SECOND, NET = ("victim", "payment", "own"), ("victim", "payment", "stolen"), ("victim", "network", "203.0.113.0/24")
    TOGETHER = (*each(CREW, "payment", "stolen"), *each(CREW, "network", "203.0.113.0/24"))

    def found(self, *seen: tuple[str, str, str], requests: int = 20, **days: int) -> Graph:
        """The crew and the victim among a crowd; `days` are those of the victim's card, by its name."""
        when = {("victim", "payment", name): day for name, day in days.items()}
        return graph([*self.TOGETHER, *seen], accounts=names(500, "crowd"), requests=requests, days=when)

    def test_it_weighs_and_nothing_rests_on_it(self) -> None:
        found = self.found(self.FIRST, self.SECOND, *[self.NET] * 5, stolen=3)
        assert found.weights[self.NET] > 0.2 and found.weights[self.SECOND] > 0.4
        assert found.steady[self.SECOND] == 0 and found.steady[self.NET] < 0.1
        assert {link for link, weight in found.weights.items() if found.steady[link] != weight} == {self.SECOND, self.NET}
        kept = engine().execute("SELECT account_id, kind, value, steady FROM edges").fetchall()
        assert {row[:3]: row[3] / 1e6 for row in kept} == {link: found.steady[link] for link in found.edges}

    @pytest.mark.parametrize(
        ("seen", "requests", "days"),
        [
            ((SECOND, *[NET] * 5), 20, {"stolen": 3}),
            ((FIRST, SECOND, *[NET] * 5), 20, {}),
            ((FIRST, SECOND, *[NET] * 5), 20, {"own": 3}),
            ((FIRST, SECOND, SECOND, *[NET] * 5), 20, {"stolen": 3}),
            ((FIRST, SECOND, *[NET] * 5), 0, {"stolen": 3}),
            (
                (FIRST, SECOND, ("victim", "payment", "third"), ("x", "payment", "third"), *[NET] * 5),
                20,
                {"stolen": 3, "third": 4},
            ),
        ],
        ids=["its only card", "both at once", "its first card", "paid twice", "sightings alone", "two such cards"],
    )
    def test_what_is_not_odd(self, seen: tuple[tuple[str, str, str], ...], requests: int, days: dict[str, int]) -> None:
        found = self.found(*seen, requests=requests, **days)
        assert found.steady == found.weights and found.weights[self.NET] > 0.2
