"""A cohort: accounts of one sort as columns, and their many-to-many links. Cohorts are joined to a population."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from linkage.simulate.arrays import Bools, Floats, Ints, Links, join_links

#: when an account is at work: the hours of a person, the whole day, office hours, moments shared with its group
PERSON, ROUND_THE_CLOCK, OFFICE, SYNCHRONISED = range(4)


@dataclass
class Cohort:
    """n accounts. Times are seconds since 1970 UTC; names, domains and the like are numbers into the world's lists."""

    created: Ints
    begin: Ints  # first and last second of use
    end: Ints
    paid: Ints  # when its payments are first seen
    domain: Ints  # -1 = none
    country: Ints
    org: Ints  # -1 = none declared
    plan: Ints
    status: Ints
    platform: Ints
    rate: Floats  # requests a day of use
    regular: Floats  # share of days on which there is any use
    clock: Ints
    zone: Ints  # hours from UTC
    schedule: Ints  # whose shared moments it keeps, -1 = nobody's
    lease: Ints  # days it stays on one address; 0 = drawn anew for every request
    spread: Floats  # 1 = all its addresses alike; larger = mostly the first
    system: Ints  # -1 = no system prompt
    system_share: Floats
    template_share: Floats  # share of requests from its templates; the rest from its tastes
    rewording: Floats  # share of words changed in every templated prompt
    model: Ints
    adopt: Ints  # when it first calls the new model
    adopt_share: Floats
    output: Floats  # mean output tokens
    customers: Ints  # end users it names, 0 = none
    customer_pool: Ints
    customer_all: Floats  # share of templated requests that name an end user too
    guests: Bools  # whether its untemplated requests are other people's, who bring their own system prompts
    logged: Bools  # whether the provider may keep its prompts
    kind: Ints
    group: Ints
    actor: Ints
    payments: Links
    addresses: Links
    clients: Links
    templates: Links
    tastes: Links

    def __len__(self) -> int:
        return len(self.created)


def join_cohorts(cohorts: list[Cohort]) -> Cohort:
    """One population; accounts keep their order."""
    sizes = [len(cohort) for cohort in cohorts]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).tolist()
    columns: dict[str, Bools | Ints | Floats | Links] = {}
    for field in fields(Cohort):
        parts = [getattr(cohort, field.name) for cohort in cohorts]
        if isinstance(parts[0], Links):
            columns[field.name] = join_links([part.shifted(start) for part, start in zip(parts, starts, strict=True)])
        else:
            columns[field.name] = np.concatenate(parts)
    return Cohort(**columns)  # type: ignore[arg-type]
