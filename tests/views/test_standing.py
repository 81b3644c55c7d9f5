from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from linkage.views import standing_places

#: Two stars whose middles are tied: 0 with 2..21, 1 with 22..41.
STARS = [(0, 1), *((0, leaf) for leaf in range(2, 22)), *((1, leaf) for leaf in range(22, 42))]


def apart(places: np.ndarray, one: list[int], other: list[int]) -> float:
    return float(np.hypot(*(places[one].mean(axis=0) - places[other].mean(axis=0))))


def test_what_hangs_on_one_thing_begins_on_its_side() -> None:
    places = standing_places(42, STARS)
    middle = (places[2:22].mean(axis=0) + places[22:42].mean(axis=0)) / 2
    across = places[22:42].mean(axis=0) - places[2:22].mean(axis=0)
    side = (places - middle) @ across
    assert (side[2:22] < 0).all()
    assert (side[22:42] > 0).all()
    assert apart(places, [0], list(range(2, 22))) < apart(places, [1], list(range(2, 22)))


def test_the_same_ties_give_the_same_places_and_no_two_nodes_share_one() -> None:
    first, second = standing_places(42, STARS), standing_places(42, STARS)
    assert first.tobytes() == second.tobytes()
    assert len(np.unique(first.round(3), axis=0)) == 42


@given(st.integers(0, 30), st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=60))
def test_every_node_has_a_place_whatever_ties_there_are(nodes: int, drawn: list[tuple[int, int]]) -> None:
    ties = [(one, other) for one, other in drawn if one < nodes and other < nodes and one != other]
    places = standing_places(nodes, ties)
    assert places.shape == (nodes, 2)
    assert np.isfinite(places).all()
    assert not nodes or float(np.abs(places.mean(axis=0)).max()) < 1.0
