"""Campaigns that put on camouflage: what everybody is seen with, added to every account of theirs; prints Markdown.

    python -m benchmarks.camouflage --accounts 4000 --seeds 351-353 --evasions none,all

Of every operator that is found in a world all accounts take on what others are seen with, `strength` things an account. The sorts are
those of the experiments of FRAUDAR (Hooi et al., KDD 2016), and two that are cheap here. *random*: popular identifiers, each as
likely as the other. *hubs*: the likelier the more accounts they have. *templates*: prompts after templates that are public or
that others use, as many requests as the account sent of its own. *addresses*: those of innocents, each as likely as the other.
*decoys* puts nothing on: `strength` accounts that look benign, since innocents are what they are, join the operator for each of its own, and
use a card and an address of its, so that most of its cluster rests at night and asks little.
What is put on is seen several times, since what is seen once links nobody anyway.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import accumulate
from pathlib import Path
from typing import Final

from benchmarks.commands import over_worlds, table, world
from benchmarks.forging import REQUEST, Forged, Ground

#: what may be put on at will; a mail domain is one an account
KINDS: Final = ("payment", *REQUEST)
#: accounts from which on an identifier counts as popular
POPULAR: Final = 10
#: how often an account is seen with each thing that it puts on
TIMES: Final = 3
#: words from which on a prompt has a template to speak of
_WORDS: Final = 12


@dataclass(frozen=True)
class Found:
    """A world as it is found without camouflage: all accounts of the operators that are, and the flagged ones of each."""

    accounts: tuple[str, ...]
    flagged: dict[str, frozenset[str]]
    innocents: frozenset[str]


@dataclass(frozen=True)
class Worn:
    """What camouflage did: the flagged accounts of operators that stayed so, of how many; each operator's share; whom else it flagged."""

    stayed: int
    of: int
    shares: dict[str, float]
    innocents: tuple[str, ...]

    @property
    def share(self) -> float:
        """Of the accounts flagged without camouflage, those that are flagged with it."""
        return self.stayed / self.of


def find(ground: Ground) -> Found:
    """Rebuild without camouflage."""
    ground.rebuild()
    flagged = ground.flagged()
    by_actor: dict[str, list[str]] = {}
    for account, actor in ground.con.execute("SELECT account_id, actor FROM truth ORDER BY ALL").fetchall():
        by_actor.setdefault(actor, []).append(account)
    innocents = frozenset(by_actor.pop("", []))
    found = {actor: frozenset(flagged & set(accounts)) for actor, accounts in by_actor.items() if flagged & set(accounts)}
    worn_by = sorted(account for actor in found for account in by_actor[actor])
    return Found(tuple(worn_by), found, frozenset(innocents - flagged))


def popular(ground: Ground, found: Found, draw: random.Random, strength: int, *, hubs: bool) -> Iterator[Forged]:
    """Popular identifiers, drawn evenly or (`hubs`) by the number of their accounts."""
    counts = Counter((kind, value) for kind in KINDS for _, value in ground.values(kind, sorted(found.innocents)))
    pool = sorted(one for one, count in counts.items() if count >= POPULAR)
    weights = list(accumulate(counts[one] if hubs else 1 for one in pool))
    for account in found.accounts:
        for kind, value in sorted(set(draw.choices(pool, cum_weights=weights, k=strength))):
            yield Forged(account, kind, value, TIMES)


