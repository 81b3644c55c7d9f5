"""Fraud at scale: three campaigns that harvest a model through a proxy network, and the customers mixed into it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linkage.simulate import ordinary
from linkage.simulate.arrays import Floats, Ints, Links, distinct_links, no_links, pick_links, split_sizes, whole
from linkage.simulate.cohort import PERSON, ROUND_THE_CLOCK, SYNCHRONISED, Cohort
from linkage.simulate.text.templates import ORDINARY
from linkage.simulate.world import DAY, World

Range = tuple[float, float]


@dataclass(frozen=True)
class Manner:
    """How a campaign works; every pair is the bounds between which a world draws."""

    flavours: tuple[str, ...]
    share: float  # of the accounts of the world
    least: int  # accounts at least
    per_card: Range  # accounts a card
    per_hosting: Range  # accounts a rented server address
    per_exit: Range  # accounts a residential exit
    hosting: tuple[int, int]  # addresses an account uses
    exits: tuple[int, int]
    life: Range  # days of use on average until banned
    batch: Range  # accounts signed up together
    templates: tuple[int, int]
    own_mail: Range  # share of accounts on domains of the campaign's own
    customers: Range  # share of requests that are real customers'
    system: float  # chance of a system prompt of its own
    synchronised: float  # chance that its accounts keep shared moments
    plans: tuple[float, ...]
    platforms: tuple[float, ...]


MANNERS = {
    "volume": Manner(
        flavours=("reason", "code", "general", "grade"), share=0.0215, least=110, per_card=(3, 14), per_hosting=(8, 40),
        per_exit=(2, 12), hosting=(2, 8), exits=(2, 10), life=(5, 12), batch=(15, 150), templates=(3, 8), own_mail=(0, 0.6),
        customers=(0.02, 0.2), system=0.4, synchronised=0.0, plans=(0.3, 0.6, 0.08, 0.0, 0.02),
        platforms=(0.75, 0.13, 0.06, 0.05, 0.01),
    ),
    "agentic": Manner(
        flavours=("agent", "agent", "code"), share=0.0056, least=60, per_card=(2, 8), per_hosting=(5, 25), per_exit=(1.5, 8),
        hosting=(1, 5), exits=(3, 12), life=(6, 14), batch=(8, 60), templates=(2, 6), own_mail=(0, 0.5), customers=(0, 0.1),
        system=0.8, synchronised=0.1, plans=(0.2, 0.35, 0.25, 0.05, 0.15), platforms=(0.4, 0.25, 0.2, 0.1, 0.05),
    ),
    "precision": Manner(
        flavours=("grade", "reason"), share=0.00025, least=40, per_card=(5, 16), per_hosting=(3, 12), per_exit=(2, 10),
        hosting=(1, 4), exits=(1, 5), life=(8, 20), batch=(5, 25), templates=(2, 5), own_mail=(0, 0.7), customers=(0, 0.05),
        system=0.5, synchronised=1.0, plans=(0.15, 0.6, 0.2, 0.0, 0.05), platforms=(0.8, 0.1, 0.05, 0.05, 0.0),
    ),
}  # fmt: skip


def between(world: World, bounds: Range) -> float:
    """A number between two bounds, drawn once for the world."""
    return float(world.rng.uniform(*bounds))


def campaign_sizes(world: World) -> dict[str, int]:
    """Accounts of each campaign; the least are kept down in worlds of under 4,000 accounts."""
    small = min(1.0, world.accounts / 4000)
    return {name: max(round(manner.least * small), round(manner.share * world.accounts)) for name, manner in MANNERS.items()}


def campaign(world: World, name: str, size: int, innocent_addresses: Ints, rented: Ints) -> tuple[Cohort, Ints]:
    """One campaign's accounts and the addresses it rents; `rented` are those of another one, which it may share."""
    manner, rng, evasion = MANNERS[name], world.rng, world.evasion
    accounts = ordinary.make(world, size, kind="campaign", private_templates=False)
    accounts.actor = np.full(size, world.name(name))
    accounts.group = accounts.actor
    accounts.org = np.where(rng.random(size) < rng.uniform(0, 0.12), accounts.org, -1)
    accounts.plan = rng.choice(5, size, p=manner.plans)
    accounts.platform = rng.choice(5, size, p=manner.platforms)
    dates(world, accounts, manner)
    cards(world, accounts, between(world, manner.per_card))
    pool = addresses(world, accounts, manner, innocent_addresses, rented)
    mail(world, accounts, manner)
    content(world, accounts, manner)
    software(world, accounts, int(rng.integers(1, 6)))
    conduct(world, accounts)
    if rng.random() < manner.synchronised and not evasion.jitter:
        accounts.clock[:], accounts.schedule[:] = SYNCHRONISED, world.make_schedule()
    customers_mixed_in(world, accounts, between(world, manner.customers))
    return accounts, pool


