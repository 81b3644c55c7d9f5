"""A cluster as the graph it came from, and its own stage run again without one identifier.

The links and their weights are those that the snapshot keeps: what another identifier owes to the one taken away (it
may have corroborated it) is not weighed anew. The exact answer is a rebuild with the identifier on the allow-list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from linkage.config import Config
from linkage.investigate.held import Key

if TYPE_CHECKING:
    import duckdb

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: links above which a cluster is not divided from nothing for every identifier: 10,000 take a tenth of a second
_LARGE: Final = 10_000


@dataclass(frozen=True)
class Stage:
    """What the cluster's stage makes of its members: the piece each is in (-1 = none), and whether it is core there."""

    piece: Ints
    core: Bools

    @property
    def sizes(self) -> Ints:
        """Accounts of each piece."""
        return np.bincount(self.piece[self.piece >= 0])

    def flagged(self, least_core: int) -> Bools:
        """Who would be flagged, were the risk as it is: the core of each piece that has enough of it."""
        cores = np.bincount(self.piece[self.core], minlength=len(self.sizes))
        flagged = np.zeros(len(self.piece), np.bool_)
        inside = self.piece >= 0
        flagged[inside] = self.core[inside] & (cores[self.piece[inside]] >= least_core)
        return flagged


@dataclass(frozen=True)
class ClusterGraph:
    """A cluster's accounts, its identifiers and the links between them.

    Link e joins account `account[e]` and identifier `identifier[e]` with `weight[e]` (millionths), `steady[e]` of it without odd
    sightings (`linkage.graph`); `total` is each
    account's weight over all its links, inside and outside, and `scarce[a]` says that it sends too few requests for habits.
    `family` numbers the identifiers' families,
    `named[e]` says that the identifier only names the account, `once[e]` when an account with habits was seen with it its
    single time (text only; null else), and `sole[e]` is the moment of any single sighting. `witnesses[a, f]` counts the
    corroborated identifiers of family f that account a was seen with.
    """

    config: Config
    accounts: list[str]
    was_core: Bools
    keys: list[Key]
    family: Ints
    account: Ints
    identifier: Ints
    weight: Ints
    steady: Ints
    corroborated: Bools
    named: Bools
    once: pa.TimestampArray
    sole: pa.TimestampArray
    total: Ints
    scarce: Bools
    witnesses: Ints

    def inside(self) -> Ints:
        """Weight that each identifier carries inside the cluster."""
        return np.bincount(self.identifier, self.weight, minlength=len(self.keys)).astype(np.int64)

    def holders(self) -> Ints:
        """Members linked to each identifier."""
        return np.bincount(self.identifier, minlength=len(self.keys))

    def stage(self, con: duckdb.DuckDBPyConnection, cut: int | None = None, seen: Ints | None = None) -> Stage:
        """Divide the cluster again and find its core, without identifier `cut`; `seen` are the members seen with it."""
        from linkage import clusters

        keep = self.identifier != (-1 if cut is None else cut)
        account, identifier, weight = self.account[keep], self.identifier[keep], self.weight[keep]
        count = len(self.accounts)
        labels = self._divide(account, identifier, weight)
        together = labels[account] == labels[count + identifier]
        total, witnesses = self.total, self.witnesses
        if cut is not None:
            total = total - np.bincount(self.account[~keep], self.weight[~keep], minlength=count).astype(np.int64)
            if seen is not None:
                witnesses = witnesses.copy()
                witnesses[seen, self.family[cut]] -= 1
        families = np.where(self.named[keep], -1, self._corroboration(account, identifier, self.corroborated[keep], witnesses))
        stays = pa.array(np.flatnonzero(keep)[together])
        register(con, "cut_links", aid=account[together], label=labels[account][together], weight=weight[together],
                 steady=self.steady[keep][together],
                 family_id=self.family[identifier][together], families=families[together],
                 once=self.once.take(stays), sole=self.sole.take(stays))  # fmt: skip
        register(con, "cut_totals", aid=np.arange(count), total=total, scarce=self.scarce)
        clusters.find_core(con, links="cut_links", totals="cut_totals", target="cut_core", clusters=self.config.clusters)
        found = con.execute(
            """
            SELECT aid, core, dense_rank() OVER (ORDER BY size DESC, label) - 1 AS piece
            FROM (SELECT *, count(*) OVER (PARTITION BY label) AS size FROM cut_core)
            """
        ).fetchnumpy()
        piece, core = np.full(count, -1, np.int64), np.zeros(count, np.bool_)
        piece[found["aid"]], core[found["aid"]] = found["piece"], found["core"]
        return Stage(piece, core)

    def _divide(self, account: Ints, identifier: Ints, weight: Ints) -> Ints:
        """Communities of the accounts followed by the identifiers, as the rebuild finds them (large ones: see `breaking`)."""
        from linkage import communities
        from linkage.investigate.breaking import break_off

        settings, count = self.config.communities, len(self.accounts)
        detector = communities.detector(settings.algorithm, iterations=settings.iterations)
        leiden = settings.algorithm == "leiden"

        def divide(graph: communities.WeightedGraph) -> Ints:
            depth = settings.depth if leiden else 1
            return communities.divide(graph, detector, resolution=settings.resolution, depth=depth, seed=settings.seed)

        # links are sorted and stand once each, as the graph wants them
        graph = communities.WeightedGraph(count + len(self.keys), account, count + identifier, weight)
        if leiden and len(account) > _LARGE:
            return break_off(graph, divide, resolution=settings.resolution, seed=settings.seed)
        return divide(graph)

    def _corroboration(self, account: Ints, identifier: Ints, corroborated: Bools, witnesses: Ints) -> Ints:
        """1 for each link that another family of its account corroborates, 0 for the others."""
        families = (witnesses > 0).sum(axis=1)
        others = families[account] - (witnesses[account, self.family[identifier]] > 0)
        return np.asarray(corroborated & (others > 0), np.int64)

    def hanging(self, con: duckdb.DuckDBPyConnection) -> Ints:
        """How many core members each identifier alone holds at the core, were nothing divided anew.

        The rule of `find_core` for every link at once: an account's best link of a family gives way to its second.
        """
        clusters, count = self.config.clusters, len(self.accounts)
        families = self._corroboration(self.account, self.identifier, self.corroborated, self.witnesses)
        register(con, "hanging_links", aid=self.account, iid=self.identifier, weight=self.weight, families=families,
                 family_id=self.family[self.identifier])  # fmt: skip
        register(con, "hanging_totals", aid=np.arange(count), total=self.total, core=self.was_core)
        found = con.execute(
            """
            WITH ranked AS (
                SELECT *, row_number() OVER (PARTITION BY aid, family_id ORDER BY weight DESC, iid) AS nth,
                       coalesce(lead(weight) OVER (PARTITION BY aid, family_id ORDER BY weight DESC, iid), 0) AS second,
                       sum((families > 0 AND weight >= $least)::INTEGER) OVER (PARTITION BY aid) AS vouched
                FROM hanging_links
            ),
            sums AS (
                SELECT aid, sum(weight) AS inside, sum(weight) FILTER (WHERE nth = 1) AS held,
                       count(*) FILTER (WHERE nth = 1 AND weight >= $least) AS strong FROM ranked GROUP BY aid
            ),
            without AS (
                SELECT iid, inside - weight AS inside, total - weight AS total,
                       held - CASE WHEN nth = 1 THEN weight - second ELSE 0 END AS held,
                       strong - (nth = 1 AND weight >= $least AND second < $least)::INTEGER AS strong,
                       vouched - (families > 0 AND weight >= $least)::INTEGER AS vouched
                FROM ranked JOIN sums USING (aid) JOIN hanging_totals USING (aid) WHERE core
            )
            SELECT iid, count(*) AS n FROM without
            WHERE total <= 0 OR held < $held OR inside / total < $attachment OR NOT (strong >= 2 OR vouched > 0)
            GROUP BY iid
            """,
            {
                "least": round(clusters.core_link * 1e6),
                "held": round(clusters.core_weight * 1e6),
                "attachment": clusters.core_attachment,
            },
        ).fetchnumpy()
        hanging = np.zeros(len(self.keys), np.int64)
        hanging[found["iid"]] = found["n"]
        return hanging


def register(con: duckdb.DuckDBPyConnection, name: str, **columns: Any) -> None:
    """Arrays as a table of the engine, under a name of ours."""
    con.register(name, pa.table(columns))


def open_memory() -> duckdb.DuckDBPyConnection:
    """An engine in memory, offline, for the arrays of one cluster."""
    import duckdb

    return duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