def templates(ground: Ground, found: Found, draw: random.Random, strength: int) -> Iterator[Forged]:
    """`strength` prompts after public templates or after those of look-alike groups, as often in all as the account sent its own."""
    sent = dict(ground.con.execute("SELECT account_id, count(*) FROM requests GROUP BY account_id").fetchall())
    folder = resources.files("linkage.fingerprints") / "public"
    public = [
        line
        for name in ("openings.txt", "systems.txt", "benchmarks.txt")
        for line in (folder / name).read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("# ")
    ]
    grouped = ground.con.execute("""SELECT account_id FROM truth WHERE actor = '' AND "group" <> '' ORDER BY 1""").fetchall()
    others = sorted(
        {value for _, value in ground.values("prompt", [row[0] for row in grouped]) if len(value.split()) >= _WORDS}
    )
    for account in found.accounts:
        half = max(1, strength // 2)
        taken = {*draw.sample(others, half), *draw.sample(public, strength - half)}
        times = max(TIMES, -(-sent.get(account, 0) // len(taken)))
        for value in sorted(taken):
            yield Forged(account, "prompt", value, times)


def addresses(ground: Ground, found: Found, draw: random.Random, strength: int) -> Iterator[Forged]:
    """Addresses of innocents, most of whom have theirs to themselves."""
    pool = sorted({value for _, value in ground.values("ip", sorted(found.innocents))})
    for account in found.accounts:
        for value in draw.sample(pool, strength):
            yield Forged(account, "ip", value, TIMES)


def decoys(ground: Ground, found: Found, draw: random.Random, strength: int) -> Iterator[Forged]:
    """Accounts of innocents, which are the operator's from now on: each uses one of its cards and one of its addresses."""
    pool = sorted(found.innocents)
    draw.shuffle(pool)
    actors = dict(ground.con.execute("SELECT account_id, actor FROM truth").fetchall())
    things = {
        actor: [
            [value for account, value in ground.values(kind, found.accounts) if actors[account] == actor]
            for kind in ("payment", "ip")
        ]
        for actor in found.flagged
    }
    for account in found.accounts:
        for _ in range(strength):
            if not pool:
                return
            decoy = pool.pop()
            for kind, values in zip(("payment", "ip"), things[actors[account]], strict=True):
                if values:
                    yield Forged(decoy, kind, draw.choice(values), TIMES)


SORTS: Final[dict[str, Callable[[Ground, Found, random.Random, int], Iterator[Forged]]]] = {
    "random": lambda *given: popular(*given, hubs=False),
    "hubs": lambda *given: popular(*given, hubs=True),
    "templates": templates,
    "addresses": addresses,
    "decoys": decoys,
}


def wear(ground: Ground, found: Found, forged: Sequence[Forged]) -> Worn:
    """Rebuild with this camouflage and see who is flagged now."""
    ground.rebuild(forged)
    now = ground.flagged()
    shares = {actor: len(accounts & now) / len(accounts) for actor, accounts in found.flagged.items()}
    before = frozenset().union(*found.flagged.values())
    return Worn(
        len(before & now),
        len(before),
        shares,
        tuple(sorted((found.innocents & now) - {one.account for one in forged})),
    )


def main() -> None:
    """Parse, put on, rebuild, print."""
    parser = over_worlds(__doc__, scales="4000", seeds="351")
    parser.add_argument("--accounts", type=int, help="the same as --scales, for one scale")
    parser.add_argument("--evasions", default="none,all", help="evasions, as none,all,rotate+cards")
    parser.add_argument("--strengths", default="1,5,20", help="things that each account puts on")
    parser.add_argument("--sorts", default=",".join(SORTS), help="sorts of camouflage")
    given = parser.parse_args()
    rows: list[list[str]] = []
    for accounts in [given.accounts] if given.accounts else given.scales:
        for seed in given.seeds:
            for evasion in given.evasions.split(","):
                with tempfile.TemporaryDirectory(prefix="linkage-camouflage-", dir=given.worlds) as scratch:
                    ground = Ground(world(given.worlds, accounts, seed, evasion), Path(scratch), extra=False)
                    found = find(ground)
                    for sort in given.sorts.split(","):
                        for strength in map(int, given.strengths.split(",")):
                            draw = random.Random(f"{seed} {sort} {strength}")
                            told = wear(ground, found, list(SORTS[sort](ground, found, draw, strength)))
                            sunk = ", ".join(f"{one} {share:.2f}" for one, share in sorted(told.shares.items()) if share < 0.95)
                            print(sort, strength, f"{told.share:.3f}", sunk, len(told.innocents), file=sys.stderr)
                            stayed = [
                                f"{told.share:.3f} of {told.of}",
                                f"{min(told.shares.values()):.2f}",
                                str(len(told.innocents)),
                            ]
                            rows.append([f"{accounts:,}", evasion, str(seed), sort, str(strength), *stayed])
    headings = [
        "accounts",
        "evasion",
        "seed",
        "camouflage",
        "an account",
        "stay flagged",
        "worst operator",
        "innocents flagged",
    ]
    print(table(headings, rows))


if __name__ == "__main__":
    main()
