"""The cut-link test, bridges and counter-evidence, on small clusters whose answers are told by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from linkage import communities
from linkage.errors import NotFound
from linkage.investigate import bridges, counter_evidence, cut_link, cut_links, explain, in_favour, path_cuts
from linkage.investigate.breaking import break_off
from linkage.investigate.cutgraph import open_memory
from linkage.investigate.cutreading import load
from linkage.store import Snapshot, open_snapshot
from tests.investigate.factory import World

LEFT, RIGHT = [f"l{number}" for number in range(6)], [f"r{number}" for number in range(6)]
FAR = [f"f{number}" for number in range(5)]


@pytest.fixture(scope="module")
def cut(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snapshot]:
    """`pair` is two halves of six, each with a card and a device, that one template joins; `far` shares an address with it.

    `t1` hangs on the template and its own address alone.
    """
    made = World()
    made.cluster("pair", 0.95, [*LEFT, *RIGHT], ["t1"])
    made.cluster("far", 0.7, FAR)
    for name, half in (("left", LEFT), ("right", RIGHT)):
        made.share("payment", f"card-{name}", 0.8, half)
        made.share("device", f"device-{name}", 0.7, half)
    made.share("scaffold", "template", 0.6, [*LEFT, *RIGHT, "t1"], family="content")
    made.share("payment", "card-far", 0.8, FAR)
    made.share("device", "device-far", 0.7, FAR)
    made.share("ip", "203.0.113.9", 0.3, ["l0", "f0", "f1"], family="network")
    made.share("user_agent", "curl/8", 0.0, [*LEFT, *FAR], family="client")
    for account in made.tables["accounts"]:
        account["org_id"] = "inc" if account["account_id"] in ("r0", "r1") else None
    for seen in made.tables["sightings"]:
        seen["n"] += 1  # what is seen once is another matter
    store = tmp_path_factory.mktemp("cut") / "store"
    made.publish(store)
    with open_snapshot(store) as opened:
        yield opened


def test_the_stage_finds_the_core_that_the_snapshot_has(cut: Snapshot) -> None:
    graph = load(cut, "pair")
    with open_memory() as con:
        stage = graph.stage(con)
    assert graph.accounts == sorted([*LEFT, *RIGHT, "t1"])
    assert (stage.core == graph.was_core).all()
    assert stage.sizes.tolist() == [13]


def test_a_card_that_others_stand_in_for_costs_nobody(cut: Snapshot) -> None:
    told = cut_link(cut, "pair", "payment", "card-left")
    assert (told.core, told.core_after, told.flagged, told.flagged_after, told.leaving) == (12, 12, 12, 12, 0)
    assert told.stays_flagged and not told.splits
    assert told.sentence == "without payment card-left, everybody stays flagged"


def test_without_the_template_the_cluster_falls_apart(cut: Snapshot) -> None:
    told = cut_link(cut, "pair", "scaffold", "template")
    assert told.splits and told.pieces == (6, 6)
    assert (told.left, told.leaving, told.flagged_after) == (("t1",), 1, 12)
    assert "the cluster falls into 2 pieces" in told.sentence


def test_what_hangs_on_most_comes_first(cut: Snapshot) -> None:
    told = cut_links(cut, "pair", 3)
    assert len(told) == 3
    assert [one.flagged_after for one in told] == sorted(one.flagged_after for one in told)
    assert cut_links(cut, "pair", 3) == told
    assert all(cut_link(cut, "pair", one.kind, one.value).flagged_after == one.flagged_after for one in told)


def test_a_pair_of_two_families_falls_with_one_of_them(tmp_path: Path) -> None:
    made = World()
    made.cluster("thin", 0.9, ["a", "b", "c", "d"])
    made.share("payment", "card", 0.25, ["a", "b", "c", "d"])
    made.share("device", "phone", 0.7, ["a", "b", "c", "d"])
    for seen in made.tables["sightings"]:
        seen["n"] += 1  # what is seen once is another matter
    made.publish(tmp_path / "store")
    with open_snapshot(tmp_path / "store") as snapshot:
        told = cut_link(snapshot, "thin", "device", "phone")
    assert (told.core_after, told.flagged_after, told.to_associate, told.associates) == (0, 0, 4, ("a", "b", "c", "d"))
    assert not told.stays_flagged
    assert told.sentence.startswith("without device phone, 0 of 4 flagged accounts stay flagged, 4 core members become")


def test_what_cannot_be_cut(cut: Snapshot) -> None:
    with pytest.raises(NotFound, match="no cluster"):
        cut_link(cut, "nothing", "payment", "card-left")
    with pytest.raises(NotFound, match="not held by"):
        cut_link(cut, "pair", "payment", "card-far")
    with pytest.raises(NotFound, match="not held by"):
        cut_link(cut, "pair", "user_agent", "curl/8")


def test_bridges_lead_to_other_clusters_with_both_sides(cut: Snapshot) -> None:
    told = bridges(cut, "pair")
    assert [(one.kind, one.value, one.inside, one.weight, one.alone) for one in told.outward] == [
        ("ip", "203.0.113.9", 1, 0.3, 0)
    ]
    (end,) = told.outward[0].ends
    assert (end.cluster_id, end.accounts, end.weight, end.flagged) == ("far", 2, 0.6, True)
    assert [one.value for one in told.splitting] == ["template"]
    (back,) = bridges(cut, "far").outward
    assert (back.inside, back.ends[0].cluster_id, back.ends[0].accounts) == (2, "pair", 1)


def test_what_speaks_for_the_accounts(cut: Snapshot) -> None:
    told = counter_evidence(cut, "pair")
    assert [reason.side for reason in told.reasons] == ["against"]
    assert [(one.code, one.accounts) for one in told.common] == [("declared", 2)]
    assert [one.account_id for one in told.accounts] == ["r0", "r1"]
    assert [fact.code for fact in in_favour(cut, "r0")] == ["declared"]
    assert in_favour(cut, "l0") == in_favour(cut, "nobody") == ()


def test_the_cut_links_of_an_explanation(cut: Snapshot) -> None:
    assert {one.value for one in path_cuts(cut, explain(cut, "l0", "l1"))} == {"card-left", "device-left", "template"}
    assert path_cuts(cut, explain(cut, "l1", "f2")) == ()


@pytest.mark.parametrize("bridge", [0, 3, 4000])
def test_a_large_cluster_breaks_where_the_division_breaks_it(bridge: int) -> None:
    """Two blocks of 300 accounts and 60 identifiers each, that share `bridge` links of the other's identifiers."""
    random = np.random.default_rng(1)
    account = np.repeat(np.arange(600), 6)
    identifier = random.integers(0, 60, len(account)) + 60 * (account >= 300)
    crossing = random.choice(len(account), min(bridge, len(account)), replace=False)
    identifier[crossing] = random.integers(0, 120, len(crossing))
    pairs = np.unique(account * 200 + identifier)
    graph = communities.WeightedGraph.of(720, pairs // 200, 600 + pairs % 200, np.full(len(pairs), 500_000))
    leiden = communities.detector("leiden", iterations=4)

    def divide(part: communities.WeightedGraph) -> communities.Ints:
        return communities.divide(part, leiden, resolution=0.15, depth=6, seed=1)

    found = break_off(graph, divide, resolution=0.15, seed=1)
    assert (found == divide(graph)).all()
    assert len(np.unique(found[:600])) == (1 if bridge == 4000 else 2)
