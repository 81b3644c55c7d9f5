"""Forged sightings link nobody: innocents seen once with something of a campaign's, and bridges between strangers."""

from __future__ import annotations

import random
from functools import cache
from pathlib import Path

import pytest

from benchmarks.forging import KINDS, Forged, Ground
from benchmarks.poison import FORMS, bridges, forgeries, merged, poison
from linkage.simulate import simulate
from tests.factory import ROOT

pytestmark = pytest.mark.xdist_group("poisoning")
BATCHES = 10


@cache
def ground() -> tuple[Ground, set[str], dict[str, set[str]]]:
    """A world that takes forgeries, and who is flagged and together in it without any."""
    world = ROOT / "poisoned-world"
    simulate(world, accounts=1500, seed=361, days=8)
    made = Ground(world, Path(ROOT) / "poisoned", threads=1)
    made.rebuild()
    return made, made.flagged(), made.clusters()


def test_a_thousand_forged_sightings_flag_no_innocent() -> None:
    made, before, _ = ground()
    assert len(before) > 50
    draw, kinds, done = random.Random(1), set(), 0
    for _ in range(BATCHES):
        told = poison(made, before, forgeries(made, 1000 // BATCHES, draw))
        assert told.harmed == ()
        kinds |= {one.kind for one in told.tried}
        done += len(told.tried)
    assert done == 1000 and kinds == set(KINDS)


@pytest.mark.parametrize("form", FORMS)
def test_forged_bridges_merge_no_clusters(form: str) -> None:
    made, _, clusters = ground()
    draw, tried = random.Random(2), 0
    while tried < 100:
        batch = bridges(made, clusters, draw, form=form)
        assert merged(made, clusters, batch) == []
        tried += len(batch)


def test_forgeries_are_read_and_many_of_them_do_flag() -> None:
    """The same means in earnest: whoever uses what a campaign uses, all of it and again and again, is flagged."""
    made, before, _ = ground()
    guilty = sorted(before)[:1]
    [victim] = random.Random(3).sample(sorted({row[0] for row in made.ask("SELECT account_id FROM accounts")} - before), 1)
    kinds = ("payment", "prompt", *KINDS[-3:])
    made.rebuild(Forged(victim, kind, value) for kind in kinds for _, value in made.values(kind, guilty))
    assert victim in made.flagged()
