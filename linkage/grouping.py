"""From weighted links to clusters: the last part of a rebuild before it is written.

Part of the pipeline: it knows that communities come before clusters, and nothing of what was before.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from linkage import clusters, communities, graph, predecessors
from linkage.cases.rebuilding import People
from linkage.config import Config
from linkage.store import Snapshot
from linkage.timing import Clock


def find_clusters(
    con: duckdb.DuckDBPyConnection,
    store: Path,
    previous: Snapshot | None,
    people: People,
    *,
    bare: bool,
    config: Config,
    full: bool,
    clock: Clock,
) -> None:
    """Weighted links to clusters with reasons, ids and members; `bare`: neither requests nor accounts were read."""
    settings = config.communities
    members = None if previous is None else previous.query("SELECT account_id, cluster_id FROM members ORDER BY account_id")
    with clock.stage("communities"):
        edges = graph.strong_edges(con, config=config)
        count = edges.accounts + len(edges.identifiers)
        view = communities.WeightedGraph.of(count, edges.aid, edges.accounts + edges.position, edges.weight)
        initial = _last_partition(con, members, edges) if members is not None and settings.warm_start and not full else None
        labels = _divide(view, edges.accounts, bare=bare, config=config, initial=initial)
        if not bare:
            # edges of the view are sorted as the links are, since each link stands once
            labels = communities.cut_bridges(view, labels, weak=~edges.corroborated, accounts=edges.accounts, least=2, few=2)
            labels = communities.part_seams(view, labels, family=edges.family, accounts=edges.accounts)
        labels = _join_loose(edges, labels, config=config)
    with clock.stage("clusters"):
        account_label, identifier_iid, identifier_label = clusters.apply_edits(
            con,
            people.edits,
            account_label=labels[: edges.accounts],
            identifier_iid=edges.identifiers,
            identifier_label=labels[edges.accounts :],
        )
        clusters.assemble(
            con,
            account_label=account_label,
            identifier_iid=identifier_iid,
            identifier_label=identifier_label,
            config=config,
        )
        if bare:
            clusters.adopt(con, risk=config.risk)
        clusters.assign_ids(con, previous=members)
        with clusters.decisions_told(con, people.decided):
            clusters.assess(con, config=config, bare=bare)
        ids = {str(name) for (name,) in con.execute("SELECT cluster_id FROM cluster_ids").fetchall()}
        gone = predecessors.gone(store, previous, ids=ids, further=bool(clusters.newborn(con)))
        clusters.tie_returned(con, gone=gone, ties=predecessors.ties(previous))
        clusters.write_clusters(con, config=config)
        graph.write_graph(con)


def _divide(
    view: communities.WeightedGraph, accounts: int, *, bare: bool, config: Config, initial: communities.Ints | None
) -> communities.Ints:
    """Communities of the graph's nodes, the first `accounts` of which are accounts.

    Where sightings are all there is (`bare`), chains and trees stay whole at a lower resolution, and what then has more
    accounts than a group may have that structure alone accuses, such as all who used one popular contract, is divided as usual.
    """
    settings = config.communities

    def divide(graph: communities.WeightedGraph, resolution: float, start: communities.Ints | None) -> communities.Ints:
        return communities.divide(
            graph,
            communities.detector(settings.algorithm, iterations=settings.iterations),
            resolution=resolution,
            # modularity breaks any community again; only CPM at its own density comes to rest
            depth=settings.depth if settings.algorithm == "leiden" else 1,
            seed=settings.seed,
            initial=start,
        )

    if not bare:
        return divide(view, settings.resolution, initial)
    labels = divide(view, settings.structure_resolution, initial)
    _, most = config.risk.structure
    for nodes, part in list(view.split(labels, above=most)):
        if np.count_nonzero(nodes < accounts) > most:
            labels[nodes] = labels.max() + 1 + divide(part, settings.resolution, None)
    return communities.renumber(labels)


def _join_loose(edges: graph.Edges, labels: communities.Ints, *, config: Config) -> communities.Ints:
    """The same labels, but an account that was left with fewer than a cluster's accounts joins the community of most of its weight.

    In a dense community the division leaves out whoever has a single link to it, be that link ever so good; whether such an
    account is core or an associate is for the rule of cores to say. It joins where its links inside pass that rule's share.
    """
    least = config.clusters.minimum_size
    sizes = np.bincount(labels[: edges.accounts], minlength=int(labels.max(initial=-1)) + 1)
    target = labels[edges.accounts + edges.position]
    total = np.bincount(edges.aid, weights=edges.weight, minlength=edges.accounts)
    some = (sizes[labels[edges.aid]] < least) & (sizes[target] >= least)
    aid, label, inside = communities.heaviest(edges.aid[some], target[some], edges.weight[some])
    joins = inside >= config.clusters.core_attachment * total[aid]
    joined = labels.copy()
    joined[aid[joins]] = label[joins]
    return joined


def _last_partition(con: duckdb.DuckDBPyConnection, members: pa.Table, edges: graph.Edges) -> communities.Ints:
    """The last snapshot's clusters as a partition of today's nodes; whoever was in none starts alone.

    An identifier starts where the most weight of its links was.
    """
    con.register("last_members", members)
    found = con.execute(
        """
        SELECT aid, dense_rank() OVER (ORDER BY cluster_id) - 1 AS label
        FROM graph_accounts JOIN last_members USING (account_id)
        """
    ).fetchnumpy()
    con.unregister("last_members")
    count = edges.accounts + len(edges.identifiers)
    start = np.arange(count, dtype=np.int64) + count
    start[found["aid"]] = found["label"]
    known = start[edges.aid] < count
    position, label, _ = communities.heaviest(edges.position[known], start[edges.aid][known], edges.weight[known])
    start[edges.accounts + position] = label
    return start
