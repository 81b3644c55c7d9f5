"""Speed and memory of a whole rebuild process on simulated worlds.

    python -m benchmarks.speed                                # into README.md, between its marks
    python -m benchmarks.speed --scales 20000 --print

The first rebuild goes into an empty store; with --again a second one follows into the same store. With --repeat each is done so
many times, and the median told.
"""

from __future__ import annotations

import os
import platform
import statistics
import tempfile
from pathlib import Path

import pyarrow.dataset

from benchmarks.commands import REPOSITORY, Run, over_worlds, run, table, world
from benchmarks.writing import between


def requests(where: Path) -> int:
    """Rows of a world's requests."""
    return int(pyarrow.dataset.dataset(where / "input" / "requests", format="parquet").count_rows())


def main() -> None:
    """Parse, measure, print."""
    parser = over_worlds(__doc__, scales="20000,200000,963000", seeds="401")
    parser.add_argument("--evasion", default="none", help="the evasion of the worlds")
    parser.add_argument("--again", action="store_true", help="also time a second rebuild of the same input")
    parser.add_argument("--repeat", type=int, default=1, help="rebuilds into an empty store, of which the median is told")
    parser.add_argument("--print", action="store_true", help="print, and leave README.md as it is")
    given = parser.parse_args()
    rows: list[list[str]] = []
    base: tuple[int, float] | None = None
    for accounts in sorted(given.scales):
        for seed in given.seeds:
            where = world(given.worlds, accounts, seed, given.evasion)
            work = requests(where)
            tried: dict[str, list[Run]] = {}
            for _ in range(given.repeat):
                with tempfile.TemporaryDirectory(prefix="linkage-speed-", dir=given.worlds) as scratch:
                    for name in ("first", "again")[: 1 + given.again]:
                        tried.setdefault(name, []).append(
                            run("rebuild", where / "input", "--store", Path(scratch) / "store", *given.options)
                        )
            for name, runs in tried.items():
                seconds, peak = statistics.median(one.seconds for one in runs), max(one.peak for one in runs)
                base = base or (work, seconds)
                scaling = f"{work / base[0]:.1f} times the work, {seconds / base[1]:.1f} times the time"
                spread = f"{min(one.seconds for one in runs):.1f} to {max(one.seconds for one in runs):.1f}"
                took = f"{seconds:.1f}" + (f" ({spread})" if given.repeat > 1 else "")
                rows.append([f"{accounts:,}", f"{work:,}", str(seed), name, took, str(peak), scaling])
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.machine()}"
    body = f"{machine}\n\n{table(['accounts', 'requests', 'seed', 'rebuild', 'seconds', 'peak MiB', 'against the first row'], rows)}"
    if given.print:
        print(body)
    else:
        between(REPOSITORY / "README.md", "speed", body)


if __name__ == "__main__":
    main()
