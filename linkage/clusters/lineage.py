"""Cluster ids that last: a cluster is matched to the last snapshot's by the accounts they share.

cluster_members + previous members --> cluster_ids (label, cluster_id) and the snapshot's lineage
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import duckdb
import pyarrow as pa

#: the share of its accounts that an old or a new cluster must bring before one counts as a part of the other
PART: Final = 0.3
_ROW: Final = pa.schema(
    [("cluster_id", pa.string()), ("previous_id", pa.string()), ("event", pa.string())]
    + [(name, pa.int64()) for name in ("shared", "joined", "left")]
)
_PREVIOUS: Final = pa.schema([("account_id", pa.string()), ("cluster_id", pa.string())])


@dataclass(frozen=True)
class Overlap:
    """How many accounts of an old cluster are in a new one."""

    old: str
    new: str
    shared: int


@dataclass
class Story:
    """What became of clusters between two partitions of the accounts: the one statement of the rule.

    `old` and `new` give the size of each cluster by id; one id in both is one cluster. The rebuild's own events and
    `linkage diff` both come from here, so that they tell the same.
    """

    old: dict[str, int]
    new: dict[str, int]
    sources: dict[str, list[Overlap]] = field(default_factory=dict)
    targets: dict[str, list[Overlap]] = field(default_factory=dict)

    def tell(self, overlap: Overlap) -> None:
        """Take an overlap into account, where it is a part of either cluster; of one pair at most once."""
        if overlap.shared >= PART * self.old[overlap.old] or overlap.shared >= PART * self.new[overlap.new]:
            self.sources.setdefault(overlap.new, []).append(overlap)
            self.targets.setdefault(overlap.old, []).append(overlap)

    def merged(self, new: str) -> bool:
        """Two or more old clusters went into it, each with a good part of itself; one account alone is none."""
        return sum(overlap.shared >= max(2, PART * self.old[overlap.old]) for overlap in self.sources.get(new, [])) > 1

    def event(self, cluster_id: str, shared: int) -> str:
        """born, grown, shrunk, merged, split, gone or unchanged; `shared` counts the accounts that stayed in it."""
        if cluster_id not in self.new:
            targets = self.targets.get(cluster_id, [])
            if any(self.merged(o.new) and o.shared >= PART * self.old[cluster_id] for o in targets):
                return "merged"
            return "split" if len(targets) > 1 else "gone"
        sources = self.sources.get(cluster_id, [])
        if not sources:
            return "born"
        if self.merged(cluster_id):
            return "merged"
        if any(len(self.targets[o.old]) > 1 for o in sources):
            return "split"
        joined, left = self.new[cluster_id] - shared, self.old.get(cluster_id, 0) - shared
        if not joined and not left:
            return "unchanged"
        return "grown" if joined >= left else "shrunk"

    def others(self, cluster_id: str) -> tuple[str, ...]:
        """The clusters it merged with, split into, split off from or went into."""
        went = {overlap.new for overlap in self.targets.get(cluster_id, [])}
        came = {overlap.old for overlap in self.sources.get(cluster_id, [])}
        return tuple(sorted((went | came) - {cluster_id}))


@dataclass(frozen=True)
class _Shared:
    label: int
    old: str
    shared: int


def assign_ids(con: duckdb.DuckDBPyConnection, *, previous: pa.Table | None) -> None:
    """Write `cluster_ids` and fill `lineage`; `previous` has columns account_id and cluster_id (the last members).

    An id carries on to the cluster that shares most accounts with it, each id once; of two that share as many, to the one whose accounts
    are those that it was made from, as when a merger by hand of two of one size is undone. Ties of ids go to the smaller name. A
    cluster of its own gets the digest of its account ids, so the same accounts get the same id in any store.
    """
    con.register("previous_members", previous if previous is not None else _PREVIOUS.empty_table())
    sizes = dict(con.execute("SELECT label, count(*) FROM cluster_members GROUP BY label ORDER BY label").fetchall())
    old_sizes = dict(con.execute("SELECT cluster_id, count(*) FROM previous_members GROUP BY ALL ORDER BY ALL").fetchall())
    overlaps = [
        _Shared(*row)
        for row in con.execute(
            """
            SELECT label, cluster_id, count(*) AS shared FROM cluster_members JOIN previous_members USING (account_id)
            GROUP BY ALL ORDER BY shared DESC, cluster_id, label
            """
        ).fetchall()
    ]
    ids = _carry_on(_original_first(con, overlaps), sizes, old_sizes)
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
    # row by row through executemany it took as long as all other work on clusters
    con.register("lineage_arrow", pa.Table.from_pylist([dict(zip(_ROW.names, row, strict=True)) for row in rows], schema=_ROW))
    con.execute("INSERT INTO lineage SELECT * FROM lineage_arrow")
    con.unregister("lineage_arrow")


def _carry_on(overlaps: list[_Shared], sizes: dict[int, int], old_sizes: dict[str, int]) -> dict[int, str]:
    ids: dict[int, str] = {}
    given: set[str] = set()
    for overlap in overlaps:
        part = overlap.shared / min(sizes[overlap.label], old_sizes[overlap.old])
        if overlap.label not in ids and overlap.old not in given and part >= PART:
            ids[overlap.label] = overlap.old
            given.add(overlap.old)
    return ids


def _original_first(con: duckdb.DuckDBPyConnection, overlaps: list[_Shared]) -> list[_Shared]:
    """The same order, but of labels that share as many accounts with one old cluster the one that it is named after comes first."""
    tied = Counter((one.old, one.shared) for one in overlaps)
    digests = _digests(con, sorted({one.label for one in overlaps if tied[one.old, one.shared] > 1}))
    return sorted(
        overlaps, key=lambda one: (-one.shared, one.old, not digests.get(one.label, "").startswith(one.old), one.label)
    )


def _digests(con: duckdb.DuckDBPyConnection, labels: list[int]) -> dict[int, str]:
    """The whole name of a cluster of these accounts, by label, ascending."""
    if not labels:
        return {}
    con.register("new_labels", pa.table({"label": pa.array(labels, pa.int64())}))
    rows = con.execute(
        """
        SELECT label, string_agg(sha256(account_id), '' ORDER BY account_id) FROM cluster_members SEMI JOIN new_labels USING (label)
        GROUP BY label ORDER BY label
        """
    ).fetchall()
    con.unregister("new_labels")
    return {label: "C" + hashlib.sha256(digests.encode()).hexdigest() for label, digests in rows}


def _name_new(con: duckdb.DuckDBPyConnection, labels: list[int], *, taken: set[str]) -> dict[int, str]:
    named: dict[int, str] = {}
    for label, full in _digests(con, labels).items():
        length = 11
        while full[:length] in taken:
            length += 1
        named[label] = full[:length]
        taken.add(full[:length])
    return named


def _lineage(
    ids: dict[int, str], overlaps: list[_Shared], sizes: dict[int, int], old_sizes: dict[str, int]
) -> list[tuple[str, str | None, str, int, int, int]]:
    """A row for every cluster and each old one that is a part of it, and one for each old one that is gone."""
    story = Story(old_sizes, {name: sizes[label] for label, name in ids.items()})
    stayed: dict[str, int] = {}
    for overlap in overlaps:
        new = ids[overlap.label]
        story.tell(Overlap(overlap.old, new, overlap.shared))
        if overlap.old == new:
            stayed[new] = overlap.shared
    rows: list[tuple[str, str | None, str, int, int, int]] = []
    for name, size in story.new.items():
        event, parts = story.event(name, stayed.get(name, 0)), story.sources.get(name, [])
        if not parts:
            rows.append((name, None, event, 0, size, 0))
        rows.extend((name, o.old, event, o.shared, size - o.shared, old_sizes[o.old] - o.shared) for o in parts)
    rows.extend(
        (old, old, "gone", 0, 0, size) for old, size in old_sizes.items() if old not in story.new and old not in story.targets
    )
    return sorted(rows, key=lambda row: (row[0], row[1] or ""))
