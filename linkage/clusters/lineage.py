"""Cluster ids that last: a cluster is matched to the last snapshot's by the accounts they share.

cluster_members + previous members --> cluster_ids (label, cluster_id) and the snapshot's lineage
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import duckdb
import pyarrow as pa

#: the share of its accounts that an old or a new cluster must bring before one counts as a part of the other
_PART: Final = 0.3
_PREVIOUS: Final = pa.schema([("account_id", pa.string()), ("cluster_id", pa.string())])


@dataclass(frozen=True)
class _Overlap:
    label: int
    old: str
    shared: int


def assign_ids(con: duckdb.DuckDBPyConnection, *, previous: pa.Table | None) -> None:
    """Write `cluster_ids` and fill `lineage`; `previous` has columns account_id and cluster_id (the last members).

    An id carries on to the cluster that shares most accounts with it, each id once; ties go to the smaller name. A
    cluster of its own gets the digest of its account ids, so the same accounts get the same id in any store.
    """
    con.register("previous_members", previous if previous is not None else _PREVIOUS.empty_table())
    sizes = dict(con.execute("SELECT label, count(*) FROM cluster_members GROUP BY label ORDER BY label").fetchall())
    old_sizes = dict(con.execute("SELECT cluster_id, count(*) FROM previous_members GROUP BY ALL ORDER BY ALL").fetchall())
    overlaps = [
        _Overlap(*row)
        for row in con.execute(
            """
            SELECT label, cluster_id, count(*) AS shared FROM cluster_members JOIN previous_members USING (account_id)
            GROUP BY ALL ORDER BY shared DESC, cluster_id, label
            """
        ).fetchall()
    ]
    ids = _carry_on(overlaps, sizes, old_sizes)
    ids |= _name_new(con, [label for label in sizes if label not in ids], taken=set(old_sizes))
    con.unregister("previous_members")
    pairs = sorted(ids.items())
    con.register(
        "ids_arrow",
        pa.table(
            {"label": pa.array([p[0] for p in pairs], pa.int64()), "cluster_id": pa.array([p[1] for p in pairs], pa.string())}
        ),
    )
    con.execute("CREATE OR REPLACE TABLE cluster_ids AS SELECT * FROM ids_arrow")
    con.unregister("ids_arrow")
    rows = _lineage(ids, overlaps, sizes, old_sizes)
    if rows:
        con.executemany("INSERT INTO lineage VALUES (?, ?, ?, ?, ?, ?)", rows)


def _carry_on(overlaps: list[_Overlap], sizes: dict[int, int], old_sizes: dict[str, int]) -> dict[int, str]:
    ids: dict[int, str] = {}
    given: set[str] = set()
    for overlap in overlaps:
        part = overlap.shared / min(sizes[overlap.label], old_sizes[overlap.old])
        if overlap.label not in ids and overlap.old not in given and part >= _PART:
            ids[overlap.label] = overlap.old
            given.add(overlap.old)
    return ids


def _name_new(con: duckdb.DuckDBPyConnection, labels: list[int], *, taken: set[str]) -> dict[int, str]:
    con.register("new_labels", pa.table({"label": pa.array(labels, pa.int64())}))
    rows = con.execute(
        """
        SELECT label, string_agg(sha256(account_id), '' ORDER BY account_id) FROM cluster_members SEMI JOIN new_labels USING (label)
        GROUP BY label ORDER BY label
        """
    ).fetchall()
    con.unregister("new_labels")
    named: dict[int, str] = {}
    for label, digests in rows:
        full = "C" + hashlib.sha256(digests.encode()).hexdigest()
        length = 11
        while full[:length] in taken:
            length += 1
        named[label] = full[:length]
        taken.add(full[:length])
    return named


def _lineage(
    ids: dict[int, str], overlaps: list[_Overlap], sizes: dict[int, int], old_sizes: dict[str, int]
) -> list[tuple[str, str | None, str, int, int, int]]:
    sources: dict[int, list[_Overlap]] = defaultdict(list)
    targets: dict[str, list[_Overlap]] = defaultdict(list)
    for overlap in overlaps:
        if overlap.shared >= _PART * old_sizes[overlap.old] or overlap.shared >= _PART * sizes[overlap.label]:
            sources[overlap.label].append(overlap)
            targets[overlap.old].append(overlap)
    rows: list[tuple[str, str | None, str, int, int, int]] = []
    for label, name in ids.items():
        size = sizes[label]
        if not sources[label]:
            rows.append((name, None, "born", 0, size, 0))
        merged = sum(overlap.shared >= _PART * old_sizes[overlap.old] for overlap in sources[label]) > 1
        for overlap in sources[label]:
            joined, left = size - overlap.shared, old_sizes[overlap.old] - overlap.shared
            if merged:
                event = "merged"
            elif len(targets[overlap.old]) > 1:
                event = "split"
            elif not joined and not left:
                event = "unchanged"
            else:
                event = "grown" if joined >= left else "shrunk"
            rows.append((name, overlap.old, event, overlap.shared, joined, left))
    kept = set(ids.values())
    rows.extend((old, old, "gone", 0, 0, size) for old, size in old_sizes.items() if old not in kept and not targets[old])
    return sorted(rows, key=lambda row: (row[0], row[1] or ""))
