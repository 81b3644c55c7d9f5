"""What decisions about some accounts say of others: labels spread over the links of the graph.

    accounts.label, decisions_here, graph_links, cluster_members --> label_spread (aid, account_id, score, share, sentence)
                                                                 --> label_seeds  (aid, sign, here, label)

A walk starts at an account that people decided about (+1 for one confirmed as fraud, -1 for a benign one), goes to one of
its identifiers and on to one of that identifier's accounts, by the weights of the links, and so on; at every step it ends
with a fixed chance. The score of an account is the sum of what ends there: what an identifier of thousands passes on to
each is next to nothing, so that popular identifiers convict and acquit nobody. It is the personalised random walk of Page,
Brin, Motwani and Winograd (1999); Zhou, Bousquet, Lal, Weston and Schoelkopf, "Learning with local and global consistency"
(NIPS 2004), spread labels by the same sum over a symmetric matrix. Each step is one product with a sparse matrix, linear in
links; no two accounts are compared.

No verdict confirms itself: an account that was decided about takes no score, and what was decided on a cluster
(`decisions_here`) says nothing of whoever is in a cluster with such a decision on it.
"""

from __future__ import annotations

from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_array

from linkage.config import Spread
from linkage.engine import first_row

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: strongest identifiers of an account that its sentence tells of
_STRONGEST: Final = 5
#: share of an identifier's accounts that were decided about alike, from which on it speaks of the others
_AMONG: Final = 0.05
_NONE: Final = (
    "CREATE OR REPLACE TABLE label_spread (aid BIGINT, account_id VARCHAR, score DOUBLE, share DOUBLE, sentence VARCHAR)"
)


def spread_labels(con: duckdb.DuckDBPyConnection, *, spread: Spread) -> None:
    """Write the two tables above; `share` is signed: how far the score raises (or lowers) the account's own risk, -1..1.

    Only accounts that a score reaches have a row. Where nobody decided anything both tables are empty, at no cost.
    """
    con.execute("CREATE TEMP TABLE IF NOT EXISTS decisions_here (account_id VARCHAR, label VARCHAR)")
    con.execute("CREATE OR REPLACE TABLE label_seeds (aid BIGINT, sign INTEGER, here BOOLEAN, label BIGINT)")
    con.execute(_NONE)
    if not any(first_row(con, "SELECT count(label), (SELECT count(*) FROM decisions_here) FROM accounts")):
        return
    con.execute(
        """
        INSERT INTO label_seeds
        WITH told AS (
            SELECT account_id, label AS decision, false AS here FROM accounts WHERE label IS NOT NULL
            UNION ALL SELECT account_id, label, true FROM decisions_here
        )
        SELECT g.aid, CASE WHEN decision = 'confirmed_fraud' THEN 1 ELSE -1 END, here, m.label
        FROM told JOIN graph_accounts AS g USING (account_id) LEFT JOIN cluster_members AS m ON m.aid = g.aid ORDER BY g.aid
        """
    )
    seeds = con.execute("SELECT aid, sign, here FROM label_seeds ORDER BY aid").fetchnumpy()
    score = _scores(con, np.asarray(seeds["aid"], np.int64), np.asarray(seeds["sign"], np.float64), np.asarray(seeds["here"], bool),
                    damping=spread.damping, steps=spread.steps)  # fmt: skip
    share = _share(score, spread)
    reached = np.flatnonzero(share)
    table = pa.table({"aid": reached, "score": np.round(score[reached], 9), "share": np.round(share[reached], 6)})
    con.register("reached_arrow", table)
    con.execute(_TOLD, {"strongest": _STRONGEST})
    con.unregister("reached_arrow")


def _scores(
    con: duckdb.DuckDBPyConnection, seeds: Ints, signs: Floats, here: NDArray[np.bool_], *, damping: float, steps: int
) -> Floats:
    """The score of every account, by its number; 0 for those that were decided about."""
    found = con.execute("SELECT aid, iid, weight FROM graph_links WHERE weight > 0 ORDER BY aid, iid").fetchnumpy()
    aid, iid = np.asarray(found["aid"], np.int64), np.asarray(found["iid"], np.int64)
    weight = np.asarray(found["weight"], np.float64)
    accounts = int(first_row(con, "SELECT count(*) FROM graph_accounts")[0])
    shape = (accounts, int(iid.max(initial=-1)) + 1)
    leaving, passing = np.bincount(aid, weight, shape[0]), np.bincount(iid, weight, shape[1])
    there = csr_array((weight / leaving[aid], (aid, iid)), shape=shape).T.tocsr()
    back = csr_array((weight / passing[iid], (aid, iid)), shape=shape)
    start = np.zeros((accounts, 2))
    start[seeds[~here], 0], start[seeds[here], 1] = signs[~here], signs[here]
    ends = walking = start * (1 - damping)
    for _ in range(steps):
        walking = damping * (back @ (there @ walking))
        ends = ends + walking
    decided_on = con.execute(
        """
        SELECT aid FROM cluster_members SEMI JOIN (SELECT label FROM label_seeds WHERE here) AS h USING (label) ORDER BY aid
        """
    ).fetchnumpy()
    ends[np.asarray(decided_on["aid"], np.int64), 1] = 0
    score: Floats = ends.sum(axis=1)
    score[seeds] = 0
    return score


