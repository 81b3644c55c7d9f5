"""The world while it is made: its calendar, its lists of names, networks and templates, its counters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from linkage.simulate import catalogue
from linkage.simulate.addresses import AddressBook, Pool
from linkage.simulate.arrays import Floats, Ints, Rng
from linkage.simulate.evasion import Evasion
from linkage.simulate.habits import draw_habits
from linkage.simulate.text.grammar import standard
from linkage.simulate.text.templates import ORDINARY, Templates

DAY = 86400
#: midnight of 2026-01-05, a Monday: worlds begin in the six weeks after it
EPOCH = 1767571200


class World:
    """Shared by the makers of accounts. Everything random comes from `rng`, in a fixed order."""

    def __init__(self, accounts: int, seed: int, evasion: Evasion, days: int) -> None:
        self.rng: Rng = np.random.default_rng([seed, 1])
        rng = self.rng
        self.seed, self.accounts, self.evasion, self.days = seed, accounts, evasion, days
        self.habits = draw_habits(rng)
        self.start = EPOCH + int(rng.integers(0, 43)) * DAY
        self.finish = self.start + days * DAY
        #: the new model is released in the middle part of the world, in the morning
        self.release = self.start + round(float(rng.uniform(0.35, 0.65)) * days) * DAY + int(rng.integers(13, 19)) * 3600
        #: days (counted from the start) of launches and press, on which many sign up
        self.launches: Ints = rng.integers(-300, days, int(rng.integers(1, 5)))
        self.countries = [name for name, _, _ in catalogue.COUNTRIES]
        self.zones = np.array([zone for _, _, zone in catalogue.COUNTRIES])
        weights = np.array([weight for _, weight, _ in catalogue.COUNTRIES]) * rng.gamma(1.5, size=len(self.countries))
        self.country_weights: Floats = weights / weights.sum()
        mail = np.array(catalogue.FREE_WEIGHTS) * rng.gamma(2.0, size=len(catalogue.FREE_WEIGHTS))
        self.mail_weights: Floats = mail / mail.sum()
        self.clients = catalogue.clients(rng)
        self.grammar = standard().thinned(rng, self.habits.richness)
        self.templates = Templates(self.grammar)
        self.word_sets: dict[str, Any] = {}
        taste = rng.gamma(1.0, size=len(ORDINARY)) + 0.05
        taste[ORDINARY.index("small_talk")] *= 0.3
        self.taste_weights: Floats = taste / taste.sum()
        self._systems: list[Any] = []
        self.system_count = 0
        frameworks = self.grammar.all("framework")
        chosen = rng.permutation(len(frameworks))[: int(rng.integers(4, len(frameworks) + 1))]
        self.frameworks = self.add_systems(frameworks.take(pa.array(chosen)))
        share = rng.dirichlet(np.full(len(chosen), 0.8))
        self.framework_weights: Floats = share
        self.bins: Ints = rng.permutation(np.arange(400000, 560000))[:400]
        popularity = rng.gamma(0.5, size=(len(self.countries), len(self.bins)))
        self.bin_weights: Floats = np.cumsum(popularity / popularity.sum(axis=1, keepdims=True), axis=1)
        self.prepaid_bins: Ints = np.sort(rng.permutation(len(self.bins))[:12])
        self.payment_bins: list[Ints] = []
        self.payment_countries: list[Ints] = []
        self.payment_count = self.org_count = self.pool_count = self.schedule_count = 0
        self.domain_count = len(catalogue.FREE_MAIL)
        self.names: list[str] = [""]
        self.book = AddressBook(rng)
        self.carriers = [self._carriers(code) for code in range(len(self.countries))]
        self.hosters = [
            self.book.pool(rng, "hosting", self.country(rng), int(rng.integers(1, 9)) * 4096)
            for _ in range(int(rng.integers(8, 20)))
        ]
        self.v6 = np.array([self.book.v6_operator(rng, name) for name in self.countries])

    def _carriers(self, code: int) -> list[Pool]:
        customers = self.accounts * float(self.country_weights[code])
        count = int(self.rng.integers(2, 6))
        shares = self.rng.dirichlet(np.full(count, 2.0))
        room = self.habits.room * customers
        return [
            self.book.pool(self.rng, "residential", self.countries[code], max(512, round(room * float(share))))
            for share in shares
        ]

    def country(self, rng: Rng) -> str:
        """The name of a country, large ones more often."""
        return self.countries[int(rng.choice(len(self.countries), p=self.country_weights))]

    def homes(self, countries: Ints) -> Ints:
        """One address of a carrier of each account's country."""
        result = np.zeros(len(countries), dtype=np.int64)
        for code in np.unique(countries).tolist():
            where = np.flatnonzero(countries == code)
            which = self.rng.integers(0, len(self.carriers[code]), len(where))
            drawn = np.stack([pool.draw(self.rng, len(where)) for pool in self.carriers[code]])
            result[where] = drawn[which, np.arange(len(where))]
        return result

    def name(self, text: str) -> int:
        """Number of a name of the truth table."""
        if text not in self.names:
            self.names.append(text)
        return self.names.index(text)

    def group_names(self, kind: str, count: int) -> Ints:
        """Numbers of `count` new group names of one kind."""
        first = len(self.names)
        self.names.extend(f"{kind}-{place + 1:04d}" for place in range(count))
        return np.arange(first, first + count)

    def add_systems(self, texts: Any) -> Ints:
        """Numbers of new system prompts."""
        self._systems.append(texts)
        self.system_count += len(texts)
        return np.arange(self.system_count - len(texts), self.system_count)

    def make_systems(self, count: int, rule: str = "system_own") -> Ints:
        """Numbers of `count` new system prompts drawn from a rule."""
        return self.add_systems(self.grammar.render(rule, count, self.rng))

    def system_texts(self) -> Any:
        """Every system prompt, by number."""
        return pa.concat_arrays(self._systems)

    def make_cards(self, countries: Ints, *, prepaid: float = 0.04) -> Ints:
        """Numbers of new payment methods, one a country given; a share of them from issuers of prepaid cards."""
        count = len(countries)
        point = self.rng.random(count)
        bins = np.zeros(count, dtype=np.int64)
        for code in np.unique(countries).tolist():
            where = np.flatnonzero(countries == code)
            bins[where] = np.searchsorted(self.bin_weights[code], point[where]).clip(0, len(self.bins) - 1)
        other = self.rng.random(count) < prepaid
        bins[other] = self.prepaid_bins[self.rng.integers(0, len(self.prepaid_bins), int(other.sum()))]
        self.payment_bins.append(bins)
        self.payment_countries.append(countries)
        self.payment_count += count
        return np.arange(self.payment_count - count, self.payment_count)

    def make_domains(self, count: int) -> Ints:
        """Numbers of new mail domains."""
        self.domain_count += count
        return np.arange(self.domain_count - count, self.domain_count)

    def make_orgs(self, count: int) -> Ints:
        """Numbers of new organisations."""
        self.org_count += count
        return np.arange(self.org_count - count, self.org_count)

    def make_pools(self, count: int) -> Ints:
        """Numbers of new sets of end users."""
        self.pool_count += count
        return np.arange(self.pool_count - count, self.pool_count)

    def make_schedule(self) -> int:
        """Number of a new schedule of shared moments."""
        self.schedule_count += 1
        return self.schedule_count - 1

    def word_set(self, rule: str, items: int) -> str:
        """Name of a new fixed list of `items` texts of a rule, the same for everybody who draws from it."""
        name = f"set {len(self.word_sets)}"
        self.word_sets[name] = self.grammar.render(rule, items, self.rng)
        return name

    def close(self) -> None:
        """Call once when all accounts are made: templates may be rendered from here on."""
        self.templates.grammar = self.grammar.with_words(self.word_sets)
        self.templates.close()
