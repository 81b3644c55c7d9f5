"""When a cluster rests: people do, whatever their time zone, and machines do not."""

from __future__ import annotations

from collections import defaultdict
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.clusters.hours import quiet_share

#: label, account, hour of day, requests
Row = tuple[int, int, int, int]


def quiet(rows: list[Row]) -> dict[int, float]:
    columns = [np.array([row[place] for row in rows], np.int64) for place in range(4)]
    labels, shares = quiet_share(*columns)
    return dict(zip(labels.tolist(), shares.tolist(), strict=True))


def day(account: int, hours: range, *, requests: int = 2, shift: int = 0, label: int = 0) -> list[Row]:
    return [(label, account, (hour + shift) % 24, requests) for hour in hours]


def test_who_never_rests_has_a_third_and_who_sleeps_has_nothing() -> None:
    assert quiet(day(1, range(24))) == {0: pytest.approx(1 / 3)}
    assert quiet(day(1, range(16))) == {0: 0}
    assert quiet([]) == {}


def test_people_of_many_time_zones_still_rest() -> None:
    people = [row for account in range(6) for row in day(account, range(9, 21), requests=3, shift=account * 4)]
    assert quiet(people) == {0: 0}


def test_accounts_that_say_too_little_by_themselves_are_taken_together() -> None:
    sparse = [(0, account, account % 24, 1) for account in range(48)]
    assert quiet(sparse) == {0: pytest.approx(1 / 3)}


_ROWS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 5), st.integers(0, 23), st.integers(1, 40)), max_size=60)


def reference(rows: list[Row]) -> dict[int, float]:
    """The median of the accounts' own shares, where at least two and a third of them sent 24 requests; else of all."""

    def share(hours: dict[int, int]) -> float:
        return min(sum(hours[(start + n) % 24] for n in range(8)) for start in range(24)) / sum(hours.values())

    together: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    each: dict[int, dict[int, dict[int, int]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    for label, account, hour, requests in rows:
        together[label][hour] += requests
        each[label][account][hour] += requests
    found = {}
    for label, hours in together.items():
        own = [share(its) for its in each[label].values() if sum(its.values()) >= 24]
        found[label] = median(own) if len(own) >= max(2, len(each[label]) / 3) else share(hours)
    return found


@given(_ROWS, st.integers(0, 23))
@settings(deadline=None, max_examples=60)
def test_it_agrees_with_a_slow_reference_and_the_clock_may_be_set_anyhow(rows: list[Row], shift: int) -> None:
    # an account is in one cluster at most
    rows = [(label, label * 10 + account, hour, requests) for label, account, hour, requests in rows]
    found = quiet(rows)
    assert found == pytest.approx(reference(rows))
    assert all(0 <= share <= 1 / 3 + 1e-9 for share in found.values())
    assert quiet([(label, account, (hour + shift) % 24, n) for label, account, hour, n in rows]) == pytest.approx(found)
