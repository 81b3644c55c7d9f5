"""Writes linkage/evidence/data/error_rates.toml, the error rates of every report, from what benchmarks/accuracy.py measured.

    python -m benchmarks.accuracy
    python -m benchmarks.error_rates --results /tmp/linkage-worlds/results.jsonl

Counts of worlds of one size and one evasion are pooled over their seeds. A line of the results is what `linkage evaluate
--format json` prints, with accounts_asked, seed and evasion beside it.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from benchmarks.commands import REPOSITORY
from linkage import __version__
from linkage.evidence.rates import CONFIDENCE, INTERVAL

Told = dict[str, Any]

TARGET: Final = REPOSITORY / "linkage" / "evidence" / "data" / "error_rates.toml"
NOTE: Final = (
    "Measured on simulated worlds, whose truth is known, with seeds that the method was not tuned on. Nobody publishes logs of a "
    "provider with the truth about their operators; on real traffic the rates are likely to be worse, and by how much is not known."
)
#: where an evasion stands among those of one size; the others are between, by name
_PLACE: Final = {"none": 0, "all": 2}
MEANINGS: Final = {
    "precision": "of the accounts that the method flagged, those that an operator of the simulation ran",
    "recall": "of the accounts that operators of the simulation ran, those that the method flagged",
    "innocents flagged": "of the accounts of innocent people in the simulation, those that the method flagged",
}


def counts(told: Told) -> dict[str, tuple[int, int]]:
    """What one evaluation counted: (hits, of) by rate. Raises ValueError: its figures contradict each other."""
    known = told["flagged"] - told["unknown"]
    caught = round((told["recall"] or 0.0) * told["guilty"])
    for part, whole, said in ((caught, told["guilty"], told["recall"]), (caught, known, told["precision"])):
        if whole and abs(part / whole - (said or 0.0)) > 1e-9:
            raise ValueError(f"seed {told['seed']}, {told['evasion']}: {part} of {whole} is not {said}")
    innocent = told["accounts"] - told["guilty"]
    return {"precision": (caught, known), "recall": (caught, told["guilty"]), "innocents flagged": (known - caught, innocent)}


def pooled(rows: Iterable[Told]) -> list[Told]:
    """The rates, a row each: by accounts, evasion and kind, summed over seeds. Of one world measured twice the last counts."""
    worlds = {(row["accounts_asked"], row["evasion"], row["seed"]): row for row in rows}
    groups: dict[tuple[int, str], list[Told]] = {}
    for (accounts, evasion, _), row in sorted(
        worlds.items(), key=lambda one: (one[0][0], _PLACE.get(one[0][1], 1), one[0][1:])
    ):
        groups.setdefault((accounts, evasion), []).append(row)
    found = []
    for (accounts, evasion), told in groups.items():
        for what, meaning in MEANINGS.items():
            pairs = [counts(one)[what] for one in told]
            hits, of = sum(hits for hits, _ in pairs), sum(of for _, of in pairs)
            if of:
                found.append(
                    {
                        "what": what, "meaning": meaning, "accounts": accounts, "evasion": evasion,
                        "seeds": [one["seed"] for one in told], "hits": hits, "of": of,
                    }
                )  # fmt: skip
    return found


def document(rows: Iterable[Told], program: str, day: str) -> str:
    """The file."""
    lines = [
        '# Error rates of the method, for the section "How often the method errs" of every report. Counts, from which rates and',
        "# intervals are computed. Written by `python -m benchmarks.error_rates`; docs/method.md, section 7, says what is counted.",
        "",
        f"note = {json.dumps(NOTE)}",
        f"interval = {json.dumps(INTERVAL)}",
        f"confidence = {CONFIDENCE}",
    ]
    for row in rows:
        lines += ["", "[[measured]]", *(f"{name} = {json.dumps(value)}" for name, value in row.items())]
        lines += [f"program = {json.dumps(program)}", f"measured = {json.dumps(day)}"]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Parse, pool, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    kept = Path(tempfile.gettempdir()) / "linkage-worlds" / "results.jsonl"
    parser.add_argument(
        "--results", type=Path, default=kept, help="what benchmarks/accuracy.py measured, a line of JSON a world"
    )
    # every one that was measured: a report that told the kinder ones alone would not be fair
    parser.add_argument("--evasions", default=None, help="evasions that the reports tell, as none,all (default: all measured)")
    parser.add_argument(
        "--date", default=datetime.now(UTC).strftime("%Y-%m-%d"), help="day of the measurement (default: today)"
    )
    parser.add_argument("--print", action="store_true", help="print, and leave the file as it is")
    given = parser.parse_args()
    if not given.results.is_file():
        raise SystemExit(f"{given.results}: no such file; run benchmarks/accuracy.py first, or name its --results")
    rows = [json.loads(line) for line in given.results.read_text(encoding="utf-8").splitlines()]
    # other detectors and plain ways are measured beside ours, and settings that were tried
    ours = [row for row in rows if row.get("way", "linkage") == "linkage" and not row.get("options")]
    latest = [row for row in ours if not ours or row.get("code") == ours[-1].get("code")]
    wanted = None if given.evasions is None else given.evasions.split(",")
    told = pooled(row for row in latest if wanted is None or row["evasion"] in wanted)
    if not told:
        raise SystemExit(f"{given.results}: holds no world of these evasions; measure some, or name others with --evasions")
    text = document(told, f"linkage {__version__}", given.date)
    if given.print:
        print(text, end="")
    else:
        TARGET.write_text(text, encoding="utf-8")
        print(f"{TARGET.relative_to(REPOSITORY)}: {len(told)} rates of {len(latest)} worlds")


if __name__ == "__main__":
    main()
