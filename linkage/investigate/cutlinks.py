"""The cut-link test: take one identifier away, and see who of a cluster stays flagged.

The cluster's own stage runs again on its links without the identifier: communities, then the rule of the core. Risk is
not weighed anew, so a piece stays flagged when the cluster was and the piece keeps enough core members.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from linkage.errors import NotFound
from linkage.investigate.clusters import required
from linkage.investigate.held import Key, facts
from linkage.investigate.printable import counted, printable

if TYPE_CHECKING:
    import duckdb

    from linkage.investigate.cutgraph import ClusterGraph, Ints, Stage
    from linkage.investigate.evidence import Explanation
    from linkage.investigate.records import ClusterSummary
    from linkage.store import Snapshot

#: Accounts named with each answer of `cut_links`.
_EXAMPLES: Final = 10


@dataclass(frozen=True)
class CutLink:
    """What remains of a cluster without one of its identifiers.

    `accounts` counts everybody on it, `inside` the members linked to it and `share` the part of the cluster's link
    weight that it carries. `core` and `flagged` count members as they are, `core_after` and `flagged_after` without it.
    `to_associate` core members would become associates and `leaving` members would be in no piece of the cluster;
    `associates` and `left` name them, or the first of them. `pieces` are the sizes of what remains, the largest
    first: more than one means that the identifier holds the cluster together.
    """

    cluster_id: str
    kind: str
    value: str
    family: str
    strength: float
    accounts: int
    inside: int
    share: float
    core: int
    core_after: int
    flagged: int
    flagged_after: int
    to_associate: int
    leaving: int
    pieces: tuple[int, ...]
    associates: tuple[str, ...]
    left: tuple[str, ...]
    sentence: str

    @property
    def splits(self) -> bool:
        """Whether the cluster falls apart without it."""
        return len(self.pieces) > 1

    @property
    def stays_flagged(self) -> bool:
        """Whether anybody of the cluster stays flagged without it."""
        return self.flagged_after > 0


def cut_link(snapshot: Snapshot, cluster_id: str, kind: str, value: str) -> CutLink:
    """The cluster without one identifier, every account that it costs named.

    Raises NotFound: no such cluster, or no link of the cluster goes by that identifier; StoreError: the snapshot was
    made with settings this version does not know.
    """
    from linkage.investigate.cutreading import load

    summary = required(snapshot, cluster_id)
    # a thirtieth of the time that reading the graph takes, for an address that names nothing
    named = snapshot.query("SELECT 1 FROM edges WHERE kind = $kind AND value = $value LIMIT 1", {"kind": kind, "value": value})
    graph = load(snapshot, cluster_id) if named.num_rows else None
    if graph is None or (kind, value) not in graph.keys:
        raise NotFound(
            f"cluster {cluster_id} is not held by {kind} {value!r}: no link inside it goes by that identifier; "
            f"'linkage show {cluster_id}' lists those that count"
        )
    return _cut(snapshot, summary, graph, [graph.keys.index((kind, value))], examples=None)[0]


def cut_links(
    snapshot: Snapshot, cluster_id: str, limit: int = 10, *, among: Sequence[Key] | None = None, examples: int = _EXAMPLES
) -> tuple[CutLink, ...]:
    """The `limit` identifiers of a cluster on which most hangs: what costs most flagged accounts first.

    Which ones those are is told from the links as they stand, the core members that each alone holds, then the weight
    that it carries; only they are taken away in earnest. `among` asks about these identifiers alone, as far as the
    cluster is held by them. Raises NotFound, StoreError.
    """
    from linkage.investigate.cutgraph import open_memory
    from linkage.investigate.cutreading import load

    summary, graph = required(snapshot, cluster_id), load(snapshot, cluster_id)
    with open_memory() as con:
        hanging, inside = graph.hanging(con).tolist(), graph.inside().tolist()
    order = sorted(range(len(graph.keys)), key=lambda number: (-hanging[number], -inside[number], number))
    if among is not None:
        asked = set(among)
        order = [number for number in order if graph.keys[number] in asked]
    found = _cut(snapshot, summary, graph, order[:limit], examples=examples)
    return tuple(sorted(found, key=lambda cut: (cut.flagged_after, cut.core_after, -cut.share, cut.kind, cut.value)))


def path_cuts(snapshot: Snapshot, explanation: Explanation, limit: int = 10) -> tuple[CutLink, ...]:
    """The cut-link test for the strongest identifiers of an explanation, as far as they hold a cluster of its accounts."""
    keys = list(dict.fromkeys((link.kind, link.value) for path in explanation.paths for link in path.links))
    clusters = dict.fromkeys(c for c in (explanation.cluster_id, explanation.other_cluster_id) if c is not None)
    return tuple(cut for name in clusters for cut in cut_links(snapshot, name, limit, among=keys[:limit]))


def _cut(
    snapshot: Snapshot, summary: ClusterSummary, graph: ClusterGraph, wanted: list[int], *, examples: int | None
) -> list[CutLink]:
    from linkage.investigate.cutgraph import open_memory
    from linkage.investigate.cutreading import seen_with

    if not wanted:
        return []
    known, seen = (
        facts(snapshot, [graph.keys[number] for number in wanted]),
        seen_with(snapshot, summary.cluster_id, graph, wanted),
    )
    with open_memory() as con:
        whole = graph.stage(con)
        return [
            _told(con, summary, graph, whole, number, known[graph.keys[number]], seen[number], examples) for number in wanted
        ]


def _told(
    con: duckdb.DuckDBPyConnection,
    summary: ClusterSummary,
    graph: ClusterGraph,
    whole: Stage,
    number: int,
    fact: dict[str, object],
    seen: Ints,
    examples: int | None,
) -> CutLink:
    after = graph.stage(con, number, seen)
    kind, value = graph.keys[number]
    # against the same stage on the whole cluster, so that only what the cut itself does is told
    core_after = graph.was_core & (after.core | ~whole.core)
    leaving = (after.piece < 0) & (whole.piece >= 0)
    to_associate = graph.was_core & ~core_after & ~leaving
    least = graph.config.risk.least_core
    flagged = graph.was_core & summary.flagged
    lost = whole.flagged(least) & ~after.flagged(least)
    flagged_after = flagged & core_after & ~lost
    inside = graph.inside()
    pieces = _pieces(whole, after)
    associates, left = (
        tuple(graph.accounts[place] for place in which.nonzero()[0][:examples].tolist()) for which in (to_associate, leaving)
    )
    counts = {
        "core": int(graph.was_core.sum()),
        "core_after": int(core_after.sum()),
        "flagged": int(flagged.sum()),
        "flagged_after": int(flagged_after.sum()),
        "to_associate": int(to_associate.sum()),
        "leaving": int(leaving.sum()),
    }
    return CutLink(
        cluster_id=summary.cluster_id,
        kind=kind,
        value=value,
        family=str(fact["family"]),
        strength=float(str(fact["strength"])),
        accounts=int(str(fact["accounts"])),
        inside=int(graph.holders()[number]),
        share=round(float(inside[number]) / max(float(inside.sum()), 1.0), 6),
        pieces=pieces,
        associates=associates,
        left=left,
        sentence=_sentence(kind, value, summary, counts, pieces),
        **counts,
    )


def _pieces(whole: Stage, after: Stage) -> tuple[int, ...]:
    """Sizes of what remains, the largest first; what is apart without any cut counts as together."""
    sizes = after.sizes.tolist()
    if len(sizes) <= len(whole.sizes):
        sizes = [sum(sizes)]
    sizes[0] += int(((whole.piece < 0) & (after.piece < 0)).sum())
    return tuple(sizes) if sum(sizes) else ()


def _sentence(kind: str, value: str, summary: ClusterSummary, counts: dict[str, int], pieces: tuple[int, ...]) -> str:
    which, before, after = ("flagged", "flagged", "flagged_after") if summary.flagged else ("core", "core", "core_after")
    without = f"without {printable(kind)} {printable(value, 60)}"
    if counts[before] == counts[after] and not counts["leaving"] and len(pieces) <= 1:
        return f"{without}, everybody stays {which}"
    stays = f"{counts[after]:,} of {counts[before]:,} {which} accounts stay {which}"
    told = [stays] if counts[before] else []
    if counts["to_associate"]:
        told.append(f"{counted(counts['to_associate'], 'core member becomes an associate', 'core members become associates')}")
    if counts["leaving"]:
        told.append(f"{counted(counts['leaving'], 'account leaves', 'accounts leave')}")
    if len(pieces) > 1:
        told.append(f"the cluster falls into {counted(len(pieces), 'piece', 'pieces')}")
    return f"{without}, {', '.join(told)}"
