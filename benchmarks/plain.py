"""What one does first: the raw graph of accounts and shared identifiers, divided as it is, with no strength and no risk.

The graph is read from a snapshot's sightings, so that a plain way starts from the same rows: payment methods, addresses, mail
domains, and prompts and system prompts that are the same word by word. Every identifier on two accounts or more joins them by
an edge; whoever is in a community of LEAST accounts or more is flagged.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import community
import duckdb
import networkx as nx
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from linkage.evaluate import evaluate, read_truth

Ints = NDArray[np.int64]

#: accounts from which on a community is flagged, as many as the core of a flagged cluster has at least
LEAST = 4
#: the identifiers of the raw graph
KINDS = ("payment", "ip", "email_domain", "prompt", "system_prompt")
#: "rare": only cards and addresses on at most so many accounts
RARE_KINDS, RARE = ("payment", "ip"), 10


def louvain(aid: Ints, iid: Ints, accounts: int) -> Ints:
    """python-louvain's communities: one label an account."""
    graph = nx.Graph()
    graph.add_nodes_from(range(accounts))
    graph.add_edges_from(zip(aid.tolist(), (iid + accounts).tolist(), strict=True))
    found = community.best_partition(graph, random_state=1)
    return np.array([found[account] for account in range(accounts)], np.int64)


def components(aid: Ints, iid: Ints, accounts: int) -> Ints:
    """Connected components: one label an account."""
    nodes = accounts + int(iid.max(initial=-1)) + 1
    joined = coo_array((np.ones(len(aid)), (aid, iid + accounts)), shape=(nodes, nodes))
    return np.asarray(connected_components(joined, directed=False)[1], np.int64)[:accounts]


#: way: how it divides, the kinds it takes, accounts on an identifier at most
PLAIN: dict[str, tuple[Callable[[Ints, Ints, int], Ints], tuple[str, ...], int]] = {
    "plain python-louvain": (louvain, KINDS, 2**31),
    "plain connected components": (components, KINDS, 2**31),
    f"plain components, cards and addresses on {RARE} accounts at most": (components, RARE_KINDS, RARE),
}


def plain(way: str, snapshot: Path, truth: Path) -> dict[str, Any]:
    """The evaluation of a plain way on the sightings of a snapshot; `seconds` are those of graph and division."""
    divide, kinds, most = PLAIN[way]
    con = duckdb.connect()
    con.execute("SET threads = 1")
    began = time.perf_counter()
    names = con.execute(
        "SELECT account_id FROM read_parquet(?) ORDER BY account_id", [str(snapshot / "accounts.parquet")]
    ).fetchnumpy()
    con.register("names", pa.table({"account_id": names["account_id"], "aid": np.arange(len(names["account_id"]))}))
    edges = con.execute(
        """
        WITH seen AS (
            SELECT aid, kind, value FROM read_parquet($sightings) JOIN names USING (account_id) WHERE kind IN (SELECT unnest($kinds))
            QUALIFY count(*) OVER (PARTITION BY kind, value) BETWEEN 2 AND $most
        )
        SELECT aid, dense_rank() OVER (ORDER BY kind, value) - 1 AS iid FROM seen ORDER BY ALL
        """,
        {"sightings": str(snapshot / "sightings.parquet"), "kinds": list(kinds), "most": most},
    ).fetchnumpy()
    aid, iid = np.asarray(edges["aid"], np.int64), np.asarray(edges["iid"], np.int64)
    label = divide(aid, iid, len(names["account_id"]))
    flagged = np.bincount(label)[label] >= LEAST
    seconds = time.perf_counter() - began
    con.close()
    members = pa.table({"account_id": names["account_id"].astype(str), "cluster_id": label.astype(str), "flagged": flagged})
    return {**evaluate(members, read_truth(truth)).as_dict(), "seconds": seconds}
