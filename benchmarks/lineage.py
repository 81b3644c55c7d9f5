"""How long cluster ids last: accounts replaced between two rebuilds, and thirty rebuilds of one world; prints Markdown.

    python -m benchmarks.lineage --scales 4000 --seeds 351-353 --evasions none,all

*Churn*: of a world's accounts 1.5 % are missing from the first rebuild and another 1.5 % from the second. A cluster about
which nothing changed is to keep its id and to lose at most 2 % of its members. *Days*: the world is replayed, one rebuild a
day; every campaign is to stay under the id with which it was first flagged.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

from benchmarks.commands import over_worlds, table, world
from linkage.config import Config
from linkage.evaluate import read_truth
from linkage.pipeline import rebuild
from linkage.progress import Silent
from linkage.replay import Detection, replay
from linkage.store import Snapshot, open_snapshot

REPLACED: Final = 0.015
#: the share of its members that a cluster may lose
LOSS: Final = 0.02
#: accounts that a cluster has at least
_LEAST: Final = 3

#: account -> cluster
Members = Mapping[str, str]


@dataclass(frozen=True)
class Kept:
    """What became of clusters: how many there were, how many have another id now, how many lost more than `LOSS`."""

    clusters: int
    renamed: tuple[str, ...]
    thinned: tuple[str, ...]


def compare(before: Members, after: Members, *, clusters: Sequence[str], gone: Set[str] = frozenset()) -> Kept:
    """`clusters` of `before` in `after`, by the accounts that are not `gone`.

    A cluster has another id where most of its accounts are under one, or in no cluster; its loss is the share of its
    accounts that are not where most of them are.
    """
    accounts: dict[str, list[str]] = {name: [] for name in clusters}
    for account, cluster in before.items():
        if cluster in accounts and account not in gone:
            accounts[cluster].append(account)
    renamed, thinned = [], []
    for cluster, members in accounts.items():
        places: dict[str, int] = {}
        for account in members:
            place = after.get(account, "")
            places[place] = places.get(place, 0) + 1
        most = min(places, key=lambda place: (-places[place], place)) if places else ""
        if most != cluster:
            renamed.append(cluster)
        if not most or places[most] < (1 - LOSS) * len(members):
            thinned.append(cluster)
    return Kept(len(accounts), tuple(renamed), tuple(thinned))


#: which clusters: those that may accuse somebody, those with a core, and all
STANDING: Final = {"flagged": "flagged", "core > 0": "with a core", "true": "all"}


@dataclass(frozen=True)
class Churn:
    """What became of clusters by `STANDING`: of those that nothing was changed about, and of all that three accounts are left of.

    Unchanged is a cluster none of whose accounts was replaced, on none of whose identifiers a replaced account was seen.
    """

    unchanged: dict[str, Kept]
    left: dict[str, Kept]


def churn(folder: Path, work: Path, *, seed: int, share: float = REPLACED, config: Config | None = None) -> Churn:
    """Rebuild the world in `folder` twice in a store in `work`, with `share` of all accounts replaced in between."""
    leave, come = replaced(folder, seed=seed, share=share)
    with duckdb.connect() as con:
        [(as_of,)] = con.read_parquet(str(folder / "input" / "requests" / "*.parquet")).aggregate("max(ts)").fetchall()
        for name, absent in (("before", come), ("after", leave)):
            _without(con, folder / "input", work / name, absent)
    names = []
    for name in ("before", "after"):
        made = rebuild(work / name, work / "store", config=config or Config(), as_of=as_of, decisions=False, progress=Silent())
        names.append(made.snapshot_id)
    with open_snapshot(work / "store", names[0]) as before, open_snapshot(work / "store", names[1]) as after:
        return judge(before, after, leave=leave, come=come)


def replaced(folder: Path, *, seed: int, share: float = REPLACED) -> tuple[set[str], set[str]]:
    """Who leaves and who comes."""
    with duckdb.connect() as con:
        found = con.read_parquet(str(folder / "truth.parquet")).project("account_id").order("account_id").fetchall()
    count = round(share * len(found))
    drawn = random.Random(seed).sample([row[0] for row in found], 2 * count)
    return set(drawn[:count]), set(drawn[count:])


def judge(before: Snapshot, after: Snapshot, *, leave: set[str], come: set[str]) -> Churn:
    """What became of the clusters of `before` in `after`, where `leave` gave way to `come`."""
    was, now = ({row[0]: row[1] for row in _rows(one, "SELECT account_id, cluster_id FROM members")} for one in (before, after))
    sizes: dict[str, int] = {}
    for account, cluster in was.items():
        sizes[cluster] = sizes.get(cluster, 0) + (account not in leave)
    names = {"accounts": sorted(leave | come)}
    seen = "SELECT DISTINCT kind, value FROM sightings WHERE list_contains($accounts, account_id)"
    theirs = {row for one in (before, after) for row in _rows(one, seen, names)}
    held = _rows(before, "SELECT DISTINCT cluster_id, kind, value FROM edges JOIN members USING (account_id)")
    touched = {was[account] for account in leave if account in was} | {row[0] for row in held if row[1:] in theirs}
    unchanged, left = {}, {}
    for standing, label in STANDING.items():
        some = [row[0] for row in _rows(before, f"SELECT cluster_id FROM clusters WHERE {standing} ORDER BY cluster_id")]
        unchanged[label] = compare(was, now, clusters=[name for name in some if name not in touched])
        left[label] = compare(was, now, clusters=[name for name in some if sizes[name] >= _LEAST], gone=leave)
    return Churn(unchanged, left)


def _rows(snapshot: Snapshot, query: str, given: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in snapshot.query(query, given or {}).to_pylist()]


def _without(con: duckdb.DuckDBPyConnection, source: Path, target: Path, absent: set[str]) -> None:
    """A copy of the input tables without these accounts."""
    for path in sorted(source.rglob("*.parquet")):
        out = target / path.relative_to(source)
        out.parent.mkdir(parents=True, exist_ok=True)
        rows = con.read_parquet(str(path))
        if "account_id" in rows.columns:
            rows = con.sql("SELECT * FROM rows WHERE NOT list_contains($absent, account_id)", params={"absent": sorted(absent)})
        rows.write_parquet(str(out))


def days(folder: Path) -> tuple[Detection, ...]:
    """The campaigns of the world in `folder`, replayed day by day."""
    told = replay(folder / "input", read_truth(folder / "truth.parquet"), config=Config(), progress=Silent())
    return told.detections


def _line(kept: Kept) -> list[str]:
    return [str(kept.clusters), str(len(kept.renamed)), str(len(kept.thinned))]


def _days(where: Sequence[str], detections: Sequence[Detection]) -> list[list[str]]:
    rows: list[list[str]] = []
    for one in detections:
        first: Any = "never" if one.first is None else f"{one.first.days}"
        share = "" if one.kept is None else f"{one.kept:.3f}"
        rows.append([*where, one.actor, str(one.size), first, str(len(one.clusters)), share])
    return rows


def main() -> None:
    """Parse, rebuild, print."""
    parser = over_worlds(__doc__, scales="4000", seeds="351")
    parser.add_argument("--evasions", default="none,all", help="evasions, as none,all,rotate+cards")
    parser.add_argument("--parts", default="churn,days", help="churn, days or both")
    given = parser.parse_args()
    churned: list[list[str]] = []
    replayed: list[list[str]] = []
    for accounts in given.scales:
        for seed in given.seeds:
            for evasion in given.evasions.split(","):
                made, where = world(given.worlds, accounts, seed, evasion), [str(accounts), evasion, str(seed)]
                if "churn" in given.parts:
                    with tempfile.TemporaryDirectory(prefix="linkage-churn-", dir=given.worlds) as work:
                        told = churn(made, Path(work), seed=seed)
                    for which, kept in (("unchanged", told.unchanged), ("three left", told.left)):
                        churned.extend([*where, which, label, *_line(one)] for label, one in kept.items())
                    print("churn", *where, told, file=sys.stderr)
                if "days" in given.parts:
                    replayed.extend(_days(where, days(made)))
    if churned:
        print(
            table(
                ["accounts", "evasion", "seed", "clusters", "of them", "in all", "another id", f"lost over {LOSS:.0%}"], churned
            )
        )
    if replayed:
        headings = ["accounts", "evasion", "seed", "actor", "size", "first flagged on day", "ids held"]
        print(table([*headings, "of its flagged accounts under the first id"], replayed))


if __name__ == "__main__":
    main()
