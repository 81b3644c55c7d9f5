"""A cluster as the graph it came from, and its own stage run again without one identifier.

The links and their weights are those that the snapshot keeps: what another identifier owes to the one taken away (it
may have corroborated it) is not weighed anew. The exact answer is a rebuild with the identifier on the allow-list.
A snapshot does not say which families corroborate a link, only what it weighs, so that is read back from the weight:
a link that weighs more than rarity alone makes it is corroborated, and an account that has no other family left to
corroborate it is no longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import ValidationError

from linkage.config import Config
from linkage.errors import StoreError
from linkage.investigate.held import MILLION, WANTED, Key, lists

if TYPE_CHECKING:
    import duckdb

    from linkage.store import Snapshot

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: the part of a link's weight, above what rarity gives, from which on it counts as corroborated
_CORROBORATED: Final = 0.01
#: links above which a cluster is not divided from nothing for every identifier: 10,000 take a tenth of a second
_LARGE: Final = 10_000
_MEMBERS: Final = "account_id IN (SELECT account_id FROM members WHERE cluster_id = $cluster)"


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

    Link e joins account `account[e]` and identifier `identifier[e]` with `weight[e]` (millionths); `total` is each
    account's weight over all its links, inside and outside. `family` numbers the identifiers' families, and
    `witnesses[a, f]` counts the corroborated identifiers of family f that account a was seen with.
    """

    config: Config
    accounts: list[str]
    was_core: Bools
    keys: list[Key]
    family: Ints
    account: Ints
    identifier: Ints
    weight: Ints
    corroborated: Bools
    total: Ints
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
        families = self._corroboration(account, identifier, self.corroborated[keep], witnesses)
        register(con, "cut_links", aid=account[together], label=labels[account][together], weight=weight[together],
                 family_id=self.family[identifier][together], families=families[together])  # fmt: skip
        register(con, "cut_totals", aid=np.arange(count), total=total)
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


def config_of(snapshot: Snapshot) -> Config:
    """The configuration a snapshot was made with. Raises StoreError: this version does not understand it."""
    try:
        return Config.model_validate(snapshot.manifest.config)
    except ValidationError as error:
        key = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise StoreError(
            f"snapshot {snapshot.id}: made by version {snapshot.manifest.version} with a setting this one does not know "
            f"({key}); rebuild first"
        ) from None


def load(snapshot: Snapshot, cluster_id: str) -> ClusterGraph:
    """The graph of a cluster. An identifier that several clusters share is in the one that most of its weight is in."""
    config, asked = config_of(snapshot), {"cluster": cluster_id}
    members = snapshot.query(
        "SELECT account_id, role = 'core' AS core FROM members WHERE cluster_id = $cluster ORDER BY account_id", asked
    )
    edges = snapshot.query(f"SELECT account_id, kind, value, weight FROM edges WHERE {_MEMBERS}", asked)
    inside = snapshot.query(
        f"""
        WITH touched AS (SELECT DISTINCT kind, value FROM edges WHERE {_MEMBERS}),
        shares AS (
            SELECT kind, value, cluster_id, sum(weight)::BIGINT AS weight
            FROM edges SEMI JOIN touched USING (kind, value) JOIN members USING (account_id) GROUP BY ALL
        )
        SELECT kind, value, coalesce(i.family, kind) AS family, coalesce(i.rarity, 0) AS rarity
        FROM shares LEFT JOIN identifiers AS i USING (kind, value)
        QUALIFY row_number() OVER (PARTITION BY kind, value ORDER BY shares.weight DESC, cluster_id <> $cluster, cluster_id) = 1
            AND cluster_id = $cluster
        ORDER BY kind, value
        """,
        asked,
    )
    seen = snapshot.query(
        f"""
        SELECT account_id, family, count(*) AS n
        FROM (SELECT account_id, kind, value FROM sightings WHERE {_MEMBERS})
        JOIN identifiers USING (kind, value) WHERE corroboration > 0 GROUP BY ALL
        """,
        asked,
    )
    accounts: list[str] = members["account_id"].to_pylist()
    kinds, values = inside["kind"].to_pylist(), inside["value"].to_pylist()
    names = sorted({*inside["family"].to_pylist(), *seen["family"].to_pylist()})
    numbers = {name: number for number, name in enumerate(names)}
    family = np.array([numbers[name] for name in inside["family"].to_pylist()], np.int64)
    settings = [config.kind(kind) for kind in kinds]
    full = np.array([kind.weight for kind in settings]) * MILLION
    alone = np.array([kind.alone for kind in settings]) * inside["rarity"].to_numpy()
    with open_memory() as con:
        con.register("numbered", members.append_column("aid", pa.array(np.arange(len(accounts)))))
        con.register("inside", inside.append_column("iid", pa.array(np.arange(len(kinds)))))
        con.register("edges", edges)
        con.register("seen", seen)
        links = con.execute(
            """
            SELECT aid, iid, weight FROM edges JOIN numbered USING (account_id) JOIN inside USING (kind, value)
            ORDER BY aid, iid
            """
        ).fetchnumpy()
        totals = con.execute(
            "SELECT aid, sum(weight)::BIGINT AS total FROM edges JOIN numbered USING (account_id) GROUP BY aid"
        ).fetchnumpy()
        witnessed = con.sql("SELECT aid, family, n FROM seen JOIN numbered USING (account_id)").to_arrow_table()
    total = np.zeros(len(accounts), np.int64)
    total[totals["aid"]] = totals["total"]
    witnesses = np.zeros((len(accounts), len(names)), np.int64)
    columns = [numbers[name] for name in witnessed["family"].to_pylist()]
    witnesses[witnessed["aid"].to_numpy(), columns] = witnessed["n"].to_numpy()
    account, identifier = np.asarray(links["aid"], np.int64), np.asarray(links["iid"], np.int64)
    weight = np.asarray(links["weight"], np.int64)
    excess = weight / np.maximum(full[identifier], 1) - alone[identifier]
    return ClusterGraph(
        config=config,
        accounts=accounts,
        was_core=members["core"].to_numpy(zero_copy_only=False).astype(np.bool_),
        keys=list(zip(kinds, values, strict=True)),
        family=family,
        account=account,
        identifier=identifier,
        weight=weight,
        corroborated=excess > _CORROBORATED * (1 - alone[identifier]),
        total=total,
        witnesses=witnesses,
    )


def seen_with(snapshot: Snapshot, cluster_id: str, graph: ClusterGraph, wanted: list[int]) -> dict[int, Ints]:
    """The members seen with each of these identifiers, by number."""
    keys = [graph.keys[number] for number in wanted]
    found = snapshot.query(
        f"""
        WITH {WANTED}
        SELECT account_id, kind, value FROM sightings SEMI JOIN wanted USING (kind, value) WHERE {_MEMBERS}
        """,
        {**lists(keys), "cluster": cluster_id},
    )
    places = {name: place for place, name in enumerate(graph.accounts)}
    numbers = dict(zip(keys, wanted, strict=True))
    seen: dict[int, list[int]] = {number: [] for number in wanted}
    for account, kind, value in zip(*(found[name].to_pylist() for name in ("account_id", "kind", "value")), strict=True):
        seen[numbers[kind, value]].append(places[account])
    return {number: np.array(sorted(places), np.int64) for number, places in seen.items()}
