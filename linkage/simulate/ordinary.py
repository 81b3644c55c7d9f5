"""The ordinary account. Every other sort of account, innocent or not, is one of these with some columns replaced."""

from __future__ import annotations

from typing import Any

import numpy as np

from linkage.simulate import catalogue, cohort
from linkage.simulate.arrays import Ints, Links, distinct_links, join_links, no_links
from linkage.simulate.cohort import Cohort
from linkage.simulate.text.templates import ORDINARY
from linkage.simulate.world import DAY, World


def make(world: World, count: int, *, kind: str = "background", private_templates: bool = True) -> Cohort:
    """`count` unrelated accounts with all the variety that ordinary customers have."""
    rng, habits = world.rng, world.habits
    country = rng.choice(len(world.countries), count, p=world.country_weights)
    zone = world.zones[country]
    created = sign_ups(world, zone)
    owner = np.arange(count)
    orgs = np.where(rng.random(count) < habits.declared_org, 1, 0)
    org = np.full(count, -1)
    org[orgs == 1] = world.make_orgs(int(orgs.sum()))
    churned = rng.random(count) < 0.1
    begin = created.copy()
    end = np.full(count, world.finish)
    end[churned] = np.maximum(
        created[churned] + DAY, world.start + (rng.random(int(churned.sum())) * world.days * DAY).astype(int)
    )
    users = np.where(rng.random(count) < habits.platforms, rng.integers(1, 80, count), 0)
    first = int(world.make_pools(int((users > 0).sum()) + 1)[0])
    return Cohort(
        created=created,
        begin=begin,
        end=end,
        paid=created + (rng.exponential(70 * DAY, count) * (rng.random(count) < 0.35)).astype(np.int64),
        domain=mail_domains(world, count),
        country=country,
        org=org,
        plan=rng.choice(5, count, p=[0.3, 0.45, 0.15, 0.06, 0.04]),
        status=rng.choice(3, count, p=[1 - habits.banned, habits.banned / 2, habits.banned / 2]),
        platform=rng.choice(5, count, p=[0.66, 0.12, 0.07, 0.07, 0.08]),
        rate=rng.lognormal(0, habits.skew, count),
        regular=rng.uniform(0.05, 0.9, count),
        clock=rng.choice([cohort.PERSON, cohort.ROUND_THE_CLOCK, cohort.OFFICE], count, p=[0.6, 0.15, 0.25]),
        zone=zone,
        schedule=np.full(count, -1),
        lease=np.where(rng.random(count) < habits.moving, rng.integers(1, 15, count), 0),
        spread=rng.uniform(1.5, 5, count),
        **systems(world, count),
        template_share=rng.uniform(0.3, 1, count) * (rng.random(count) < habits.own_template) * private_templates,
        rewording=np.zeros(count),
        model=rng.choice(len(catalogue.MODELS), count, p=[0.35, 0.35, 0.25, 0.05]),
        adopt=world.release + (rng.exponential(25 * DAY, count)).astype(np.int64),
        adopt_share=rng.uniform(0.1, 1, count),
        output=rng.lognormal(5.5, 0.85, count),
        customers=users,
        customer_pool=np.where(users > 0, np.cumsum(users > 0) - 1 + first, -1),
        customer_all=np.ones(count),
        guests=np.zeros(count, dtype=bool),
        logged=np.ones(count, dtype=bool),
        kind=np.full(count, world.name(kind)),
        group=np.zeros(count, dtype=np.int64),
        actor=np.zeros(count, dtype=np.int64),
        payments=own_cards(world, country, habits.paying),
        addresses=own_addresses(world, country),
        clients=own_clients(world, count),
        templates=Links(owner, _private(world, count)) if private_templates else no_links(),
        tastes=own_tastes(world, count),
    )


