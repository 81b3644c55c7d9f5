"""Accuracy over a grid of simulated worlds, beside plain ways, and how far risks can be believed: docs/accuracy.md.

    python -m benchmarks.accuracy                             # the grid: 8 evasions, 5 seeds at 20,000 accounts, 1 at 200,000
    python -m benchmarks.accuracy --scales 4000 --seeds 401 --evasions none,all --misses --print

Every result is a line of --results; what stands there for the same world and the same code is not measured again, so that
the grid can be stopped and gone on with. Worlds are kept in --worlds and made anew when the simulator changes; stores are thrown
away. Without --print the tables go into docs/accuracy.md, and the grid into README.md too, between their marks.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from benchmarks.commands import REPOSITORY, over_worlds, run, table, world
from benchmarks.plain import PLAIN, plain
from benchmarks.reliability import clusters_of, reliability
from benchmarks.writing import between

Told = dict[str, Any]
Figure = Callable[[Told], float | None]

EVASIONS = ("none", "rotate", "cards", "paraphrase", "jitter", "aged", "mixed", "all")
#: evasions and accounts for which other ways are tried as well
BESIDE, BESIDE_SCALE = ("none", "all"), 20000
#: the way that is measured, and its detectors that are tried beside it
OURS, DETECTORS = "linkage", ("components", "louvain")
DOCUMENT = REPOSITORY / "docs" / "accuracy.md"
#: what shapes a result: the rest of the tree may change without a new measurement
SHAPING = ("accounts", "clusters", "communities", "config", "engine", "fingerprints", "graph", "grouping", "ingest", "partials",
           "pipeline", "sightings", "simulate", "tables", "evaluate")  # fmt: skip

#: heading, figure of one evaluation, how it is printed
FIGURES: tuple[tuple[str, Figure, str], ...] = (
    ("precision", lambda told: told["precision"], "{:.3f}"),
    ("recall", lambda told: told["recall"], "{:.3f}"),
    ("B-cubed F1", lambda told: told["b_cubed_f1"], "{:.3f}"),
    ("campaigns in one piece", lambda told: share(told["campaigns"], "one_piece"), "{:.2f}"),
    ("rings of 5+ found", lambda told: ratio(told["rings_of_five_found"], told["rings_of_five"]), "{:.2f}"),
    ("mixed clusters", lambda told: told["mixed_clusters"], "{:.0f}"),
    ("look-alike groups flagged whole", lambda told: sum(kind["whole"] for kind in told["look_alike_kinds"]), "{:.0f}"),
    ("innocents flagged", lambda told: told["innocents_flagged"], "{:.3%}"),
)


def ratio(part: int, whole: int) -> float | None:
    """A share, or None of nothing."""
    return part / whole if whole else None


def share(rows: list[Told], name: str) -> float | None:
    """The share of rows in which `name` is true."""
    return ratio(sum(bool(row[name]) for row in rows), len(rows))


def code() -> str:
    """A digest of the sources that shape a result."""
    digest = hashlib.sha256()
    for name in SHAPING:
        place = REPOSITORY / "linkage" / name
        for path in sorted(place.rglob("*")) if place.is_dir() else [place.with_suffix(".py")]:
            if path.suffix in (".py", ".txt", ".toml"):
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def measure(folder: Path, accounts: int, seed: int, evasion: str, options: list[str], ways: list[str]) -> list[Told]:
    """The evaluations of one world, a row a way."""
    where = world(folder, accounts, seed, evasion)
    truth = where / "truth.parquet"
    rows: list[Told] = []
    with tempfile.TemporaryDirectory(prefix="linkage-accuracy-", dir=folder) as scratch:
        store = Path(scratch) / "store"
        # the first way reads the files, which the others then find read
        for way in sorted(ways, key=lambda way: way != OURS):
            told: Told = {"accounts_asked": accounts, "seed": seed, "evasion": evasion, "way": way, "options": options}
            if way in PLAIN:
                told |= plain(way, _snapshot(store), truth)
            else:
                detector = [] if way == OURS else ["--algorithm", way.removeprefix(f"{OURS} ")]
                built = run("rebuild", where / "input", "--store", store, "--format", "json", *detector, *options)
                told |= json.loads(run("evaluate", "--truth", truth, "--store", store, "--format", "json").printed)
                told |= {"seconds": built.seconds, "peak": built.peak}
                if way == OURS:
                    told["clusters"] = clusters_of(_snapshot(store), truth)
            rows.append(told)
    return rows


def _snapshot(store: Path) -> Path:
    return store / "snapshots" / (store / "CURRENT").read_text().strip()


class Results:
    """Lines of JSON, one a measurement; those of other code are passed over."""

    def __init__(self, path: Path) -> None:
        self.path, self.code = path, code()
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        self.rows: list[Told] = [row for row in map(json.loads, lines) if row["code"] == self.code]

    def find(self, accounts: int, seed: int, evasion: str, way: str, options: list[str]) -> Told | None:
        """The measurement, where there is one."""
        key = (accounts, seed, evasion, way, options)
        names = ("accounts_asked", "seed", "evasion", "way", "options")
        return next((row for row in self.rows if tuple(row[name] for name in names) == key), None)

    def add(self, rows: list[Told]) -> None:
        """Keep rows, on disk at once."""
        with self.path.open("a", encoding="utf-8") as file:
            for row in rows:
                row["code"] = self.code
                file.write(json.dumps(row) + "\n")
        self.rows += rows


def cells(given: argparse.Namespace) -> Iterator[tuple[int, int, str, list[str]]]:
    """Every world of the grid with the ways that are tried on it."""
    others = [*(f"{OURS} {name}" for name in DETECTORS), *PLAIN]
    for accounts in given.scales:
        for seed in given.seeds if accounts < given.large else given.seeds[:1]:
            for evasion in given.evasions.split(","):
                beside = accounts == BESIDE_SCALE and evasion in BESIDE and not given.alone
                yield accounts, seed, evasion, [OURS, *(others if beside else [])]


def fill(given: argparse.Namespace, results: Results) -> list[Told]:
    """Measure what is missing, so many worlds at a time; the rows of the grid, in its order."""
    wanted = list(cells(given))
    missing = [
        (accounts, seed, evasion, ways)
        for accounts, seed, evasion, ways in wanted
        if any(results.find(accounts, seed, evasion, way, given.options) is None for way in ways)
    ]
    print(f"{len(wanted)} worlds, of which {len(missing)} are to be measured", file=sys.stderr)
    with ProcessPoolExecutor(given.jobs) as pool:
        running = [pool.submit(measure, given.worlds, *cell[:3], given.options, cell[3]) for cell in missing]
        for done in as_completed(running):
            rows = done.result()
            results.add(rows)
            for told in rows:
                print(
                    "done:",
                    *(f"{told[name]}" for name in ("accounts_asked", "evasion", "seed", "way")),
                    *row(told),
                    file=sys.stderr,
                )
    found = [results.find(*cell[:3], way, given.options) for cell in wanted for way in cell[3]]
    return [told for told in found if told is not None]


def row(told: Told) -> list[str]:
    """The printed figures of one evaluation."""
    values = [(figure(told), form) for _, figure, form in FIGURES]
    return ["-" if value is None else form.format(value) for value, form in values]


def summed(told: list[Told], figure: Figure, form: str) -> str:
    """Least, median and greatest of a figure; one where all print alike."""
    values = [value for value in map(figure, told) if value is not None]
    if not values:
        return "-"
    printed = [form.format(value) for value in (min(values), statistics.median(values), max(values))]
    return printed[0] if len(set(printed)) == 1 else " – ".join(printed)


def grid(rows: list[Told], first: list[str], by: Callable[[Told], tuple[str, ...]]) -> str:
    """A table of least, median and greatest, a line for each group of rows."""
    groups: dict[tuple[str, ...], list[Told]] = {}
    for told in rows:
        groups.setdefault(by(told), []).append(told)
    lines = []
    for name, told in groups.items():
        times = summed(told, lambda one: one.get("seconds"), "{:.0f}")
        lines.append([*name, str(len(told)), *(summed(told, figure, form) for _, figure, form in FIGURES), times])
    return table([*first, "worlds", *(name for name, *_ in FIGURES), "seconds"], lines)


def misses(told: Told) -> str:
    """What went wrong in one world, in words."""
    wrong = [f"{one['actor']} {one['flagged']}/{one['size']} flagged" for one in told["campaigns"] if not one["one_piece"]]
    wrong += [f"{one['actor']} {one['flagged']}/{one['size']}" for one in told["ring_list"] if not one["found"]]
    wrong += [f"{one['kind']} {one['flagged']}/{one['accounts']}" for one in told["look_alike_kinds"] if one["flagged"]]
    return "; ".join(wrong) or "nothing"


def main() -> None:
    """Parse, measure what is missing, print or write."""
    parser = over_worlds(__doc__, scales="20000,200000", seeds="401-405")
    parser.add_argument("--evasions", default=",".join(EVASIONS), help="evasions, as none,all,rotate+cards")
    parser.add_argument("--results", type=Path, help="file of results (default: results.jsonl in --worlds)")
    parser.add_argument("--large", type=int, default=100_000, help="from so many accounts on only the first seed is measured")
    parser.add_argument("--jobs", type=int, default=2, help="worlds measured side by side")
    parser.add_argument("--alone", action="store_true", help="without the other ways beside it")
    parser.add_argument("--misses", action="store_true", help="list what went wrong in each world")
    parser.add_argument("--print", action="store_true", help="print, and leave docs/accuracy.md as it is")
    given = parser.parse_args()
    results = Results(given.results or given.worlds / "results.jsonl")
    rows = fill(given, results)
    ours = [told for told in rows if told["way"] == OURS]
    beside = [told for told in rows if told["accounts_asked"] == BESIDE_SCALE and told["evasion"] in BESIDE]
    tables = {
        "grid": grid(ours, ["accounts", "evasion"], lambda told: (f"{told['accounts_asked']:,}", told["evasion"])),
        "beside": grid(beside, ["way", "evasion"], lambda told: (told["way"], told["evasion"])),
        "misses": "\n".join(
            f"- {told['accounts_asked']:,}, {told['evasion']}, seed {told['seed']}: {misses(told)}" for told in ours
        ),
    }
    text, picture = reliability([cluster for told in ours for cluster in told["clusters"]])
    tables["reliability"] = text
    if given.print:
        for name, body in tables.items():
            if name != "misses" or given.misses:
                print(f"{name}\n\n{body}\n")
        return
    for name, body in tables.items():
        between(DOCUMENT, name, body)
    between(REPOSITORY / "README.md", "accuracy", tables["grid"])
    (DOCUMENT.parent / "images" / "reliability.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
