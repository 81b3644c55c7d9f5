"""The graph of a cluster as a snapshot keeps it, for the cut-link test.

A snapshot does not say which families corroborate a link, only what it weighs, so that is read back from the weight:
a link that weighs more than rarity alone makes it is corroborated, and an account that has no other family left to
corroborate it is no longer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
from pydantic import ValidationError

from linkage.config import Config
from linkage.errors import StoreError
from linkage.investigate.cutgraph import ClusterGraph, Ints, open_memory
from linkage.investigate.held import MILLION, WANTED, lists

if TYPE_CHECKING:
    from linkage.store import Snapshot

#: the part of a link's weight, above what rarity gives, from which on it counts as corroborated
_CORROBORATED: Final = 0.01
_MEMBERS: Final = "account_id IN (SELECT account_id FROM members WHERE cluster_id = $cluster)"


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
    from linkage.clusters import SCARCE

    config, asked = config_of(snapshot), {"cluster": cluster_id}
    members = snapshot.query(
        f"""
        SELECT account_id, m.role = 'core' AS core, coalesce({SCARCE}, false) AS scarce
        FROM members AS m JOIN accounts USING (account_id) WHERE m.cluster_id = $cluster ORDER BY account_id
        """,
        {**asked, "habit": config.graph.habit},
    )
    edges = snapshot.query(f"SELECT account_id, kind, value, weight, steady FROM edges WHERE {_MEMBERS}", asked)
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
    texts = sorted({kind for kind in inside["kind"].to_pylist() if config.kind(kind).family == "content"})
    known = snapshot.query(
        f"""
        SELECT account_id, kind, value,
               CASE WHEN s.n = 1 AND requests >= 2 AND list_contains($texts, kind) THEN s.first_seen END AS once,
               CASE WHEN s.n = 1 AND requests >= 1 THEN coalesce(s.first_seen, 'epoch'::TIMESTAMP) END AS sole
        FROM (SELECT * FROM sightings WHERE {_MEMBERS}) AS s
        SEMI JOIN (SELECT account_id, kind, value FROM edges WHERE {_MEMBERS}) USING (account_id, kind, value)
        JOIN accounts USING (account_id)
        """,
        {**asked, "texts": texts},
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
        con.register("known", known)
        links = con.execute(
            """
            SELECT aid, iid, weight, steady FROM edges JOIN numbered USING (account_id) JOIN inside USING (kind, value)
            ORDER BY aid, iid
            """
        ).fetchnumpy()
        told = con.sql(
            """
            SELECT known.account_id IS NULL AND value = account_id AS named, once, sole
            FROM edges JOIN numbered USING (account_id) JOIN inside USING (kind, value)
            LEFT JOIN known USING (account_id, kind, value) ORDER BY aid, iid
            """
        ).to_arrow_table()
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
        steady=np.asarray(links["steady"], np.int64),
        corroborated=excess > _CORROBORATED * (1 - alone[identifier]),
        named=told["named"].to_numpy().astype(np.bool_),
        once=told["once"].combine_chunks(),
        sole=told["sole"].combine_chunks(),
        total=total,
        scarce=members["scarce"].to_numpy(zero_copy_only=False).astype(np.bool_),
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
