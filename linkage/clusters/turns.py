"""How accounts of a cluster share time: whether they take turns, or keep the same hours.

What independent accounts would do is taken from the accounts themselves: how many hours each was active on each day, and
at which hours of the day it usually is. SynchroTrap (Cao et al., CCS 2014) compares pairs of accounts over windows of time;
here a window's accounts are counted, which tells the number of pairs without forming one.
"""

from __future__ import annotations

from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: meetings to expect before their number says something: a count of 100 spreads by a tenth
_MEETINGS: Final = 100


def count_meetings(con: duckdb.DuckDBPyConnection, *, least: int) -> None:
    """Write `f_time` (label, together): `meetings` of clusters of `least` people or more. Wants `people` and `account_days`."""
    hours = con.execute(
        """
        SELECT label, aid, date_diff('day', DATE '1970-01-01', hour::DATE) AS day, extract('hour' FROM hour)::BIGINT AS hour
        FROM people JOIN account_days USING (account_id) JOIN activity USING (account_id)
        -- over fewer days an account has no habits to compare with
        WHERE days >= 4 AND label IN (SELECT label FROM people GROUP BY label HAVING count(*) >= $least)
        """,
        {"least": least},
    ).fetchnumpy()
    labels, together = meetings(*(np.asarray(hours[name], np.int64) for name in ("label", "aid", "day", "hour")))
    con.register("together_arrow", pa.table({"label": labels, "together": together}))
    con.execute("CREATE OR REPLACE TABLE f_time AS SELECT label, together FROM together_arrow WHERE isfinite(together)")
    con.unregister("together_arrow")


def meetings(label: Ints, account: Ints, day: Ints, hour: Ints) -> tuple[Ints, Floats]:
    """Labels (ascending) and how many times as often as by chance their accounts were active in the same hour.

    Rows are distinct hours in which an account was active; an account has one label, and `hour` is that of the day. With `a` the
    hours account i was active on day D and `q` the distribution of all its hours over the day, independent accounts i and j meet
    `Σ_h a_iD q_i(h) a_jD q_j(h)` times. NaN where fewer than 100 meetings are to be expected. Linear in rows.
    """
    labels, cluster = np.unique(label, return_inverse=True)
    if not len(label):
        return labels, np.empty(0)
    _, person = np.unique(account, return_inverse=True)
    day = day - day.min()
    days = int(day.max()) + 1
    at, place = np.unique(cluster * days + day, return_inverse=True)
    together = np.bincount(place * 24 + hour, minlength=len(at) * 24).reshape(-1, 24)
    observed = (together * (together - 1)).sum(axis=1)
    habits = np.bincount(person * 24 + hour, minlength=(int(person.max()) + 1) * 24).reshape(-1, 24)
    habit = habits / habits.sum(axis=1, keepdims=True)
    _, first, active = np.unique(person * days + day, return_index=True, return_counts=True)
    who, where = person[first], place[first]
    expected = -np.bincount(where, weights=active**2 * (habit[who] ** 2).sum(axis=1), minlength=len(at))
    for h in range(24):
        expected += np.bincount(where, weights=active * habit[who, h], minlength=len(at)) ** 2
    owner = at // days
    hoped = np.bincount(owner, weights=expected, minlength=len(labels)) / 2
    met = np.bincount(owner, weights=observed, minlength=len(labels)) / 2
    return labels, np.where(hoped >= _MEETINGS, met / np.maximum(hoped, 1), np.nan)
