"""Accuracy over a grid of simulated worlds: simulate, rebuild, evaluate; prints Markdown with medians and worst.

    python benchmarks/accuracy.py --scales 20000,200000 --seeds 101-105 --evasions none,all

Worlds are kept in --worlds and made anew when the simulator changes; stores are thrown away.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from commands import over_worlds, run, table, world

Figure = Callable[[dict[str, Any]], float | None]

#: heading, figure of one evaluation, whether a small one is the better, how it is printed
FIGURES: tuple[tuple[str, Figure, bool, str], ...] = (
    ("precision", lambda told: told["precision"], False, "{:.3f}"),
    ("recall", lambda told: told["recall"], False, "{:.3f}"),
    ("B-cubed F1", lambda told: told["b_cubed_f1"], False, "{:.3f}"),
    ("campaigns in one piece", lambda told: share(told["campaigns"], "one_piece"), False, "{:.2f}"),
    ("rings of 5+ found", lambda told: ratio(told["rings_of_five_found"], told["rings_of_five"]), False, "{:.2f}"),
    ("mixed clusters", lambda told: told["mixed_clusters"], True, "{:.0f}"),
    ("look-alike groups flagged whole", lambda told: sum(kind["whole"] for kind in told["look_alike_kinds"]), True, "{:.0f}"),
    ("innocents flagged", lambda told: told["innocents_flagged"], True, "{:.4%}"),
)


def ratio(part: int, whole: int) -> float | None:
    """A share, or None of nothing."""
    return part / whole if whole else None


def share(rows: list[dict[str, Any]], name: str) -> float | None:
    """The share of rows in which `name` is true."""
    return ratio(sum(bool(row[name]) for row in rows), len(rows))


def measure(folder: Path, accounts: int, seed: int, evasion: str, options: list[str]) -> dict[str, Any]:
    """The evaluation of one world."""
    where = world(folder, accounts, seed, evasion)
    with tempfile.TemporaryDirectory(prefix="linkage-accuracy-", dir=folder) as scratch:
        store = Path(scratch) / "store"
        built = run("rebuild", where / "input", "--store", store, "--format", "json", *options)
        told: dict[str, Any] = json.loads(
            run("evaluate", "--truth", where / "truth.parquet", "--store", store, "--format", "json").printed
        )
    return {**told, "seconds": built.seconds, "peak": built.peak}


def row(told: dict[str, Any]) -> list[str]:
    """The printed figures of one evaluation."""
    values = [(figure(told), form) for _, figure, _, form in FIGURES]
    return ["-" if value is None else form.format(value) for value, form in values]


def summary(results: list[dict[str, Any]]) -> tuple[list[str], list[str]]:
    """The median and the worst of each figure."""
    medians, worsts = [], []
    for _, figure, small, form in FIGURES:
        values = [value for value in map(figure, results) if value is not None]
        medians.append(form.format(statistics.median(values)) if values else "-")
        worsts.append(form.format(max(values) if small else min(values)) if values else "-")
    return medians, worsts


def misses(told: dict[str, Any]) -> str:
    """What went wrong in one world, in words."""
    wrong = [f"{one['actor']} {one['flagged']}/{one['size']} flagged" for one in told["campaigns"] if not one["one_piece"]]
    wrong += [f"{one['actor']} {one['flagged']}/{one['size']}" for one in told["ring_list"] if not one["found"]]
    wrong += [f"{one['kind']} {one['flagged']}/{one['accounts']}" for one in told["look_alike_kinds"] if one["flagged"]]
    return "; ".join(wrong) or "nothing"


def main() -> None:
    """Parse, measure, print."""
    parser = over_worlds(__doc__, scales="20000", seeds="101-103")
    parser.add_argument("--evasions", default="none,all", help="evasions, as none,all,rotate+cards")
    parser.add_argument("--misses", action="store_true", help="list what went wrong in each world")
    given = parser.parse_args()
    headings = ["accounts", "evasion", "seed", *(name for name, *_ in FIGURES), "seconds", "peak MiB"]
    single: list[list[str]] = []
    combined: list[list[str]] = []
    wrong: list[str] = []
    for accounts in given.scales:
        for evasion in given.evasions.split(","):
            results = []
            for seed in given.seeds:
                told = measure(given.worlds, accounts, seed, evasion, given.options)
                results.append(told)
                single.append([str(accounts), evasion, str(seed), *row(told), f"{told['seconds']:.1f}", str(told["peak"])])
                wrong.append(f"- {accounts}, {evasion}, seed {seed}: {misses(told)}")
                print("done:", *single[-1], file=sys.stderr)
            for name, figures in zip(("median", "worst"), summary(results), strict=True):
                times = [told["seconds"] for told in results]
                peaks = [told["peak"] for told in results]
                time = statistics.median(times) if name == "median" else max(times)
                peak = statistics.median(peaks) if name == "median" else max(peaks)
                combined.append([str(accounts), evasion, name, *figures, f"{time:.1f}", f"{peak:.0f}"])
    print(table(headings, single), "\n")
    print(table([*headings[:2], f"of seeds {', '.join(map(str, given.seeds))}", *headings[3:]], combined))
    if given.misses:
        print("\nMissed or wrongly flagged:\n")
        print("\n".join(wrong))


if __name__ == "__main__":
    main()
