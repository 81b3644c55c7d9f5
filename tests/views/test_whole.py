"""The whole of a cluster: as arrays, its paths, groups and layouts; and that those agree with slow references."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from numpy.typing import NDArray

from linkage.store import Snapshot
from linkage.views import (
    Incidence,
    force_places,
    groups,
    incidence,
    kept_places,
    missing,
    neighbour_counts,
    path_between,
    prepare,
    quick_places,
)
from linkage.views import kept as keeping
from tests.investigate.factory import World, world
from tests.views.factory import drawn_by_lot, whole

Layout = Callable[[Incidence], NDArray[np.float32]]


def test_a_cluster_as_arrays_has_its_links_and_no_others(opened: Snapshot) -> None:
    found = incidence(opened, ["harvest"])
    assert found.accounts == ("a1", "a2", "a3", "a4", "a5")
    assert found.core.tolist() == [True] * 4 + [False]
    links = {
        (found.accounts[a], found.kinds[i], found.values[i], round(w, 3))
        for a, i, w in zip(found.source, found.target, found.weight, strict=True)
    }
    card, template, ip = ("payment", "card-1", 0.9), ("scaffold", "template-1", 0.8), ("ip", "198.51.100.7", 0.4)
    assert links == {
        ("a1", *card),
        ("a2", *card),
        ("a3", *card),
        ("a2", *template),
        ("a4", *template),
        ("a4", *ip),
        ("a5", *ip),
    }
    assert found.values[0] == "card-1"


def test_of_nothing_there_is_nothing(opened: Snapshot) -> None:
    empty = incidence(opened, ["nope"])
    assert (empty.size, empty.nodes) == (0, 0)
    assert groups(empty).groups == ()
    assert quick_places(empty).shape == force_places(empty).shape == (0, 2)


@pytest.mark.parametrize("seed", range(8))
def test_strongest_links_are_those_that_sorting_gives(seed: int) -> None:
    made = drawn_by_lot(30, 12, 150, seed)
    chosen = made.strongest(3)
    for account in range(30):
        mine = [(-made.weight[n], int(made.target[n])) for n in np.flatnonzero(made.source == account)]
        kept = [(-made.weight[n], int(made.target[n])) for n in np.flatnonzero((made.source == account) & chosen)]
        assert sorted(kept) == sorted(mine)[:3]


@pytest.mark.parametrize("seed", range(12))
def test_a_path_has_as_few_steps_as_networkx_finds(seed: int) -> None:
    made = drawn_by_lot(14, 9, 24, seed)
    graph = nx.Graph(
        (f"a/{made.accounts[a]}", f"i/payment/{made.values[i]}") for a, i in zip(made.source, made.target, strict=True)
    )
    for one, other in itertools.combinations(sorted(graph), 2):
        way = path_between(made, one, other)
        if not nx.has_path(graph, one, other):
            assert way == ()
            continue
        assert (way[0], way[-1]) == (one, other)
        assert all(graph.has_edge(*step) for step in itertools.pairwise(way))
        assert len(way) - 1 == nx.shortest_path_length(graph, one, other)


def test_of_two_paths_the_weightier_is_taken() -> None:
    made = whole(2, [(0, 0, 0.2), (1, 0, 0.2), (0, 1, 0.9), (1, 1, 0.9)])
    assert path_between(made, "a/a00000", "a/a00001") == ("a/a00000", "i/payment/p001", "a/a00001")


@pytest.mark.parametrize("seed", range(6))
def test_groups_part_the_accounts_and_share_their_hubs(seed: int) -> None:
    made = drawn_by_lot(200, 12, 400, seed)
    found = groups(made, limit=40)
    assert len(found.groups) <= 40
    assert sum(group.accounts for group in found.groups) + found.left_out == 200
    assert [group.accounts for group in found.groups] == sorted((g.accounts for g in found.groups), reverse=True)
    held = {(made.accounts[a], f"i/payment/{made.values[i]}") for a, i in zip(made.source, made.target, strict=True)}
    for group in found.groups:
        assert all((account, hub) in held for account in group.examples for hub in group.hubs)
        assert all(found.group[made.accounts.index(account)] == group.number for account in group.examples)


@pytest.mark.parametrize("seed", range(4))
def test_a_group_is_shown_on_its_own_hubs_and_on_those_that_some_of_it_is_on(seed: int) -> None:
    made = drawn_by_lot(200, 12, 600, seed)
    found = groups(made, limit=20)
    held = {(made.accounts[a], f"i/payment/{made.values[i]}") for a, i in zip(made.source, made.target, strict=True)}
    for group in found.groups:
        mine = [name for name, number in zip(made.accounts, found.group.tolist(), strict=True) if number == group.number]
        for hub, share in group.shares:
            assert share == pytest.approx(sum((name, hub) in held for name in mine) / len(mine))
        assert set(group.hubs) <= {hub for hub, _ in group.shares}
        assert all(share == 1 for hub, share in group.shares if hub in group.hubs)
        assert all(share >= 0.1 for _, share in group.shares)
    assert set(found.hubs) == {hub for group in found.groups for hub, _ in group.shares}


def test_neighbours_are_counted_everywhere(opened: Snapshot) -> None:
    made = incidence(opened, ["harvest"])
    counted = dict(zip((*made.accounts, *made.values), neighbour_counts(opened, made).tolist(), strict=True))
    assert counted["card-1"] == 3
    edges = opened.query("SELECT account_id, count(*) AS n FROM edges GROUP BY account_id ORDER BY account_id").to_pylist()
    assert {row["account_id"]: row["n"] for row in edges if row["account_id"] in made.accounts} == {
        name: counted[name] for name in made.accounts
    }
    assert neighbour_counts(opened, incidence(opened, ["nope"])).tolist() == []


@pytest.mark.parametrize("layout", [quick_places, force_places])
@pytest.mark.parametrize(
    "made", [drawn_by_lot(300, 20, 700, 1), whole(5, []), whole(1, [(0, 0, 0.5)]), whole(3, [(0, 0, 1), (1, 0, 1)])]
)
def test_a_layout_is_finite_within_its_frame_and_always_the_same(layout: Layout, made: Incidence) -> None:
    places = layout(made)
    assert places.shape == (made.nodes, 2)
    assert places.dtype == np.float32
    assert np.isfinite(places).all()
    assert np.abs(places).max() <= 1.0
    assert (layout(made) == places).all()


@pytest.mark.parametrize("layout", [quick_places, force_places])
def test_accounts_of_one_hub_are_nearer_to_each_other_than_to_those_of_another(layout: Layout) -> None:
    links = [(account, account // 100, 0.9) for account in range(400)] + [(n, 4 + n // 50, 0.5) for n in range(400)]
    places = layout(whole(400, links))[:400]
    hub = np.arange(400) // 100
    apart = np.hypot(*(places[:, None] - places[None]).transpose(2, 0, 1))
    same = hub[:, None] == hub[None]
    assert apart[same].mean() < 0.6 * apart[~same].mean()


def test_24_000_accounts_are_laid_out_in_seconds() -> None:
    made = drawn_by_lot(24_000, 1_000, 100_000, 5)
    began = time.monotonic()
    force_places(made)
    # 5 s on an idle core; generous, for a machine that does other things
    assert time.monotonic() - began < 25


def test_layouts_are_kept_beside_the_snapshot_and_go_with_it(tmp_path: Path) -> None:
    from linkage.store import open_snapshot

    store = tmp_path / "store"
    made = World()
    names = [f"a{n:03}" for n in range(keeping.LARGE)]
    made.cluster("c/../x", 0.9, names)
    made.share("payment", "p", 0.9, names)
    first = made.publish(store)
    with open_snapshot(store) as snapshot:
        before = snapshot.manifest.outputs
        assert missing(store, snapshot) == ["c/../x"]
        assert prepare(store, snapshot) == 1
        assert missing(store, snapshot) == []
        assert prepare(store, snapshot) == 0
        nodes = incidence(snapshot, ["c/../x"]).nodes
        places = kept_places(store, first, "c/../x", nodes)
        assert places is not None
        assert (places == force_places(incidence(snapshot, ["c/../x"]))).all()
        assert kept_places(store, first, "c/../x", nodes + 1) is None
        assert snapshot.verify() == []
        assert snapshot.manifest.outputs == before
    kept = list((store / "layouts" / first).iterdir())
    assert len(kept) == 1
    kept[0].write_bytes(b"broken")
    assert kept_places(store, first, "c/../x", nodes) is None
    world().publish(store, day=11)
    (store / "layouts" / "20200101T000000Z-00000000").mkdir()
    with open_snapshot(store) as snapshot:
        prepare(store, snapshot)
    assert sorted(path.name for path in (store / "layouts").iterdir()) == [first]