def dates(world: World, accounts: Cohort, manner: Manner) -> None:
    """Sign-up in batches; a banned account is replaced, so that about as many are at work at any time."""
    rng, size = world.rng, len(accounts)
    mean = min(between(world, manner.life), 0.5 * world.days)
    life = 1 + rng.gamma(2, mean / 2, size)
    batches = split_sizes(rng, size, *manner.batch)
    of = np.repeat(np.arange(len(batches)), batches)[rng.permutation(size)]
    day = rng.uniform(-0.4 * mean, world.days - 1.5, len(batches))[of]
    length = rng.uniform(0.5, 14, len(batches))[of] * 3600
    begin = world.start + (day * DAY + rng.random(size) * length).astype(np.int64)
    if world.evasion.jitter:
        begin += (rng.uniform(-3, 6, size) * DAY).astype(np.int64)
    begin = np.minimum(begin, world.finish - DAY)
    settle(world, accounts, begin, life)


def settle(world: World, accounts: Cohort, begin: Ints, life: Floats) -> None:
    """Sets creation, use and what became of accounts that begin at `begin` and live for `life` days."""
    rng, size = world.rng, len(accounts)
    accounts.begin = begin
    accounts.end = np.maximum(begin, world.start) + (life * DAY).astype(np.int64)
    accounts.created = begin - rng.integers(60, 7200, size)
    if world.evasion.jitter:
        accounts.created = begin - (rng.exponential(8, size) * DAY).astype(np.int64) - 600
    if world.evasion.aged:
        hours = ((np.clip(rng.normal(14, 4, size), 0, 23.9) - accounts.zone) % 24 * 3600).astype(np.int64)
        accounts.created = (begin // DAY - rng.integers(45, 500, size)) * DAY + hours
    at_first = rng.random(size) < rng.uniform(0, 0.8)  # cards given when the account was made, long before its use
    accounts.paid = np.where(at_first, accounts.created, np.maximum(accounts.created, begin - rng.integers(0, 2 * DAY, size)))
    over = (accounts.end < world.finish) & (rng.random(size) < world.habits.banned_fraud)
    accounts.status = np.where(over, np.where(rng.random(size) < 0.8, 2, 1), 0)


def cards(world: World, accounts: Cohort, per_card: float) -> None:
    """Resold cards, each on a number of accounts; under `cards` one for each account."""
    rng, size = world.rng, len(accounts)
    paying = rng.random(size) < rng.uniform(0.85, 1)
    owner = np.flatnonzero(paying)
    if world.evasion.cards:
        accounts.payments = Links(owner, world.make_cards(accounts.country[owner], prepaid=0.15))
        return
    count = max(2, round(size / per_card))
    country = rng.choice(len(world.countries), count, p=world.country_weights)
    made = world.make_cards(country, prepaid=float(rng.uniform(0.05, 0.5)))
    owner = np.repeat(owner, np.where(rng.random(len(owner)) < 0.2, 2, 1))
    popularity = rng.gamma(3.0, size=count)
    accounts.payments = distinct_links(Links(owner, made[rng.choice(count, len(owner), p=popularity / popularity.sum())]))


def addresses(world: World, accounts: Cohort, manner: Manner, innocent: Ints, rented: Ints) -> Ints:
    """Rented servers and residential exits; under `rotate` many exits from where innocents live, no servers."""
    rng, size = world.rng, len(accounts)
    accounts.lease, accounts.spread = np.zeros(size, dtype=np.int64), np.full(size, 1.0)
    if world.evasion.rotate:
        count = max(30, round(size * whole(rng, 70, 600) / 100))
        exits = innocent[rng.integers(0, len(innocent), count)]
        if len(rented) and rng.random() < 0.5:
            exits = np.concatenate([exits, rented[: len(exits) // 8]])
        accounts.addresses = pick_links(rng, rng.integers(20, 60, size), np.unique(exits))
        return exits
    hosters = rng.permutation(len(world.hosters))[: int(rng.integers(1, 5))]
    servers = max(2, round(size / between(world, manner.per_hosting)))
    hosting = np.concatenate([world.hosters[int(h)].few(rng, max(1, servers // len(hosters))) for h in hosters])
    many = max(4, round(size / between(world, manner.per_exit)))
    exits = world.homes(rng.choice(len(world.countries), many, p=world.country_weights))
    if len(rented) and rng.random() < 0.5:
        exits = np.concatenate([exits, rented[: max(1, len(exits) // 6)]])
    low, high = manner.hosting
    links = pick_links(rng, rng.integers(low, high + 1, size), hosting)
    low, high = manner.exits
    accounts.addresses = distinct_links(links.plus(pick_links(rng, rng.integers(low, high + 1, size), np.unique(exits))))
    return np.unique(exits)


def mail(world: World, accounts: Cohort, manner: Manner) -> None:
    """Free mail, and for a share of accounts a few domains that nobody else uses."""
    rng, size = world.rng, len(accounts)
    favoured = world.mail_weights * rng.gamma(0.5, size=len(world.mail_weights))
    accounts.domain = rng.choice(len(favoured), size, p=favoured / favoured.sum())
    own = rng.random(size) < between(world, manner.own_mail)
    domains = world.make_domains(max(2, round(size / whole(rng, 8, 60))))
    accounts.domain[own] = domains[rng.integers(0, len(domains), int(own.sum()))]
    accounts.domain[rng.random(size) < world.habits.unknown_mail] = -1


def content(world: World, accounts: Cohort, manner: Manner) -> None:
    """A handful of templates, each account using some of them; perhaps a system prompt of its own."""
    rng, size = world.rng, len(accounts)
    count = int(rng.integers(manner.templates[0], manner.templates[1] + 1))
    made = np.concatenate([world.templates.make(rng, 1, str(rng.choice(manner.flavours))) for _ in range(count)])
    accounts.templates = pick_links(rng, rng.integers(1, count + 2, size), made)
    accounts.template_share = np.full(size, 1.0)
    if rng.random() < manner.system:
        systems = world.make_systems(int(rng.integers(1, 4)))
        users = rng.random(size) < rng.uniform(0.4, 1)
        accounts.system = np.where(users, systems[rng.integers(0, len(systems), size)], accounts.system)


def software(world: World, accounts: Cohort, count: int) -> None:
    """Few pieces of client software, common ones, from the catalogue everybody draws from."""
    stacks = world.rng.choice(len(world.clients.weights), count, p=world.clients.weights)
    accounts.clients = pick_links(world.rng, world.rng.integers(1, min(count, 3) + 1, len(accounts)), stacks)


def conduct(world: World, accounts: Cohort) -> None:
    """15 to 30 requests a day round the clock, long answers, half of the traffic to a new model within a day."""
    rng, size = world.rng, len(accounts)
    accounts.rate = rng.uniform(15, 30, size)
    accounts.regular = np.full(size, 1.0)
    accounts.clock = np.full(size, PERSON if world.evasion.jitter else ROUND_THE_CLOCK)
    if world.evasion.jitter:
        accounts.regular = rng.uniform(0.6, 0.95, size)
    accounts.adopt = world.release + rng.integers(0, DAY, size)
    accounts.adopt_share = np.clip(rng.normal(0.5, 0.07, size), 0.2, 0.8)
    accounts.output = rng.lognormal(rng.uniform(np.log(120), np.log(900)), 0.25, size)
    if world.evasion.paraphrase:
        accounts.rewording = np.clip(rng.normal(0.1, 0.015, size), 0.05, 0.16)


def customers_mixed_in(world: World, accounts: Cohort, share: float) -> None:
    """Real customers of the reseller behind the same accounts; under `mixed` they send half of the requests."""
    rng, size = world.rng, len(accounts)
    if world.evasion.mixed:
        share = float(rng.uniform(0.45, 0.55))
    apps = world.templates.make(rng, max(3, size // 4), "general")
    plain = pick_links(rng, rng.integers(3, 9, size), np.arange(len(ORDINARY)))
    accounts.tastes = plain.plus(pick_links(rng, rng.integers(1, 5, size), apps))
    accounts.template_share = np.clip(rng.normal(1 - share, 0.05, size), 0.3, 1)
    accounts.guests = np.full(size, True)
    accounts.customers = np.full(size, max(20, size // 2))
    accounts.customer_pool = np.full(size, int(world.make_pools(1)[0]))
    accounts.customer_all = np.full(size, 1.0 if rng.random() < 0.3 else 0.0)


def customers(world: World, name: str, harvest: Cohort, exits: Ints) -> Cohort:
    """Innocent accounts that rent the same proxy for a while, or bought a card where the campaign did."""
    rng = world.rng
    count = max(4, round(len(harvest) * rng.uniform(0.01, 0.05)))
    members = ordinary.make(world, count, kind="reseller_customer")
    members.group = np.full(count, world.name(f"customers of {name}"))
    sort = rng.random(count)
    renting = np.flatnonzero((sort < 0.75) | (sort > 0.92))
    rents = pick_links(rng, rng.integers(1, 4, count), exits) if len(exits) else no_links()
    flags = np.zeros(count, dtype=bool)
    flags[renting] = True
    members.addresses = members.addresses.plus(rents.only(flags))
    buying = np.flatnonzero(sort > 0.75)
    if len(harvest.payments.value) and not world.evasion.cards:
        card = harvest.payments.value[rng.integers(0, len(harvest.payments.value), len(buying))]
        members.payments = members.payments.plus(Links(buying, card))
    members.spread = np.full(count, 1.5)
    return members
