"""Strength agrees with a slow reference, and tells a campaign's template from a framework's default."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.config import Config
from tests.graph.factory import Seen, each, graph, groups, names
from tests.graph.reference import strengths

_KINDS = ("payment", "bin", "ip", "network", "prompt", "scaffold", "email_domain", "device", "made-up")
#: what rounding to millionths may move
_NEAR = 2e-4


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Seen], list[str], Config]:
    """A few accounts with planted groups, a crowd around them, and settings that make the bounds matter."""
    accounts = names(draw(st.integers(2, 9)))
    seen = draw(
        st.lists(st.tuples(st.sampled_from(accounts), st.sampled_from(_KINDS), st.sampled_from(["v", "w", "ü"])), max_size=40)
    )
    for kind in draw(st.lists(st.sampled_from(_KINDS), max_size=4, unique=True)):
        seen += each(draw(st.lists(st.sampled_from(accounts), max_size=9, unique=True)), kind, "planted")
    crowd = names(draw(st.sampled_from([0, 3, 30, 400])), "crowd")
    seen += each(crowd, draw(st.sampled_from(_KINDS)), "v")
    few = {
        "links_per_kind": draw(st.integers(1, 3)),
        "witnesses_per_kind": draw(st.integers(1, 3)),
        "witness_holders": draw(st.sampled_from([1, 2, 20])),
        "witness_reach": draw(st.sampled_from([0.5, 2, 40])),
    }
    return seen, [*accounts, *crowd], Config.model_validate({"graph": few if draw(st.booleans()) else {}})


@given(worlds())
@settings(deadline=None, max_examples=60)
def test_strength_agrees_with_the_slow_reference(world: tuple[list[Seen], list[str], Config]) -> None:
    seen, accounts, config = world
    found, expected = graph(seen, accounts=accounts, config=config), strengths(seen, accounts, config)
    assert found.weights.keys() == expected.keys()
    for link, strength in expected.items():
        assert found.weights[link] == pytest.approx(strength.weight, abs=_NEAR), link
        assert found.corroboration[link] == pytest.approx(strength.corroboration, abs=_NEAR), link
        if all(abs(credit - 0.1) > _NEAR for credit in strength.credits.values()):
            assert found.families[link] == sum(credit > 0.1 for credit in strength.credits.values()), link


@given(worlds(), st.integers())
@settings(deadline=None, max_examples=15)
def test_neither_order_nor_threads_matter(world: tuple[list[Seen], list[str], Config], seed: int) -> None:
    seen, accounts, config = world
    once = graph(sorted(seen), accounts=accounts, config=config, threads=1)
    shuffled = list(seen)
    random.Random(seed).shuffle(shuffled)
    again = graph(shuffled, accounts=accounts[::-1], config=config)
    assert (once.weights, once.edges) == (again.weights, again.edges)
    assert once.identifiers == again.identifiers


@given(worlds())
@settings(deadline=None, max_examples=15)
def test_a_link_weighs_at_most_what_its_kind_may(world: tuple[list[Seen], list[str], Config]) -> None:
    seen, accounts, config = world
    found = graph(seen, accounts=accounts, config=config)
    for (_, kind, _), weight in found.weights.items():
        assert 0 <= weight <= config.kind(kind).weight
    for row in found.identifiers.values():
        assert all(0 <= row[name] <= 1 for name in ("rarity", "corroboration", "strength"))


@pytest.mark.parametrize(("population", "group"), [(2000, 20), (10_000, 5)])
def test_a_default_prompt_weighs_nothing_and_a_template_much(population: int, group: int) -> None:
    """500 accounts on a framework's default prompt and nothing else, 500 on a template with cards in small groups."""
    accounts = names(population)
    default, campaign, others = accounts[:500], accounts[500:1000], accounts[1000:]
    seen = [*each(default, "system_prompt", "default"), *each(campaign, "system_prompt", "template")]
    found = graph([*seen, *groups(campaign, group, "payment"), *groups(others, 4, "ip")])
    weak, strong = found.mean("system_prompt", "default"), found.mean("system_prompt", "template")
    assert weak < 0.01
    assert strong > 0.1 and strong > 20 * weak
    assert found.note("system_prompt", "default") == "seen on 500 accounts that share nothing else"
    assert "share other kinds of identifiers" in found.note("system_prompt", "template")
    assert not found.identifiers["system_prompt", "default"]["links"]
    assert found.identifiers["system_prompt", "template"]["links"]
    assert not [edge for edge in found.edges if edge[1:] == ("system_prompt", "default")]


def test_a_default_prompt_on_which_small_groups_meet_still_weighs_little() -> None:
    """What a few campaigns and many strangers share says nothing of who belongs to whom."""
    accounts = names(2000)
    campaigns = accounts[:60]
    seen = [
        *each(accounts[:500], "system_prompt", "default"),
        *groups(campaigns, 20, "payment"),
        *groups(campaigns, 20, "device"),
    ]
    found = graph(seen, accounts=accounts)
    assert found.mean("system_prompt", "default") < 0.05
    assert found.mean("payment", "payment-0") > 0.5


def test_corroboration_needs_another_family() -> None:
    """Two kinds of one family say the same thing twice."""
    accounts, ten = names(1000), names(10)
    same = graph([*each(ten, "prompt", "p"), *each(ten, "scaffold", "s")], accounts=accounts)
    other = graph([*each(ten, "prompt", "p"), *each(ten, "payment", "card")], accounts=accounts)
    assert set(same.corroboration.values()) == {0.0}
    assert min(other.corroboration.values()) > 0.3


@pytest.mark.parametrize("kind", ["payment", "device", "made-up"])
def test_the_rarer_the_stronger(kind: str) -> None:
    sizes = [2, 3, 5, 20, 200]
    seen = [link for size in sizes for link in each(names(size, f"{size}-"), kind, str(size))]
    found = graph(seen)
    weights = [found.mean(kind, str(size)) for size in sizes]
    assert weights == sorted(weights, reverse=True) and weights[0] > weights[-1] > 0
    rarity = [found.identifiers[kind, str(size)]["rarity"] for size in sizes]
    assert rarity == pytest.approx([(size - 1) ** -0.5 for size in sizes])


def test_work_does_not_grow_with_pairs() -> None:
    """30,000 accounts on one template are 450 million pairs."""
    found = graph(each(names(30_000), "scaffold", "template"))
    assert len(found.weights) == 30_000


def test_an_account_is_linked_by_its_rarest_and_by_its_most_used_identifiers_of_a_kind() -> None:
    config = Config()
    few = config.graph.links_per_kind
    many = 3 * few
    seen: list[Any] = [("a", "device", f"d{n:02d}") for n in range(many)]
    seen += [(f"other-{n}-{i}", "device", f"d{n:02d}") for n in range(many) for i in range(n + 1)]
    seen += [("a", "device", f"d{many - 1:02d}")] * 9
    linked = sorted(value for account, _, value in graph(seen, config=config).weights if account == "a")
    assert linked == [*(f"d{n:02d}" for n in range(few)), f"d{many - 1:02d}"]
