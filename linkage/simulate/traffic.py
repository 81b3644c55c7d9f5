"""A few days of requests at a time, from the columns of the population: no loop over accounts or rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.simulate import catalogue, cohort
from linkage.simulate.arrays import Floats, Ints, Rng, opaque_ids
from linkage.simulate.cohort import Cohort
from linkage.simulate.text.templates import paraphrase
from linkage.simulate.world import DAY, World

#: rows of text made at a time: bounds memory to about 1.5 GB
BATCH = 250_000

SCHEMA = pa.schema(
    [
        ("account_id", pa.string()), ("ts", pa.timestamp("us")), ("ip", pa.string()), ("user_agent", pa.string()),
        ("client_id", pa.string()), ("model", pa.string()), ("system_prompt", pa.string()), ("prompt", pa.string()),
        ("input_tokens", pa.int64()), ("output_tokens", pa.int64()), ("end_user_id", pa.string()),
        ("platform", pa.string()),
    ]
)  # fmt: skip
#: requests by local hour, in three sorts of day
_HOURS = np.array(
    [
        [2, 1, 1, 1, 1, 1, 2, 4, 7, 10, 11, 10, 8, 9, 11, 11, 10, 9, 7, 6, 6, 5, 4, 3],
        [6, 4, 2, 1, 1, 1, 1, 1, 2, 3, 4, 5, 5, 6, 6, 6, 7, 8, 9, 11, 13, 13, 11, 9],
        [1, 1, 1, 1, 1, 1, 1, 2, 8, 13, 14, 12, 8, 12, 14, 13, 11, 6, 2, 1, 1, 1, 1, 1],
    ],
    dtype=float,
)


class Traffic:
    """Draws requests for a population whose world is closed."""

    def __init__(self, world: World, people: Cohort, account_ids: Any) -> None:
        self.world, self.people, self.account_ids = world, people, account_ids
        count = len(people)
        self._addresses = people.addresses.by_owner(count)
        self._clients = people.clients.by_owner(count)
        self._templates = people.templates.by_owner(count)
        self._tastes = people.tastes.by_owner(count)
        self._systems = world.system_texts()
        self._system_length = np.asarray(pc.utf8_length(self._systems)).astype(np.int64)
        self._agents = pa.array(world.clients.user_agents, pa.string())
        self._prints = pa.array(world.clients.client_ids, pa.string())
        self._models = pa.array(catalogue.MODEL_NAMES, pa.string())
        self._platforms = pa.array(catalogue.PLATFORMS, pa.string())
        rng = np.random.default_rng([world.seed, 2])
        self._salt = int(rng.integers(1, 2**31))
        self._habit = rng.integers(0, 2, count)
        self._end_users = opaque_ids(rng, 1 << 16, "", 6)
        self._letters = opaque_ids(rng, 1 << 12, "", 2)

    def days(self) -> Iterator[tuple[int, Any]]:
        """Each day (its first second) with its requests in the order of time, as a table of SCHEMA."""
        held: list[tuple[int, dict[str, Ints]]] = []
        rows = 0
        for place in range(self.world.days):
            day = self.world.start + place * DAY
            drawn = self._draw(place, day)
            held.append((day, drawn))
            rows += len(drawn["account"])
            if rows >= BATCH or place == self.world.days - 1:
                yield from self._written(place, held)
                held, rows = [], 0

    def _draw(self, place: int, day: int) -> dict[str, Ints]:
        """Who sends when, and with what: everything but the text, as numbers."""
        people, world = self.people, self.world
        rng = np.random.default_rng([world.seed, 3, place])
        account = self._senders(rng, day)
        when = self._moments(rng, day, account)
        order = np.lexsort((account, when))
        account, when = account[order], when[order]
        rows = len(account)
        seconds = when // 1_000_000
        templated = rng.random(rows) < people.template_share[account]
        starts, _ = self._templates
        templated &= starts[account + 1] > starts[account]
        template = np.where(templated, _choose(self._templates, account, rng.random(rows)), 0)
        plain = np.flatnonzero(~templated)
        template[plain] = _choose(self._tastes, account[plain], rng.random(len(plain)) ** 1.5)
        fresh = (seconds >= np.maximum(people.adopt, world.release)[account]) & (rng.random(rows) < people.adopt_share[account])
        names = (people.customers[account] > 0) & (~templated | (rng.random(rows) < people.customer_all[account]))
        chosen = (rng.random(rows) ** 2 * people.customers[account]).astype(np.int64)
        system = np.where(rng.random(rows) < people.system_share[account], people.system[account], -1)
        guest = np.flatnonzero(~templated & people.guests[account])
        theirs = world.frameworks[rng.choice(len(world.frameworks), len(guest), p=world.framework_weights)]
        system[guest] = np.where(rng.random(len(guest)) < world.habits.framework, theirs, -1)
        system[~people.logged[account]] = -1
        return {
            "account": account,
            "ts": when,
            "address": self._address(rng, place, account),
            "client": _choose(self._clients, account, rng.random(rows) ** 3),
            "model": np.where(fresh, catalogue.NEW_MODEL, people.model[account]),
            "system": system,
            "template": template,
            "templated": templated.astype(np.int64),
            "output": np.maximum(1, people.output[account] * rng.lognormal(0, 0.5, rows)).astype(np.int64),
            "end_user": np.where(names, people.customer_pool[account] * 100_003 + chosen, -1),
            "platform": np.where(rng.random(rows) < 0.95, people.platform[account], 0),
        }

    def _senders(self, rng: Rng, day: int) -> Ints:
        people = self.people
        length = np.clip(np.minimum(people.end, day + DAY) - np.maximum(people.begin, day), 0, DAY) / DAY
        weekend = (day // DAY + 3) % 7 >= 5
        quiet = np.select([people.clock == cohort.PERSON, people.clock == cohort.OFFICE], [0.7, 0.15], 1.0) if weekend else 1.0
        busy = rng.random(len(people)) < people.regular
        counts = rng.poisson(np.where(busy, people.rate / people.regular * length * quiet, 0))
        return np.repeat(np.arange(len(people)), counts)

    def _moments(self, rng: Rng, day: int, account: Ints) -> Ints:
        """Microseconds since 1970 of each request, inside the day and the account's time of use."""
        people, rows = self.people, len(account)
        clock = people.clock[account]
        part = rng.random(rows)  # of the day
        human = np.flatnonzero((clock == cohort.PERSON) | (clock == cohort.OFFICE))
        who = account[human]
        sort = np.where(clock[human] == cohort.OFFICE, 2, self._habit[who])
        sessions = 1 + (_mix(who, day, self._salt) % 3)
        session = (rng.random(len(human)) * sessions).astype(np.int64)
        centre = _unit(_mix(who * 4 + session, day, self._salt + 1))
        hours = np.cumsum(_HOURS / _HOURS.sum(axis=1, keepdims=True), axis=1)
        local = np.zeros(len(human))
        for number in range(3):
            mine = sort == number
            hour = np.searchsorted(hours[number], centre[mine]).clip(0, 23)
            local[mine] = (hour + _unit(_mix(who[mine] * 4 + session[mine], day, self._salt + 2))) / 24
        local += rng.exponential(12 / 1440, len(human))
        part[human] = (local - people.zone[who] / 24) % 1
        shared = np.flatnonzero(clock == cohort.SYNCHRONISED)
        moments = _unit(_mix(people.schedule[account[shared]] * 64 + rng.integers(0, 24, len(shared)), day, self._salt + 3))
        part[shared] = (moments + rng.normal(0, 15 / 86400, len(shared))) % 1
        when = day * 1_000_000 + (part * DAY * 1000).astype(np.int64) * 1000
        low = np.maximum(people.begin[account], day) * 1_000_000
        high = np.minimum(people.end[account], day + DAY) * 1_000_000
        outside = (when < low) | (when >= high)
        again = low + (rng.random(rows) * np.maximum(high - low - 1000, 1)).astype(np.int64) // 1000 * 1000
        return np.where(outside, again, when)

    def _address(self, rng: Rng, place: int, account: Ints) -> Ints:
        """An address out of the account's own: the same for some days, or drawn anew, the first ones more often."""
        people = self.people
        point = rng.random(len(account))
        lease = people.lease[account]
        held = (lease > 0) & (rng.random(len(account)) < 0.9)
        term = (place + account % 7) // np.maximum(lease, 1)
        point[held] = _unit(_mix(account[held], term[held], self._salt + 4))
        spread = np.where(held, 1.0, people.spread[account])
        return _choose(self._addresses, account, point**spread)

    def _written(self, batch: int, held: list[tuple[int, dict[str, Ints]]]) -> Iterator[tuple[int, Any]]:
        """Numbers to a table, text included; one table a day."""
        world, people = self.world, self.people
        rng = np.random.default_rng([world.seed, 4, batch])
        rows = {name: np.concatenate([drawn[name] for _, drawn in held]) for name in held[0][1]}
        prompt = world.templates.render(rows["template"], rng)
        rewording = people.rewording[rows["account"]] * rows["templated"]
        reworded = np.flatnonzero(rewording > 0)
        if len(reworded):
            other = paraphrase(prompt.take(pa.array(reworded)), rewording[reworded], world.grammar, rng)
            place = np.arange(len(prompt))
            place[reworded] = len(prompt) + np.arange(len(reworded))
            prompt = pa.concat_arrays([prompt, other]).take(pa.array(place))
        size = np.asarray(pc.utf8_length(prompt)).astype(np.int64)
        size += np.where(rows["system"] >= 0, self._system_length[rows["system"]], 0)
        tokens = np.maximum(1, size * rng.uniform(0.22, 0.3, len(size))).astype(np.int64)
        habits = world.habits
        table = pa.table(
            [
                self.account_ids.take(pa.array(rows["account"])),
                pa.array(rows["ts"], pa.timestamp("us")),
                _lost(rng, world.book.text(rows["address"]), habits.lost_ip),
                _lost(rng, self._agents.take(pa.array(rows["client"])), habits.lost_agent),
                _lost(rng, self._prints.take(pa.array(rows["client"])), habits.lost_client),
                self._models.take(pa.array(rows["model"])),
                _take(self._systems, rows["system"]),
                pc.if_else(pa.array(people.logged[rows["account"]]), prompt, pa.scalar(None, pa.string())),
                pa.array(tokens),
                pa.array(rows["output"]),
                self._end_user_text(rows["end_user"]),
                self._platforms.take(pa.array(rows["platform"])),
            ],
            schema=SCHEMA,
        )
        first = 0
        for day, drawn in held:
            many = len(drawn["account"])
            yield day, table.slice(first, many)
            first += many

    def _end_user_text(self, numbers: Ints) -> Any:
        key = _mix(np.maximum(numbers, 0), 0, self._salt + 5)
        high = self._end_users.take(pa.array((key >> 13) & 0xFFFF))
        low = self._letters.take(pa.array((key >> 29) & 0xFFF))
        text = pc.binary_join_element_wise("u_", high, low, "")
        return pc.if_else(pa.array(numbers >= 0), text, pa.scalar(None, pa.string()))


