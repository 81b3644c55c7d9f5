"""Small rings: four to twenty accounts of one hand, which share two or three of card, address, template, mail domain."""

from __future__ import annotations

import math

import numpy as np

from linkage.simulate import ordinary
from linkage.simulate.arrays import Ints, Links, distinct_links, pick_links, whole
from linkage.simulate.campaigns import conduct, settle, software
from linkage.simulate.cohort import Cohort
from linkage.simulate.world import DAY, World

SHARED = ("card", "address", "template", "domain")
FLAVOURS = ("reason", "code", "grade", "general", "agent", "support")


def ring(world: World, name: str, innocent_addresses: Ints) -> Cohort:
    """One ring. What an evasion takes from it is replaced by another of the four, so two always remain."""
    rng, evasion = world.rng, world.evasion
    size = whole(rng, 4, 20)
    accounts = ordinary.make(world, size, kind="ring")
    accounts.actor = np.full(size, world.name(name))
    accounts.group = accounts.actor
    accounts.org = np.where(rng.random(size) < 0.08, accounts.org, -1)
    ways = [way for way in SHARED if not (way == "card" and evasion.cards)]
    shared = {str(way) for way in rng.permutation(ways)[: int(rng.integers(2, 4))]}
    begin = np.full(size, world.start + int(rng.uniform(-8, world.days - 6) * DAY))
    begin += (rng.random(size) * rng.uniform(0.05, 12) * DAY).astype(np.int64)
    settle(world, accounts, np.minimum(begin, world.finish - 2 * DAY), 3 + rng.gamma(2, rng.uniform(2, 8), size))
    conduct(world, accounts)
    accounts.rate = rng.uniform(6, 30, size)
    accounts.regular = rng.uniform(0.5, 1, size)
    software(world, accounts, int(rng.integers(1, 4)))
    if "card" in shared:
        made = world.make_cards(np.resize(accounts.country, int(rng.integers(1, 1 + max(1, size // 4)))), prepaid=0.2)
        accounts.payments = Links(np.arange(size), made[rng.integers(0, len(made), size)])
    if "address" in shared:
        addresses(world, accounts, innocent_addresses)
    elif evasion.rotate:
        accounts.addresses = pick_links(rng, rng.integers(8, 25, size), innocent_addresses)
        accounts.spread, accounts.lease = np.full(size, 1.0), np.zeros(size, dtype=np.int64)
    if "template" in shared:
        count = int(rng.integers(1, 4))
        made = np.concatenate([world.templates.make(rng, 1, str(rng.choice(FLAVOURS))) for _ in range(count)])
        owner = np.repeat(np.arange(size), count)
        accounts.templates = Links(owner, np.tile(made, size))
        accounts.template_share = rng.uniform(0.6, 1, size) * (rng.uniform(0.45, 0.55) if evasion.mixed else 1)
    if "domain" in shared:
        domains = world.make_domains(int(rng.integers(1, 3)))
        accounts.domain = domains[rng.integers(0, len(domains), size)]
    return accounts


def addresses(world: World, accounts: Cohort, innocent: Ints) -> None:
    """A few addresses for all of them; under `rotate` a rented part of a pool that innocents also use."""
    rng, size = world.rng, len(accounts)
    if world.evasion.rotate:
        pool = np.unique(innocent[rng.integers(0, len(innocent), int(rng.integers(25, 70)))])
        accounts.addresses = pick_links(rng, rng.integers(10, 25, size), pool)
    else:
        home = world.homes(accounts.country[:1].repeat(int(rng.integers(1, 4))))
        server = world.hosters[int(rng.integers(0, len(world.hosters)))].few(rng, int(rng.integers(1, 5)))
        pool = home if rng.random() < 0.4 else server
        shared = pick_links(rng, rng.integers(1, len(pool) + 1, size), pool)
        keeps = rng.random(size) < 0.3
        accounts.addresses = distinct_links(shared.plus(accounts.addresses.only(keeps)))
    accounts.spread, accounts.lease = np.full(size, 1.0), np.zeros(size, dtype=np.int64)


def number_of_rings(world: World) -> int:
    """About 50 in a world of 192,000 accounts, fewer in a smaller one, never under eight."""
    return max(8, round(50 * math.pow(world.accounts / 192_000, 0.7)))