def _share(score: Floats, spread: Spread) -> Floats:
    """How far a score counts: nothing at `low`, `most` from `high` on, on a scale of powers of ten; with the score's sign."""
    size = np.log10(np.maximum(np.abs(score), spread.low) / spread.low) / np.log10(spread.high / spread.low)
    share: Floats = np.sign(score) * spread.most * np.minimum(1.0, size)
    return share


_TOLD: Final = """
INSERT INTO label_spread
WITH mine AS (
    SELECT aid, iid, row_number() OVER (PARTITION BY aid ORDER BY weight DESC, iid) AS place
    FROM graph_links SEMI JOIN reached_arrow USING (aid) WHERE weight > 0
    QUALIFY place <= $strongest
),
decided AS (
    SELECT iid, sign, count(*) AS holders FROM graph_links JOIN label_seeds USING (aid) WHERE weight > 0 GROUP BY iid, sign
),
counted AS (
    SELECT aid, count(DISTINCT iid) AS strongest, count(DISTINCT iid) FILTER (WHERE sign = sign(r.score)) AS shared,
           max(holders) FILTER (WHERE sign = sign(r.score)) AS most
    FROM mine JOIN reached_arrow AS r USING (aid) LEFT JOIN decided USING (iid) GROUP BY aid
)
SELECT aid, account_id, score, share,
       CASE WHEN shared > 0 THEN format('{} of its {} strongest {} also held by {} confirmed as {}',
                                        shared, strongest, CASE WHEN strongest = 1 THEN 'identifier is' ELSE 'identifiers are' END,
                                        CASE WHEN most = 1 THEN 'an account' ELSE 'accounts' END, verdict)
            ELSE format('it is linked through others to accounts confirmed as {}', verdict) END
FROM reached_arrow JOIN counted USING (aid) JOIN graph_accounts USING (aid),
     LATERAL (SELECT CASE WHEN score > 0 THEN 'fraud' ELSE 'benign' END AS verdict)
ORDER BY aid
"""


def count_linked(con: duckdb.DuckDBPyConnection) -> None:
    """Write `f_linked` (label, linked_fraud, linked_benign): what accounts of other clusters, or of none, say of a cluster.

    Each is the share of the people whom nobody decided about who hold an identifier in the graph of whose accounts one in
    twenty was: what thousands hold has fraud among its accounts by chance, and convicts nobody.
    Null where nobody decided anything. Wants `people` and what `spread_labels` wrote.
    """
    con.execute(
        """
        CREATE OR REPLACE TABLE f_linked AS
        WITH popular AS (SELECT iid, count(*) AS holders FROM graph_edges GROUP BY iid),
        held AS (
            -- the least and the greatest cluster say whether there is one besides the cluster that is asked about
            SELECT iid, sign, here, min(coalesce(label, -1)) AS least, max(coalesce(label, -1)) AS most
            FROM graph_edges JOIN label_seeds USING (aid) JOIN popular USING (iid)
            GROUP BY iid, sign, here, holders HAVING count(*) >= holders * $among
        ),
        decided_on AS (SELECT DISTINCT label FROM label_seeds WHERE here),
        linked AS (
            SELECT DISTINCT p.label, p.aid, sign
            FROM people AS p JOIN graph_edges AS e USING (aid) JOIN held USING (iid) LEFT JOIN decided_on AS d ON d.label = p.label
            WHERE (least <> p.label OR most <> p.label) AND NOT (here AND d.label IS NOT NULL)
        ),
        others AS (SELECT label, aid FROM people ANTI JOIN label_seeds USING (aid))
        SELECT label, count(*) FILTER (WHERE fraud) / count(*) AS linked_fraud, count(*) FILTER (WHERE benign) / count(*) AS linked_benign
        FROM (
            SELECT o.label, o.aid, coalesce(bool_or(sign = 1), false) AS fraud, coalesce(bool_or(sign = -1), false) AS benign
            FROM others AS o LEFT JOIN linked USING (label, aid) GROUP BY ALL
        )
        WHERE (SELECT count(*) FROM label_seeds) > 0 GROUP BY label
        """,
        {"among": _AMONG},
    )
