"""What people decided, put into a rebuild: clusters merged and split by hand, and decisions as labels.

An edit is told in accounts, by part, as the last snapshot had them. It is an instruction, not a partition: whatever
community goes on for a part today is tied to the others, or kept apart from them, with everybody who has joined since.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from linkage.clusters.lineage import PART

Ints = NDArray[np.int64]

#: edit, kind (merge or split), part (0, 1, ...), account_id
EDITS: Final = pa.schema([("edit", pa.int64()), ("kind", pa.string()), ("part", pa.int64()), ("account_id", pa.string())])
#: account_id, label (confirmed_fraud, confirmed_benign), cluster_id: the one that the decision was taken on
DECIDED: Final = pa.schema([("account_id", pa.string()), ("label", pa.string()), ("cluster_id", pa.string())])


def apply_edits(
    con: duckdb.DuckDBPyConnection, edits: pa.Table, *, account_label: Ints, identifier_iid: Ints, identifier_label: Ints
) -> tuple[Ints, Ints, Ints]:
    """The three arrays with `edits` (columns EDITS) put into effect, in order of their numbers.

    Labels are those of communities: `account_label[aid]`, `identifier_label[i]` of identifier `identifier_iid[i]`. An
    identifier that holds both sides of a split is listed once for each.
    """
    if not edits.num_rows:
        return account_label, identifier_iid, identifier_label
    con.register("edits_arrow", edits)
    found = con.execute(
        """
        SELECT edit, kind, part, aid FROM edits_arrow JOIN graph_accounts USING (account_id) ORDER BY edit, part, aid
        """
    ).fetchnumpy()
    con.unregister("edits_arrow")
    numbers = np.asarray(found["edit"], np.int64)
    parts, aids = np.asarray(found["part"], np.int64), np.asarray(found["aid"], np.int64)
    account_label, identifier_label = account_label.copy(), identifier_label.copy()
    for edit in np.unique(numbers):
        mine = numbers == edit
        if found["kind"][np.flatnonzero(mine)[0]] == "merge":
            _merge(parts[mine], aids[mine], account_label, identifier_label)
        else:
            identifier_iid, identifier_label = _split(
                con, aids[mine & (parts == 0)], aids[mine & (parts > 0)], account_label, identifier_iid, identifier_label
            )
    pairs = np.unique(np.stack([identifier_iid, identifier_label]), axis=1)
    return account_label, pairs[0], pairs[1]


def _merge(parts: Ints, aids: Ints, account_label: Ints, identifier_label: Ints) -> None:
    """Give every community that goes on for one of the parts one label."""
    sizes = np.bincount(account_label)
    one: set[int] = set()
    for part in np.unique(parts):
        members = aids[parts == part]
        labels, shared = np.unique(account_label[members], return_counts=True)
        # the rule by which a cluster carries its id on
        goes_on = shared >= PART * np.minimum(sizes[labels], len(members))
        one.update(labels[goes_on].tolist())
    if len(one) > 1:
        joined = np.array(sorted(one), np.int64)
        for labelled in (account_label, identifier_label):
            labelled[np.isin(labelled, joined)] = joined[0]


def _split(
    con: duckdb.DuckDBPyConnection, rest: Ints, off: Ints, account_label: Ints, identifier_iid: Ints, identifier_label: Ints
) -> tuple[Ints, Ints]:
    """Divide every community that holds accounts of both sides; newcomers go where more of their links lead."""
    mixed = np.intersect1d(account_label[rest], account_label[off])
    if not len(mixed):
        return identifier_iid, identifier_label
    fresh = max(int(account_label.max()), int(identifier_label.max(initial=0))) + 1
    side = np.zeros(len(account_label), np.int64)
    side[rest], side[off] = -1, 1
    inside = np.isin(account_label, mixed)
    con.register("sides", pa.table({"aid": np.flatnonzero(inside), "side": side[inside]}))
    found = con.execute(
        """
        WITH held AS (SELECT iid, aid, weight, side FROM graph_edges JOIN sides USING (aid)),
        leans AS (SELECT iid, sum(weight * side)::BIGINT AS lean FROM held GROUP BY iid)
        SELECT aid, sum(sign(lean) * weight)::BIGINT AS lean FROM held JOIN leans USING (iid)
        WHERE side = 0 GROUP BY aid ORDER BY aid
        """
    ).fetchnumpy()
    newcomers = np.asarray(found["aid"], np.int64)[np.asarray(found["lean"], np.int64) > 0]
    moving = np.concatenate([off[inside[off]], newcomers])
    account_label[moving] = fresh
    con.register("moving", pa.table({"aid": np.unique(moving)}))
    touched = con.execute(
        """
        SELECT iid, count(*) FILTER (WHERE moving.aid IS NULL) AS stay
        FROM graph_edges JOIN sides USING (aid) LEFT JOIN moving USING (aid)
        GROUP BY iid HAVING count(moving.aid) > 0 ORDER BY iid
        """
    ).fetchnumpy()
    con.unregister("sides")
    con.unregister("moving")
    reached = np.asarray(touched["iid"], np.int64)
    alone = reached[np.asarray(touched["stay"], np.int64) == 0]
    kept = ~(np.isin(identifier_iid, alone) & np.isin(identifier_label, mixed))
    iids = np.concatenate([identifier_iid[kept], reached])
    return iids, np.concatenate([identifier_label[kept], np.full(len(reached), fresh, np.int64)])


@contextmanager
def decisions_told(con: duckdb.DuckDBPyConnection, decided: pa.Table) -> Iterator[None]:
    """For the block, accounts without a label of the input have the one that people decided (columns DECIDED).

    A decision taken on a cluster tells of whatever its accounts are linked to now, never of that cluster itself: it
    would be its own witness. Those whose accounts are still in it are in `decisions_here` (account_id, label) instead, for
    what lies outside. Wants `cluster_members` and `cluster_ids`; the snapshot keeps the input's labels.
    """
    if not decided.num_rows:
        yield
        return
    con.register("decided_arrow", decided)
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE decisions_told AS
        WITH here AS (SELECT account_id, cluster_id AS now FROM cluster_members JOIN cluster_ids USING (label))
        SELECT account_id, max(d.label) AS label
        FROM decided_arrow AS d JOIN here USING (account_id) JOIN accounts AS a USING (account_id)
        WHERE a.label IS NULL
        GROUP BY account_id HAVING count(*) FILTER (WHERE d.cluster_id = here.now) = 0
        """
    )
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE decisions_here AS
        SELECT account_id, max(d.label) AS label
        FROM decided_arrow AS d JOIN cluster_members USING (account_id) JOIN cluster_ids AS i ON i.label = cluster_members.label
        JOIN accounts AS a USING (account_id) WHERE a.label IS NULL AND d.cluster_id = i.cluster_id GROUP BY account_id
        """
    )
    con.unregister("decided_arrow")
    con.execute("UPDATE accounts SET label = t.label FROM decisions_told AS t WHERE t.account_id = accounts.account_id")
    try:
        yield
    finally:
        con.execute("UPDATE accounts SET label = NULL FROM decisions_told AS t WHERE t.account_id = accounts.account_id")
        con.execute("DROP TABLE decisions_told; DROP TABLE decisions_here")
