"""The whole of a cluster as arrays: who is in it, which identifiers are on two or more of them, and with what weight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from linkage.views.nodes import MILLION

if TYPE_CHECKING:
    from linkage.store import Snapshot

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Incidence:
    """Accounts by name, identifiers by the weight they carry, and the links between them (in order of both).

    Node n is account n below `size`, else identifier n - `size`. `source` numbers accounts, `target` identifiers;
    `weight` is 0..1. `core` and `flagged` are by account.
    """

    accounts: tuple[str, ...]
    core: NDArray[np.bool_]
    flagged: NDArray[np.bool_]
    kinds: tuple[str, ...]
    values: tuple[str, ...]
    strength: Floats
    everywhere: Ints
    source: Ints
    target: Ints
    weight: Floats

    @property
    def size(self) -> int:
        """How many accounts there are."""
        return len(self.accounts)

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return len(self.accounts) + len(self.values)

    def holders(self) -> Ints:
        """How many of the accounts are on each identifier."""
        return np.bincount(self.target, minlength=len(self.values)).astype(np.int64)

    def strongest(self, each: int) -> NDArray[np.bool_]:
        """Which links are among the `each` weightiest of their account; of equal ones those that come first."""
        order = np.lexsort((self.target, -self.weight, self.source))
        source = self.source[order]
        first = np.flatnonzero(np.r_[True, source[1:] != source[:-1]]) if len(source) else np.empty(0, np.int64)
        place = np.arange(len(source)) - np.repeat(first, np.diff(np.r_[first, len(source)]))
        chosen = np.zeros(len(source), np.bool_)
        chosen[order[place < each]] = True
        return chosen


def incidence(snapshot: Snapshot, clusters: Sequence[str]) -> Incidence:
    """The accounts of these clusters and the identifiers on two or more of them; empty where there are none such."""
    # numbered by the engine, so that no name is handed over once a link
    mine = """
        mine AS (
            SELECT account_id, role, flagged, row_number() OVER (ORDER BY account_id) - 1 AS source
            FROM members WHERE list_contains($clusters, cluster_id)
        ),
        tied AS (SELECT source, kind, value, weight FROM edges JOIN mine USING (account_id)),
        keys AS (
            SELECT kind, value, row_number() OVER (ORDER BY sum(weight) DESC, kind, value) - 1 AS target
            FROM tied GROUP BY kind, value HAVING count(*) >= 2
        )
    """
    given = {"clusters": list(clusters)}
    accounts = snapshot.query(f"WITH {mine} SELECT account_id, role, flagged FROM mine ORDER BY source", given)
    keys = snapshot.query(
        f"""
        WITH {mine} SELECT kind, value, coalesce(strength, 0) AS strength, coalesce(accounts, 0) AS accounts
        FROM keys LEFT JOIN identifiers USING (kind, value) ORDER BY target
        """,
        given,
    )
    links = snapshot.query(
        f"WITH {mine} SELECT source, target, weight FROM tied JOIN keys USING (kind, value) ORDER BY source, target", given
    )
    return Incidence(
        accounts=tuple(accounts["account_id"].to_pylist()),
        core=np.array([role == "core" for role in accounts["role"].to_pylist()], np.bool_),
        flagged=np.array(accounts["flagged"].to_pylist(), np.bool_),
        kinds=tuple(keys["kind"].to_pylist()),
        values=tuple(keys["value"].to_pylist()),
        strength=keys["strength"].to_numpy().astype(np.float64),
        everywhere=keys["accounts"].to_numpy().astype(np.int64),
        source=links["source"].to_numpy().astype(np.int64),
        target=links["target"].to_numpy().astype(np.int64),
        weight=links["weight"].to_numpy().astype(np.float64) / MILLION,
    )


def neighbour_counts(snapshot: Snapshot, whole: Incidence) -> Ints:
    """How many neighbours each node has in the whole graph of the snapshot, in the order of nodes."""
    accounts = snapshot.query(
        """
        WITH asked AS (SELECT unnest($accounts::VARCHAR[]) AS account_id),
        counted AS (SELECT account_id, count(*) AS n FROM edges SEMI JOIN asked USING (account_id) GROUP BY account_id)
        SELECT coalesce(n, 0) AS n FROM asked LEFT JOIN counted USING (account_id) ORDER BY account_id
        """,
        {"accounts": list(whole.accounts)},
    )
    keys = snapshot.query(
        """
        WITH asked AS (
            SELECT unnest($kinds::VARCHAR[]) AS kind, unnest($values::VARCHAR[]) AS value,
                   unnest(range(len($kinds::VARCHAR[]))) AS place
        ),
        counted AS (SELECT kind, value, count(*) AS n FROM edges SEMI JOIN asked USING (kind, value) GROUP BY kind, value)
        SELECT coalesce(n, 0) AS n FROM asked LEFT JOIN counted USING (kind, value) ORDER BY place
        """,
        {"kinds": list(whole.kinds), "values": list(whole.values)},
    )
    return np.concatenate([accounts["n"].to_numpy(), keys["n"].to_numpy()]).astype(np.int64)
