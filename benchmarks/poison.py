"""Forged single sightings and forged bridges between clusters, in batches; prints Markdown.

    python -m benchmarks.poison --scales 4000 --seeds 351-353 --evasions none,all

*Poisoning*: an innocent account is seen once with something of a campaign: it pays once with its stolen card, comes once from
its address, sends its prompt once. No account may become flagged that was not. *Bridges*: an account of one
cluster is seen once with an identifier of another, or a fresh account with one of each. The two must not merge. Each forgery of a
batch is on another account; the two clusters of a bridge are in no other bridge of the batch.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from benchmarks.commands import over_worlds, table, world
from benchmarks.forging import KINDS, Forged, Ground

#: two clusters are merged when one cluster holds two accounts or more, and this share, of each: the rule of the lineage
PART = 0.3
FORMS = ("member", "fresh account")


@dataclass(frozen=True)
class Poisoned:
    """What one batch of single sightings did: innocents flagged that were not, those of them that carry a forgery, and who."""

    tried: tuple[Forged, ...]
    harmed: tuple[str, ...]

    @property
    def kinds(self) -> Counter[str]:
        """Harmed accounts by the kind of their own forgery; `elsewhere` for one that carries none."""
        carried = {one.account: one.kind for one in self.tried}
        return Counter(carried.get(account, "elsewhere") for account in self.harmed)


def forgeries(ground: Ground, count: int, draw: random.Random, *, kinds: Sequence[str] = KINDS) -> list[Forged]:
    """`count` single sightings of something of an operator's on innocents, each on another; every kind about as often."""
    innocent = [row[0] for row in ground.con.execute("SELECT account_id FROM truth WHERE actor = '' ORDER BY 1").fetchall()]
    guilty = [row[0] for row in ground.con.execute("SELECT account_id FROM truth WHERE actor <> '' ORDER BY 1").fetchall()]
    described = {row[0] for row in ground.con.execute("SELECT account_id FROM accounts").fetchall()}
    victims = draw.sample(innocent, count)
    pools = {kind: ground.values(kind, guilty) for kind in kinds}
    turns = cycle([kind for kind in kinds if pools[kind]])
    forged = []
    for victim in victims:
        kind = next(turns)
        if kind == "email_domain" and victim not in described:
            kind = next(turns)
        forged.append(Forged(victim, kind, draw.choice(pools[kind])[1]))
    return forged


def poison(ground: Ground, before: set[str], forged: Sequence[Forged]) -> Poisoned:
    """Rebuild with these and see which innocents are flagged that were not `before`."""
    ground.rebuild(forged)
    innocent = {row[0] for row in ground.con.execute("SELECT account_id FROM truth WHERE actor = ''").fetchall()}
    return Poisoned(tuple(forged), tuple(sorted((ground.flagged() - before) & innocent)))


def bridges(
    ground: Ground,
    clusters: dict[str, set[str]],
    draw: random.Random,
    *,
    form: str,
    kinds: Sequence[str] = KINDS,
    most: int = 50,
) -> list[tuple[str, str, list[Forged]]]:
    """Pairs of clusters, each in one pair only, with the sightings that should join them; at most `most`."""
    names = sorted(clusters)
    draw.shuffle(names)
    turns = cycle(kinds)
    found: list[tuple[str, str, list[Forged]]] = []
    for number, (one, other) in enumerate(zip(names[::2], names[1::2], strict=False)):
        kind = next(turns)
        if len(found) == most:
            break
        theirs = ground.values(kind, sorted(clusters[other]))
        ours = ground.values(kind if kind != "email_domain" else "payment", sorted(clusters[one]))
        if form == "member":
            account = draw.choice(sorted(clusters[one]))
            forged = [Forged(account, kind, draw.choice(theirs)[1])] if theirs else []
        else:
            account = f"acct_fresh{number}"
            kinds_of = (kind, kind if kind != "email_domain" else "payment")
            pools = (theirs, ours) if kind != "email_domain" else (ground.values("payment", sorted(clusters[other])), ours)
            if kind == "email_domain":
                kinds_of = ("payment", "payment")
            forged = [Forged(account, k, draw.choice(pool)[1]) for k, pool in zip(kinds_of, pools, strict=True) if pool]
            forged = forged if len(forged) == 2 else []
        if forged:
            found.append((one, other, forged))
    return found


def merged(
    ground: Ground, clusters: dict[str, set[str]], tried: Sequence[tuple[str, str, list[Forged]]]
) -> list[tuple[str, str]]:
    """Rebuild with these bridges; the pairs of which good parts are now in one cluster."""
    ground.rebuild(one for _, _, forged in tried for one in forged)
    now = ground.clusters()
    return [
        (one, other)
        for one, other, _ in tried
        if any(
            all(len(accounts & clusters[name]) >= max(2, PART * len(clusters[name])) for name in (one, other))
            for accounts in now.values()
        )
    ]


def main() -> None:
    """Parse, forge, rebuild, print."""
    parser = over_worlds(__doc__, scales="4000", seeds="351")
    parser.add_argument("--evasions", default="none,all", help="evasions, as none,all,rotate+cards")
    parser.add_argument("--trials", type=int, default=1000, help="single sightings a world")
    parser.add_argument("--batch", type=int, default=100, help="single sightings a rebuild")
    parser.add_argument("--pairs", type=int, default=100, help="pairs of clusters to be bridged, by each form")
    given = parser.parse_args()
    rows: list[list[str]] = []
    harmed: Counter[str] = Counter()
    for accounts in given.scales:
        for seed in given.seeds:
            for evasion in given.evasions.split(","):
                draw = random.Random(seed)
                with tempfile.TemporaryDirectory(prefix="linkage-poison-", dir=given.worlds) as scratch:
                    ground = Ground(world(given.worlds, accounts, seed, evasion), Path(scratch))
                    ground.rebuild()
                    before, clusters = ground.flagged(), ground.clusters()
                    hits: Counter[str] = Counter()
                    done = 0
                    while done < given.trials:
                        one = poison(ground, before, forgeries(ground, min(given.batch, given.trials - done), draw))
                        hits += one.kinds
                        done += len(one.tried)
                        print("poisoned", done, dict(hits), file=sys.stderr)
                    harmed += hits
                    joined = []
                    for form in FORMS:
                        tried = fell = 0
                        while tried < given.pairs:
                            batch = bridges(ground, clusters, draw, form=form, most=min(50, given.pairs - tried))
                            fallen = merged(ground, clusters, batch)
                            tried, fell = tried + len(batch), fell + len(fallen)
                            print("bridged", form, tried, fallen, file=sys.stderr)
                        joined.append(f"{fell} of {tried}")
                rows.append([str(accounts), str(seed), evasion, f"{sum(hits.values())} of {done}", *joined])
    print(table(["accounts", "seed", "evasion", "innocents flagged", *(f"merged: {form}" for form in FORMS)], rows))
    if harmed:
        print("\nBy kind of forgery:", ", ".join(f"{kind} {n}" for kind, n in sorted(harmed.items())))


if __name__ == "__main__":
    main()
