"""What makes the accounts of an innocent group alike: each function here replaces a few columns for some members."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linkage.simulate import ordinary
from linkage.simulate.arrays import Bools, Ints, Links, distinct_links, split_sizes
from linkage.simulate.cohort import Cohort
from linkage.simulate.world import DAY, World


@dataclass(frozen=True)
class Groups:
    """Accounts in groups: `of` is each account's group (0..count-1)."""

    of: Ints
    count: int

    def pick(self, world: World, low: float, high: float) -> Bools:
        """A flag an account: each group draws its own share between low and high."""
        share = world.rng.uniform(low, high, self.count)
        return world.rng.random(len(self.of)) < share[self.of]

    def some(self, world: World, share: float) -> Bools:
        """A flag an account, the same for a whole group, true for a share of groups."""
        return (world.rng.random(self.count) < share)[self.of]


def grouped(world: World, kind: str, total: float, low: float, high: float) -> tuple[Cohort, Groups]:
    """Ordinary accounts in groups of low to high, `total` in all; the caller makes them alike."""
    sizes = split_sizes(world.rng, round(total), low, high)
    of = np.repeat(np.arange(len(sizes)), sizes)
    members = ordinary.make(world, len(of), kind=kind)
    members.group = world.group_names(kind, len(sizes))[of]
    return members, Groups(of, len(sizes))


def one_country(world: World, members: Cohort, groups: Groups) -> Ints:
    """Puts a group into one country; returns the country of each group."""
    country = world.rng.choice(len(world.countries), groups.count, p=world.country_weights)
    members.country = country[groups.of]
    members.zone = world.zones[members.country]
    return country


def shared_gate(
    world: World,
    members: Cohort,
    groups: Groups,
    kinds: list[str],
    addresses: tuple[int, int],
    *,
    home: float,
    each: tuple[int, int] = (1, 4),
) -> None:
    """Puts a group behind addresses of its own network, `each` account behind some; a share keeps its home ones too."""
    rng = world.rng
    counts = rng.integers(addresses[0], addresses[1] + 1, groups.count)
    country = np.zeros(groups.count, dtype=np.int64)
    country[groups.of] = members.country
    pools = [
        world.book.pool(rng, str(rng.choice(kinds)), world.countries[code], max(16, 2 * many))
        for code, many in zip(country.tolist(), counts.tolist(), strict=True)
    ]
    gates = [pool.few(rng, many) for pool, many in zip(pools, counts.tolist(), strict=True)]
    width = max(len(gate) for gate in gates)
    table = np.stack([np.resize(gate, width) for gate in gates])
    size = np.array([len(gate) for gate in gates])[groups.of]
    many = np.minimum(size, rng.integers(each[0], each[1] + 1, len(members)))
    owner = np.repeat(np.arange(len(members)), many)
    inside = table[groups.of[owner], rng.integers(0, size[owner])]
    links = Links(owner, inside).plus(members.addresses.only(rng.random(len(members)) < home))
    members.addresses = distinct_links(links)


def shared_cards(world: World, members: Cohort, groups: Groups, users: Bools, cards: int) -> None:
    """`users` pay with one of 1 to `cards` payment methods of their group instead of their own."""
    rng = world.rng
    country = np.zeros(groups.count, dtype=np.int64)
    country[groups.of] = members.country
    table = np.stack([world.make_cards(country) for _ in range(cards)])
    limit = rng.integers(1, cards + 1, groups.count)
    owner = np.flatnonzero(users)
    value = table[rng.integers(0, limit[groups.of[owner]]), groups.of[owner]]
    members.payments = members.payments.without(users).plus(Links(owner, value))


def own_domain(world: World, members: Cohort, groups: Groups, users: Bools) -> None:
    """`users` have the mail domain of their group."""
    members.domain = np.where(users, world.make_domains(groups.count)[groups.of], members.domain)


def declared(world: World, members: Cohort, groups: Groups, users: Bools) -> None:
    """`users` declare their group as their organisation; the others of the group declare nothing."""
    members.org = np.where(users, world.make_orgs(groups.count)[groups.of], -1)


def shared_templates(
    world: World, members: Cohort, groups: Groups, flavours: list[str], many: tuple[int, int], share: tuple[float, float]
) -> None:
    """Each group has its own templates, of which every account uses some."""
    rng = world.rng
    counts = rng.integers(many[0], many[1] + 1, groups.count)
    table = np.zeros((groups.count, many[1]), dtype=np.int64)
    choice = rng.integers(0, len(flavours), groups.count)
    for place, flavour in enumerate(flavours):
        where = np.flatnonzero(choice == place)
        table[where] = world.templates.make(rng, len(where) * many[1], flavour).reshape(-1, many[1])
    owner = np.repeat(np.arange(len(members)), np.minimum(counts[groups.of], rng.integers(1, 4, len(members))))
    value = table[groups.of[owner], rng.integers(0, counts[groups.of[owner]])]
    members.templates = distinct_links(Links(owner, value))
    members.template_share = rng.uniform(*share, len(members))


def burst(world: World, members: Cohort, groups: Groups, users: Bools, days: tuple[float, float]) -> Ints:
    """`users` sign up within a few days of one moment of their group; returns that moment for each group."""
    rng = world.rng
    moment = world.start + (rng.uniform(-40, 0.6 * world.days, groups.count) * DAY).astype(np.int64)
    length = rng.uniform(*days, groups.count)
    hours = np.clip(rng.normal(13, 3, len(members)), 7, 22)
    day = moment[groups.of] // DAY + (rng.random(len(members)) ** 2 * length[groups.of]).astype(np.int64)
    day = np.minimum(day, world.finish // DAY - 1)
    when = day * DAY + (hours * 3600).astype(np.int64)
    members.created = np.where(users, when, members.created)
    members.begin, members.paid = members.created, members.created
    members.end = np.maximum(members.end, members.created + DAY)
    return moment


def one_of_own(values: Ints, users: Bools) -> Links:
    """The link of each account in `users` to its own entry of `values`."""
    return Links(np.flatnonzero(users), values[users])
