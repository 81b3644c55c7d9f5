"""All accounts of a world: the ordinary, the look-alikes, the campaigns and the rings."""

from __future__ import annotations

import numpy as np

from linkage.simulate import lookalikes, ordinary
from linkage.simulate.campaigns import campaign, campaign_sizes, customers
from linkage.simulate.cohort import Cohort, join_cohorts
from linkage.simulate.rings import number_of_rings, ring
from linkage.simulate.world import DAY, World

#: requests a day of accounts that are heavy by nature; all others share what the world has left
HEAVY = {"power": (50.0, 180.0), "evaluation": (10.0, 45.0), "reseller": (40.0, 160.0)}


def populate(world: World) -> Cohort:
    """Every account, innocents first; nothing in the tables shows this order (ids are shuffled)."""
    alike = lookalikes.everybody(world)
    sizes = campaign_sizes(world)
    rings = number_of_rings(world)
    rest = world.accounts - sum(len(cohort) for cohort in alike) - sum(sizes.values()) - 9 * rings
    alike.append(ordinary.make(world, max(rest * 7 // 10, 1)))
    addresses = np.concatenate([alike[-1].addresses.value, alike[0].addresses.value])
    addresses = addresses[addresses >= 0]
    fraud: list[Cohort] = []
    rented = addresses[:0]
    for name, size in sizes.items():
        harvest, exits = campaign(world, name, size, addresses, rented)
        rented = exits if not len(rented) else rented
        fraud.append(harvest)
        alike.append(customers(world, name, harvest, exits))
    fraud.extend(ring(world, f"ring-{place + 1:03d}", addresses) for place in range(rings))
    rest = world.accounts - sum(len(cohort) for cohort in alike + fraud)
    if rest > 0:
        alike.append(ordinary.make(world, rest))
    innocents = join_cohorts(alike)
    _set_rates(world, innocents)
    people = join_cohorts([innocents, *fraud])
    people.logged = (people.plan != lookalikes.ENTERPRISE) | (world.rng.random(len(people)) >= world.habits.unlogged)
    return people


def _set_rates(world: World, innocents: Cohort) -> None:
    """Scales the use of innocents to the average of this world."""
    rng = world.rng
    days = np.clip(np.minimum(innocents.end, world.finish) - np.maximum(innocents.begin, world.start), 0, None) / DAY
    ordinary_use = np.ones(len(innocents), dtype=bool)
    for kind, bounds in HEAVY.items():
        heavy = innocents.kind == world.name(kind)
        innocents.rate[heavy] = rng.uniform(*bounds, int(heavy.sum()))
        ordinary_use &= ~heavy
    wanted = world.habits.requests * world.days / 30 * len(innocents) - float((innocents.rate * days)[~ordinary_use].sum())
    wanted = max(wanted, 0.7 * world.habits.requests * world.days / 30 * len(innocents))
    have = float((innocents.rate * days)[ordinary_use].sum())
    innocents.rate[ordinary_use] = np.minimum(innocents.rate[ordinary_use] * wanted / have, 400)