def sign_ups(world: World, zone: Ints) -> Ints:
    """Times of creation: most long ago, some while the world runs; in waking hours and more on working days."""
    rng, count = world.rng, len(zone)
    fresh = rng.random(count) < world.habits.new_accounts
    ago = np.minimum(rng.exponential(250, count), 900)
    day = np.where(fresh, rng.integers(0, world.days, count), -1 - ago.astype(np.int64))
    launched = rng.random(count) < world.habits.launches
    day = np.where(launched, world.launches[rng.integers(0, len(world.launches), count)], day)
    weekend = (world.start // DAY + day + 3) % 7 >= 5
    day = np.where(weekend & (rng.random(count) < 0.4), np.maximum(day - 2, -900), day)
    hour = np.clip(rng.normal(14, 4, count), 0, 23.9) - zone
    return world.start + day * DAY + ((hour % 24) * 3600).astype(np.int64)


def mail_domains(world: World, count: int) -> Ints:
    """Free mail, a domain of one's own, or unknown."""
    rng, habits = world.rng, world.habits
    free = rng.choice(len(catalogue.FREE_MAIL), count, p=world.mail_weights)
    own = rng.random(count) >= habits.free_mail
    free[own] = world.make_domains(int(own.sum()))
    free[rng.random(count) < habits.unknown_mail] = -1
    return free


def systems(world: World, count: int) -> dict[str, Any]:
    """System prompts: a framework's default on a quarter of accounts, one's own on some, none on the rest."""
    rng, habits = world.rng, world.habits
    sort = rng.random(count)
    framework, own = sort < habits.framework, (sort >= habits.framework) & (sort < habits.framework + habits.own_system)
    system = np.full(count, -1)
    system[framework] = world.frameworks[rng.choice(len(world.frameworks), int(framework.sum()), p=world.framework_weights)]
    system[own] = world.make_systems(int(own.sum()))
    return {"system": system, "system_share": rng.uniform(0.5, 1, count)}


def own_cards(world: World, country: Ints, paying: float) -> Links:
    """One card for those who pay, two for a few; now and then a card of another country."""
    rng, count = world.rng, len(country)
    cards = (rng.random(count) < paying).astype(np.int64)
    cards += cards * (rng.random(count) < world.habits.second_card)
    owner = np.repeat(np.arange(count), cards)
    abroad = rng.random(len(owner)) < 0.06
    other = rng.choice(len(world.countries), len(owner), p=world.country_weights)
    return Links(owner, world.make_cards(np.where(abroad, other, country[owner])))


def own_addresses(world: World, country: Ints) -> Links:
    """A few addresses of carriers at home, the first most used; some homes have an IPv6 network."""
    rng, count = world.rng, len(country)
    many = 1 + np.minimum(rng.geometric(0.45, count), 12)
    owner = np.repeat(np.arange(count), many)
    links = Links(owner, world.homes(country[owner]))
    six = np.flatnonzero(rng.random(count) < world.habits.v6)
    extra = []
    for devices, some in ((3, six[::2]), (20, six[1::2])):  # the others change their device part every few hours
        homes = world.book.v6_homes(rng, world.v6[country[some]], devices)
        extra.append(Links(np.repeat(some, devices), homes.ravel()))
    return distinct_links(join_links([*extra, links]))


def own_clients(world: World, count: int) -> Links:
    """One to three pieces of client software out of the catalogue, common ones more often."""
    rng = world.rng
    owner = np.repeat(np.arange(count), rng.choice([1, 2, 3], count, p=[0.6, 0.28, 0.12]))
    return distinct_links(Links(owner, rng.choice(len(world.clients.weights), len(owner), p=world.clients.weights)))


def own_tastes(world: World, count: int) -> Links:
    """Two to five sorts of plain prompt."""
    rng = world.rng
    owner = np.repeat(np.arange(count), rng.integers(2, 6, count))
    return distinct_links(Links(owner, rng.choice(len(ORDINARY), len(owner), p=world.taste_weights)))


def _private(world: World, count: int) -> Ints:
    """A template for each account, its own program's, of any flavour."""
    flavours = ("general", "support", "code", "agent", "reason", "grade")
    choice = world.rng.choice(len(flavours), count, p=[0.4, 0.2, 0.15, 0.1, 0.1, 0.05])
    ids = np.zeros(count, dtype=np.int64)
    for place, flavour in enumerate(flavours):
        where = np.flatnonzero(choice == place)
        ids[where] = world.templates.make(world.rng, len(where), flavour)
    return ids
