"""The small tables of a world (accounts, payments, labels, networks, truth), as Arrow tables in the input contract."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.simulate import catalogue
from linkage.simulate.arrays import Bools, Ints, Rng, opaque_ids
from linkage.simulate.cohort import Cohort
from linkage.simulate.world import DAY, World

_TLD_RULE = pa.array(catalogue.TOP_LEVELS, pa.string())


def account_ids(world: World, count: int) -> Any:
    """Ids that say nothing of who, when or in which order."""
    return opaque_ids(np.random.default_rng([world.seed, 5]), count, "acct_", 14)


def accounts(world: World, people: Cohort, ids: Any) -> Any:
    """The accounts table, sorted by id."""
    rng, habits = np.random.default_rng([world.seed, 6]), world.habits
    count = len(people)
    orgs = opaque_ids(rng, max(1, world.org_count), "org_", 12)
    table = pa.table(
        {
            "account_id": ids,
            "created_at": _times(people.created, rng, rng.random(count) < habits.lost_created),
            "email_domain": _named(domain_names(world, rng), people.domain, people.domain < 0),
            "country": _named(pa.array(world.countries), people.country, rng.random(count) < habits.lost_country),
            "org_id": _named(orgs, people.org, people.org < 0),
            "plan": pa.array(catalogue.PLANS).take(pa.array(people.plan)),
            "status": pa.array(catalogue.STATUSES).take(pa.array(people.status)),
        }
    )
    return table.filter(pa.array(people.created < world.finish)).sort_by("account_id")


def domain_names(world: World, rng: Rng) -> Any:
    """Mail domains by number: the free providers, then made-up ones, every one different."""
    count = world.domain_count - len(catalogue.FREE_MAIL)
    # a name of several words is one in a domain
    names = pc.replace_substring(world.grammar.render("domain", count, rng), " ", "")
    encoded = names.dictionary_encode()
    codes = np.asarray(encoded.indices)
    order = np.argsort(codes, kind="stable")
    first = np.searchsorted(codes[order], codes[order])
    repeat = np.zeros(count, dtype=np.int64)
    repeat[order] = np.arange(count) - first
    suffix = pc.if_else(pa.array(repeat > 0), pc.cast(pa.array(repeat), pa.string()), pa.scalar(""))
    tops = _TLD_RULE.take(pa.array(rng.integers(0, len(_TLD_RULE), count)))
    own = pc.binary_join_element_wise(pc.binary_join_element_wise(names, suffix, ""), tops, ".")
    return pa.concat_arrays([pa.array(catalogue.FREE_MAIL, pa.string()), pc.utf8_lower(own)])


def payments(world: World, people: Cohort, ids: Any) -> Any:
    """The payments table: a row when a method is added, and one a month after; in the order of time."""
    rng, habits = np.random.default_rng([world.seed, 7]), world.habits
    owner, card = people.payments.owner, people.payments.value
    first = people.paid[owner] + (rng.exponential(0.3, len(owner)) * DAY).astype(np.int64) + 30
    months = np.clip((world.finish - first) // (30 * DAY), 0, 2) * (rng.random(len(owner)) < 0.5)
    row = np.repeat(np.arange(len(owner)), months + 1)
    turn = np.arange(len(row)) - np.repeat(np.cumsum(months + 1) - (months + 1), months + 1)
    seen = first[row] + turn * 30 * DAY
    keep = (seen < world.finish) & (people.created[owner[row]] < world.finish)
    row, seen = row[keep], seen[keep]
    order = np.lexsort((card[row], owner[row], seen))
    row, seen = row[order], seen[order]
    bins = np.concatenate(world.payment_bins)[card[row]]
    country = np.concatenate(world.payment_countries)[card[row]]
    return pa.table(
        {
            "account_id": ids.take(pa.array(owner[row])),
            "payment_id": opaque_ids(rng, world.payment_count, "pm_", 20, "hex").take(pa.array(card[row])),
            "seen_at": _times(seen, rng, np.zeros(len(row), dtype=bool)),
            "bin": _named(pc.cast(pa.array(world.bins), pa.string()), bins, rng.random(len(row)) < habits.lost_bin),
            "country": _named(pa.array(world.countries), country, rng.random(len(row)) < habits.lost_country),
        }
    )


def labels(world: World, people: Cohort, ids: Any) -> Any:
    """A few accounts that people have decided already; sorted by id."""
    rng, habits = np.random.default_rng([world.seed, 8]), world.habits
    guilty = people.actor > 0
    chosen = np.where(guilty, habits.labelled_fraud, habits.labelled_benign) > rng.random(len(people))
    chosen &= people.created < world.finish - DAY
    where = np.flatnonzero(chosen)
    late = np.maximum(np.minimum(people.begin[where] + rng.integers(DAY, 20 * DAY, len(where)), world.finish - 1), world.start)
    return pa.table(
        {
            "account_id": ids.take(pa.array(where)),
            "label": pa.array(np.where(guilty[where], "confirmed_fraud", "confirmed_benign").astype(str), pa.string()),
            "source": pa.array(["review", "chargeback", "partner"]).take(pa.array(rng.integers(0, 3, len(where)))),
            "decided_at": _times(late, rng, np.zeros(len(where), dtype=bool)),
        }
    ).sort_by("account_id")


def networks(world: World) -> Any:
    """What the provider knows of address ranges: most of them; sorted by range."""
    rng = np.random.default_rng([world.seed, 9])
    known = [row for row in sorted(world.book.networks) if rng.random() >= world.habits.uncertain_network]
    types = (("cidr", pa.string()), ("asn", pa.int64()), ("kind", pa.string()), ("country", pa.string()))
    return pa.table({name: pa.array([row[place] for row in known], kind) for place, (name, kind) in enumerate(types)})


def truth(world: World, people: Cohort, ids: Any) -> Any:
    """Who each account is: account_id, actor ('' = innocent), kind, group; sorted by id."""
    names = pa.array(world.names, pa.string())
    table = pa.table(
        {
            "account_id": ids,
            "actor": names.take(pa.array(people.actor)),
            "kind": names.take(pa.array(people.kind)),
            "group": names.take(pa.array(people.group)),
        }
    )
    return table.sort_by("account_id")


def _times(seconds: Ints, rng: Rng, lost: Bools) -> Any:
    micros = seconds * 1_000_000 + rng.integers(0, 1000, len(seconds)) * 1000
    return pa.array(micros, pa.timestamp("us"), mask=lost)


def _named(names: Any, numbers: Ints, missing: Bools) -> Any:
    return names.take(pa.array(np.where(missing, 0, numbers), mask=missing))
