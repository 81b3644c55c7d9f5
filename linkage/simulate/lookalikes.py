"""Innocent accounts that look linked: they share an address, a card, a prompt or a day for reasons of their own."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from linkage.simulate import ordinary
from linkage.simulate.arrays import Links, distinct_links, pick_links, whole
from linkage.simulate.cohort import OFFICE, ROUND_THE_CLOCK, Cohort
from linkage.simulate.groups import (
    burst,
    declared,
    grouped,
    one_country,
    one_of_own,
    own_domain,
    shared_cards,
    shared_gate,
    shared_templates,
)  # fmt: skip
from linkage.simulate.text.templates import ORDINARY
from linkage.simulate.world import DAY, World

EDUCATION, TEAM, ENTERPRISE = 4, 2, 3


def carrier(world: World, total: float) -> Cohort:
    """Carrier NAT: hundreds to thousands of customers behind a few addresses."""
    top = max(60.0, min(6000.0, 0.08 * world.accounts))
    members, groups = grouped(world, "carrier", total, max(40.0, top / 20), top)
    one_country(world, members, groups)
    shared_gate(world, members, groups, ["mobile", "residential"], (1, 12), home=0.3, each=(1, 12))
    members.spread = np.full(len(members), 1.0)
    return members


def vpn(world: World, total: float) -> Cohort:
    """VPN exits: customers of one VPN use many of its addresses, from any country."""
    members, groups = grouped(world, "vpn", total, max(20.0, total / 12), max(30.0, total / 2))
    shared_gate(world, members, groups, ["vpn", "hosting"], (3, 120), home=0.5, each=(1, 25))
    members.spread = np.full(len(members), 1.2)
    return members


def cloud(world: World, total: float) -> Cohort:
    """Programs on one serverless platform, which leave by its shared gateways."""
    members, groups = grouped(world, "cloud", total, max(20.0, total / 10), max(30.0, total / 3))
    shared_gate(world, members, groups, ["hosting"], (2, 200), home=0.4, each=(1, 50))
    members.spread = np.full(len(members), 1.3)
    members.clock = np.where(world.rng.random(len(members)) < 0.5, ROUND_THE_CLOCK, members.clock)
    return members


def university(world: World, total: float) -> Cohort:
    """One NAT, one course prompt, one start of the semester; institutional or free mail, few cards."""
    rng = world.rng
    members, groups = grouped(world, "university", total, 25, max(60.0, min(800.0, world.accounts / 60)))
    one_country(world, members, groups)
    shared_gate(world, members, groups, ["education", "business"], (1, 4), home=0.6)
    burst(world, members, groups, groups.pick(world, 0.5, 1), (1, 8))
    own_domain(world, members, groups, groups.pick(world, 0.0, 1))
    declared(world, members, groups, groups.pick(world, 0, 0.7) & groups.some(world, 0.6))
    members.payments = members.payments.without(groups.pick(world, 0.3, 1))
    shared_cards(world, members, groups, groups.pick(world, 0.1, 0.6) & groups.some(world, 0.2), 2)
    shared_templates(world, members, groups, ["course", "course", "code", "reason"], (1, 5), (0.3, 0.9))
    subjects = [str(rule) for rule in rng.choice(["ask_study", "ask_maths"], groups.count)]
    sheets = [world.word_set(rule, int(rng.integers(5, 40))) for rule in subjects]
    sheet = world.templates.items(sheets)[groups.of]
    members.tastes = members.tastes.plus(one_of_own(sheet, rng.random(len(members)) < 0.6))
    prompted = groups.some(world, 0.6) & groups.pick(world, 0.6, 1)
    members.system = np.where(prompted, world.make_systems(groups.count, "head_course")[groups.of], members.system)
    members.plan = np.where(rng.random(len(members)) < 0.7, EDUCATION, members.plan)
    return members


def company(world: World, total: float) -> Cohort:
    """One card, one office, one system prompt, one domain; the organisation is mostly declared."""
    members, groups = grouped(world, "company", total, 4, max(20.0, min(150.0, world.accounts / 80)))
    one_country(world, members, groups)
    shared_gate(world, members, groups, ["business", "residential"], (1, 5), home=0.5)
    shared_cards(world, members, groups, groups.pick(world, 0.6, 1) & groups.some(world, 0.85), 2)
    own_domain(world, members, groups, groups.pick(world, 0.85, 1) & groups.some(world, 0.95))
    declared(world, members, groups, groups.pick(world, 0.75, 1) & groups.some(world, 0.92))
    burst(world, members, groups, groups.some(world, 0.2) & groups.pick(world, 0.5, 1), (1, 10))
    shared_templates(world, members, groups, ["general", "support", "code", "agent"], (1, 6), (0.2, 0.9))
    prompted = groups.some(world, 0.7) & groups.pick(world, 0.5, 1)
    members.system = np.where(prompted, world.make_systems(groups.count)[groups.of], members.system)
    members.clock = np.where(groups.pick(world, 0.4, 1), OFFICE, members.clock)
    members.plan = np.where(groups.some(world, 0.6), TEAM, members.plan)
    members.plan = np.where(groups.some(world, 0.15), ENTERPRISE, members.plan)
    return members


def agency(world: World, total: float) -> Cohort:
    """One card, one office and the same templates, for many clients with organisations and domains of their own."""
    rng = world.rng
    members, groups = grouped(world, "agency", total, 8, max(20.0, min(70.0, world.accounts / 120)))
    one_country(world, members, groups)
    shared_gate(world, members, groups, ["business", "hosting"], (1, 3), home=0.3)
    shared_cards(world, members, groups, groups.pick(world, 0.7, 1), 2)
    clients = rng.integers(0, 8, len(members)) + 8 * groups.of
    members.org = np.where(groups.pick(world, 0.5, 0.95), world.make_orgs(8 * groups.count)[clients], -1)
    members.domain = np.where(groups.pick(world, 0.7, 1), world.make_domains(8 * groups.count)[clients], members.domain)
    shared_templates(world, members, groups, ["general", "support"], (2, 6), (0.5, 0.95))
    prompted = groups.some(world, 0.5) & groups.pick(world, 0.5, 1)
    members.system = np.where(prompted, world.make_systems(groups.count)[groups.of], members.system)
    members.clock = np.where(groups.pick(world, 0.3, 1), OFFICE, members.clock)
    return members


def household(world: World, total: float) -> Cohort:
    """Two to five people on one home address, often with one card."""
    members, groups = grouped(world, "household", total, 2, 5)
    country = one_country(world, members, groups)
    gates = [world.homes(country) for _ in range(2)]
    owner = np.arange(len(members))
    home = Links(owner, gates[0][groups.of]).plus(Links(owner, gates[1][groups.of]))
    members.addresses = distinct_links(home.plus(members.addresses.only(world.rng.random(len(members)) < 0.5)))
    shared_cards(world, members, groups, groups.some(world, 0.5) & groups.pick(world, 0.6, 1), 1)
    return members


def hackathon(world: World, total: float) -> Cohort:
    """Everybody signs up on one weekend, behind one venue's address, with the sponsor's starter template."""
    rng = world.rng
    members, groups = grouped(world, "hackathon", total, 15, max(40.0, min(200.0, world.accounts / 100)))
    moment = burst(world, members, groups, groups.pick(world, 0.8, 1), (1, 3))
    shared_gate(world, members, groups, ["business", "education", "hosting"], (1, 3), home=0.7)
    shared_templates(world, members, groups, ["agent", "code", "general"], (1, 3), (0.2, 0.8))
    prompted = groups.some(world, 0.7) & groups.pick(world, 0.5, 1)
    members.system = np.where(prompted, world.make_systems(groups.count)[groups.of], members.system)
    members.payments = members.payments.without(groups.pick(world, 0.4, 1))
    stays = rng.random(len(members)) < 0.3
    leaves = np.maximum(moment[groups.of] + rng.integers(3, 6, len(members)) * DAY, members.created + DAY)
    members.end = np.where(stays, members.end, leaves)
    members.rate = members.rate * 3
    return members


def evaluation(world: World, total: float) -> Cohort:
    """A research team: one rubric, one test set, heavy use round the clock, from one lab."""
    rng = world.rng
    members, groups = grouped(world, "evaluation", total, 3, 14)
    one_country(world, members, groups)
    shared_gate(world, members, groups, ["education", "business", "hosting"], (1, 4), home=0.3)
    shared_cards(world, members, groups, groups.some(world, 0.7) & groups.pick(world, 0.6, 1), 2)
    own_domain(world, members, groups, groups.pick(world, 0.6, 1))
    declared(world, members, groups, groups.pick(world, 0.6, 1) & groups.some(world, 0.8))
    shared_templates(world, members, groups, ["grade", "reason"], (1, 5), (0.7, 1))
    members.clock = np.full(len(members), ROUND_THE_CLOCK)
    members.regular = rng.uniform(0.6, 1, len(members))
    members.output = rng.uniform(60, 1000, groups.count)[groups.of] * rng.lognormal(0, 0.2, len(members))
    members.adopt = np.where(groups.some(world, 0.6), world.release + rng.integers(0, 2 * DAY, len(members)), members.adopt)
    members.adopt_share = rng.uniform(0.3, 1, len(members))
    return members


def power(world: World, total: float) -> Cohort:
    """Single accounts that run evaluations day and night."""
    rng = world.rng
    count = max(3, round(total))
    members = ordinary.make(world, count, kind="power")
    members.group = world.group_names("power", count)
    flavours = [str(rng.choice(["grade", "reason", "code"])) for _ in range(count)]
    owner = np.repeat(np.arange(count), 3)
    value = np.concatenate([world.templates.make(rng, 3, flavour) for flavour in flavours])
    members.templates = Links(owner, value)
    members.template_share = rng.uniform(0.7, 1, count)
    members.clock = np.full(count, ROUND_THE_CLOCK)
    members.regular = rng.uniform(0.7, 1, count)
    members.output = rng.uniform(60, 1200, count)
    members.adopt = world.release + rng.integers(0, 3 * DAY, count)
    return members


def reseller(world: World, total: float) -> Cohort:
    """Honest platforms: one account whose many end users send prompts of every sort."""
    rng = world.rng
    count = max(2, round(total))
    members = ordinary.make(world, count, kind="reseller")
    members.group = world.group_names("reseller", count)
    members.customers = rng.integers(30, 600, count)
    members.customer_pool = world.make_pools(count)
    members.customer_all = np.full(count, 1.0)
    members.tastes = pick_links(rng, np.full(count, 12), np.arange(len(ORDINARY)))
    members.template_share = rng.uniform(0, 0.4, count)
    members.clock = np.full(count, ROUND_THE_CLOCK)
    members.regular = np.full(count, 1.0)
    members.plan = np.full(count, ENTERPRISE)
    return members


def item_crowd(world: World, total: float) -> Cohort:
    """A benchmark crowd: unrelated accounts that send the items of the same public test sets."""
    rng = world.rng
    members, groups = grouped(world, "benchmark", total, max(15.0, total / 6), max(20.0, total / 2))
    rules = [str(rng.choice(["item_maths", "item_reason", "item_choice", "item_code"])) for _ in range(groups.count)]
    names = [world.word_set(rule, whole(rng, 50, 1500)) for rule in rules]
    sets = world.templates.items(names)
    frames = np.concatenate([world.templates.make(rng, 1, "reason", bodies=[name]) for name in names])
    framed = groups.some(world, 0.4)
    members.templates = one_of_own(np.where(framed, frames[groups.of], sets[groups.of]), np.ones(len(members), dtype=bool))
    members.rate = members.rate * 4
    members.template_share = rng.uniform(0.3, 1, len(members))
    return members


def template_crowd(world: World, total: float) -> Cohort:
    """Unrelated accounts that copied the same prompts from a public list."""
    members, groups = grouped(world, "template_crowd", total, max(15.0, total / 15), max(20.0, total / 4))
    shared_templates(world, members, groups, ["public", "public", "code", "reason"], (1, 3), (0.2, 0.9))
    return members


def app_crowd(world: World, total: float) -> Cohort:
    """Unrelated accounts that run the same program from the open source: its prompts, its client software."""
    rng = world.rng
    members, groups = grouped(world, "app_crowd", total, max(12.0, total / 12), max(20.0, total / 3))
    shared_templates(world, members, groups, ["general", "agent", "code", "support"], (1, 4), (0.4, 1))
    prompted = groups.some(world, 0.7) & groups.pick(world, 0.7, 1)
    members.system = np.where(prompted, world.make_systems(groups.count)[groups.of], members.system)
    stack = rng.choice(len(world.clients.weights), groups.count, p=world.clients.weights)[groups.of]
    same = groups.some(world, 0.8) & groups.pick(world, 0.6, 1)
    members.clients = members.clients.without(same).plus(one_of_own(stack, same))
    return members


def second_account(world: World, total: float) -> Cohort:
    """One person or firm with two or three accounts: test and live, or one a project."""
    members, groups = grouped(world, "second_account", total, 2, 3)
    country = one_country(world, members, groups)
    members.addresses = distinct_links(
        members.addresses.plus(one_of_own(world.homes(country)[groups.of], groups.some(world, 0.9)))
    )
    first = np.zeros(groups.count, dtype=np.int64)
    first[groups.of[::-1]] = np.arange(len(members))[::-1]
    leader = first[groups.of]
    shared_cards(world, members, groups, groups.some(world, 0.8), 1)
    members.domain = np.where(groups.some(world, 0.8), members.domain[leader], members.domain)
    members.org = np.where(groups.some(world, 0.5), members.org[leader], members.org)
    shared_templates(world, members, groups, ["general", "support", "code", "agent"], (1, 3), (0.2, 0.9))
    return members


def everybody(world: World) -> list[Cohort]:
    """Every sort of look-alike in this world, by its habits; households come first."""
    habits, accounts = world.habits, world.accounts
    wanted = {
        maker: max(getattr(habits, name) * accounts, least * min(1.0, accounts / 4000))
        for name, (maker, least) in MAKERS.items()
    }
    # at most six in ten, so that even a small world has ordinary accounts
    fit = min(1.0, 0.6 * accounts / sum(wanted.values()))
    return [maker(world, total * fit) for maker, total in wanted.items()]


#: habit -> what makes its accounts, and the fewest in a world of 4,000
MAKERS: dict[str, tuple[Callable[[World, float], Cohort], int]] = {
    "household": (household, 60),
    "carrier": (carrier, 80),
    "vpn": (vpn, 60),
    "cloud": (cloud, 40),
    "university": (university, 80),
    "company": (company, 100),
    "agency": (agency, 30),
    "hackathon": (hackathon, 30),
    "evaluation": (evaluation, 18),
    "power": (power, 3),
    "reseller": (reseller, 2),
    "item_crowd": (item_crowd, 50),
    "template_crowd": (template_crowd, 60),
    "app_crowd": (app_crowd, 50),
    "second_account": (second_account, 40),
}