def _choose(rows: tuple[Ints, Ints], account: Ints, point: Floats) -> Ints:
    """For each account one of its values, `point` (0..1) of the way along them; 0 where it has none."""
    starts, values = rows
    many = starts[account + 1] - starts[account]
    place = starts[account] + np.minimum((point * many).astype(np.int64), np.maximum(many - 1, 0))
    return np.where(many > 0, values[np.minimum(place, len(values) - 1)], 0)


def _mix(a: Ints, b: Ints | int, salt: int) -> Ints:
    """A fixed, well-mixed non-negative number for each pair (a finaliser in the manner of SplitMix64)."""
    with np.errstate(over="ignore"):
        x = np.asarray(a).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        x ^= np.asarray(b).astype(np.uint64) * np.uint64(0xBF58476D1CE4E5B9) + np.uint64(salt)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x ^= x >> np.uint64(31)
    return (x >> np.uint64(1)).astype(np.int64)


def _unit(x: Ints) -> Floats:
    return (x & ((1 << 52) - 1)) / float(1 << 52)


def _take(texts: Any, numbers: Ints) -> Any:
    return texts.take(pa.array(numbers, mask=numbers < 0))


def _lost(rng: Rng, column: Any, share: float) -> Any:
    """The column with a share of its cells missing."""
    return pc.if_else(pa.array(rng.random(len(column)) < share), pa.scalar(None, column.type), column)
