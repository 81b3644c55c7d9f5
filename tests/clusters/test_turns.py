"""Accounts that share time: by turns, by accident, or by one clock; and the same figure from pairs, formed one by one."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.clusters.turns import meetings
from tests.clusters.factory import crowd, found, hourly, ring

#: label, account, day, hour of the day
Row = tuple[int, int, int, int]
RANDOM = np.random.default_rng(7)


def told(rows: list[Row]) -> dict[int, float]:
    columns = [np.array([row[place] for row in rows], np.int64) for place in range(4)]
    labels, figures = meetings(*columns)
    return dict(zip(labels.tolist(), figures.tolist(), strict=True))


def from_pairs(rows: list[Row]) -> dict[int, float]:
    """What `meetings` says, from every pair of accounts of a label on every day."""
    met: dict[int, float] = defaultdict(float)
    hoped: dict[int, float] = defaultdict(float)
    hours = {account: Counter(row[3] for row in rows if row[1] == account) for account in {row[1] for row in rows}}
    active = Counter((row[1], row[2]) for row in rows)
    seen = set(rows)
    members: dict[int, set[int]] = defaultdict(set)
    for label, account, _, _ in rows:
        members[label].add(account)
    for label, accounts in members.items():
        for one, other in combinations(sorted(accounts), 2):
            for day in {row[2] for row in rows}:
                for hour in range(24):
                    met[label] += (label, one, day, hour) in seen and (label, other, day, hour) in seen
                    habit = [hours[account][hour] / hours[account].total() for account in (one, other)]
                    hoped[label] += active[one, day] * habit[0] * active[other, day] * habit[1]
    return {label: met[label] / hoped[label] if hoped[label] >= 100 else math.nan for label in sorted(members)}


def independent(accounts: int = 8, days: int = 20, *, label: int = 0) -> list[Row]:
    """Each account in a waking day of its own, six hours of it at random."""
    return [
        (label, account, day, (3 * account + int(hour)) % 24)
        for account in range(accounts)
        for day in range(days)
        for hour in RANDOM.choice(14, 6, replace=False)
    ]


@given(st.sets(st.tuples(st.integers(0, 5), st.integers(-2, 3), st.sampled_from([0, 1, 7, 23])), min_size=1, max_size=96))
@settings(max_examples=40, deadline=None)
def test_it_is_what_pairs_would_say(cells: set[tuple[int, int, int]]) -> None:
    rows = [(account % 2, account, day, hour) for account, day, hour in sorted(cells)]
    many = rows + [
        (2, 10 + account, day, (hour + account) % 24) for account in range(6) for day in range(5) for hour in range(9)
    ]
    assert told(many) == pytest.approx(from_pairs(many), nan_ok=True)


def test_independent_accounts_meet_as_often_as_chance_has_it() -> None:
    assert 0.9 < told(independent())[0] < 1.1


def test_a_load_balancer_lets_its_accounts_take_turns() -> None:
    turns = [(0, (hour + day * 5 + int(RANDOM.integers(2))) % 4, day, hour) for day in range(30) for hour in range(24)]
    assert told(turns)[0] < 0.4


def test_one_clock_wakes_all() -> None:
    moments = [RANDOM.choice(24, 3, replace=False) for _ in range(30)]
    clock = [(0, account, day, int(hour)) for account in range(6) for day in range(30) for hour in moments[day]]
    assert told(clock)[0] > 3


def test_office_hours_alone_are_no_clock_and_shifts_no_turns() -> None:
    office = [(0, account, day, hour) for account in range(8) for day in range(20) for hour in range(9, 17)]
    shifts = [(1, 10 + a, day, (a % 3) * 8 + hour) for a in range(9) for day in range(20) for hour in range(8)]
    assert told(office + shifts) == {0: pytest.approx(1), 1: pytest.approx(1)}, "who has such habits meets so by chance"


def test_few_meetings_say_nothing() -> None:
    assert math.isnan(told(independent(3, 4))[0])
    assert told([]) == {}


def test_a_cluster_that_takes_turns_says_so() -> None:
    names = [f"a{place:03d}" for place in range(8)]
    by_turns = [
        row
        for place, name in enumerate(names)
        for row in hourly(name, (h for h in range(24 * 20) if (h // 3 + h // 24) % 4 == place % 4))
    ]
    at_will = [row for name in names for row in hourly(name, sorted(RANDOM.choice(24 * 20, 120, replace=False).tolist()))]
    seen = ring(8, kinds=("payment", "device"))

    def reasons(activity: list[dict[str, object]]) -> tuple[float, set[str]]:
        made = found(seen, accounts=[*crowd(300)], activity=activity)
        cluster = made.of("a000")["cluster_id"]
        return made.figures[cluster]["turns"], {reason["code"] for reason in made.reasons[cluster]}

    share, codes = reasons(by_turns)
    assert share > 0.3 and "turns" in codes and "together" not in codes
    share, codes = reasons(at_will)
    assert share < 0.15 and not codes & {"turns", "together"}
