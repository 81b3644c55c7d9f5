"""Runs `python -m linkage ...` as a whole process, and keeps simulated worlds between runs."""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Run:
    """One finished process: wall seconds, peak resident memory in MiB, what it printed."""

    seconds: float
    peak: int
    printed: str


def run(*arguments: str | Path) -> Run:
    """Run the command line; ends this program with the command's own line when it fails."""
    command = [sys.executable, "-m", "linkage", *map(str, arguments)]
    with tempfile.TemporaryFile() as out:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, cwd=REPOSITORY, env={**os.environ, "PYTHONPATH": str(REPOSITORY)})
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        printed = out.read().decode()
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit status {process.returncode}")
    return Run(seconds, usage.ru_maxrss // 1024, printed)


def world(folder: Path, accounts: int, seed: int, evasion: str) -> Path:
    """The folder of a world, made when it is not there yet or when the simulator has changed since."""
    out = folder / f"n{accounts}-s{seed}-{evasion}"
    mark = folder / f"{out.name}.made-by"
    version = _simulator()
    if not mark.is_file() or mark.read_text() != version:
        mark.unlink(missing_ok=True)
        run("simulate", "--out", out, "--accounts", str(accounts), "--seed", str(seed), "--evasion", evasion)
        mark.write_text(version)
    return out


def _simulator() -> str:
    digest = hashlib.sha256()
    for path in sorted((REPOSITORY / "linkage" / "simulate").rglob("*")):
        if path.suffix in (".py", ".txt"):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def over_worlds(description: str | None, *, scales: str, seeds: str) -> argparse.ArgumentParser:
    """A parser of what every program over worlds takes: where they are kept, which there are, and options of rebuild."""
    parser = argparse.ArgumentParser(description=(description or "").splitlines()[0])
    kept = Path(tempfile.gettempdir()) / "linkage-worlds"
    parser.add_argument("--worlds", type=_folder, default=str(kept), help="folder of kept worlds")
    parser.add_argument("--scales", type=numbers, default=scales, help="numbers of accounts, as 4000,20000")
    parser.add_argument("--seeds", type=numbers, default=seeds, help="seeds, as 101-105,200")
    parser.add_argument("options", nargs="*", help="passed on to rebuild, after --")
    return parser


def _folder(name: str) -> Path:
    path = Path(name)
    path.mkdir(parents=True, exist_ok=True)
    return path


def table(headings: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def numbers(text: str) -> list[int]:
    """'1,4-6' -> 1, 4, 5, 6."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found.extend(range(int(first), int(last or first) + 1))
    return found
