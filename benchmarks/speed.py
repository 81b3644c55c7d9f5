"""Speed and memory of a whole rebuild process on simulated worlds; prints Markdown.

    python benchmarks/speed.py --scales 192000,963000 --seeds 101

The first rebuild goes into an empty store; with --again a second one follows into the same store.
"""

from __future__ import annotations

import os
import platform
import tempfile
from pathlib import Path

import pyarrow.dataset
from commands import Run, over_worlds, run, table, world


def requests(where: Path) -> int:
    """Rows of a world's requests."""
    return int(pyarrow.dataset.dataset(where / "input" / "requests", format="parquet").count_rows())


def main() -> None:
    """Parse, measure, print."""
    parser = over_worlds(__doc__, scales="20000,192000", seeds="101")
    parser.add_argument("--evasion", default="none", help="the evasion of the worlds")
    parser.add_argument("--again", action="store_true", help="also time a second rebuild of the same input")
    given = parser.parse_args()
    rows: list[list[str]] = []
    base: tuple[int, float] | None = None
    for accounts in sorted(given.scales):
        for seed in given.seeds:
            where = world(given.worlds, accounts, seed, given.evasion)
            work = requests(where)
            with tempfile.TemporaryDirectory(prefix="linkage-speed-", dir=given.worlds) as scratch:
                for name in ("first", "again")[: 1 + given.again]:
                    done: Run = run("rebuild", where / "input", "--store", Path(scratch) / "store", *given.options)
                    base = base or (work, done.seconds)
                    scaling = f"{work / base[0]:.1f} times the work, {done.seconds / base[1]:.1f} times the time"
                    rows.append([f"{accounts:,}", f"{work:,}", str(seed), name, f"{done.seconds:.1f}", str(done.peak), scaling])
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.machine()}\n")
    print(table(["accounts", "requests", "seed", "rebuild", "seconds", "peak MiB", "against the first row"], rows))


if __name__ == "__main__":
    main()
