"""Runs of the command line, in this process or in one of their own, and a small input to rebuild from."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from linkage.cli import main

ROOT = Path(__file__).resolve().parents[2]


class Outcome(NamedTuple):
    """What a command left behind."""

    status: int
    out: str
    err: str


Run = Callable[..., Outcome]


def runner(capsys: pytest.CaptureFixture[str]) -> Run:
    """A function that runs a command line in this process."""

    def run(*arguments: object) -> Outcome:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return Outcome(end.value.code, out, err)

    return run


def process(*arguments: object, **options: object) -> subprocess.Popen[str]:
    """The command line as a process of its own."""
    environment = {name: value for name, value in os.environ.items() if name not in ("LINKAGE_STORE", "LINKAGE_DEBUG")}
    command = [sys.executable, "-m", "linkage", *map(str, arguments)]
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "env": environment, **options}
    return subprocess.Popen(command, cwd=ROOT, text=True, **given)  # type: ignore[call-overload,no-any-return]


def finish(running: subprocess.Popen[str], seconds: float = 60) -> Outcome:
    """Wait for a process."""
    try:
        out, err = running.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        running.kill()
        raise
    return Outcome(running.returncode, out or "", err or "")


def write_input(folder: Path) -> Path:
    """Two rings of four that pay with one card and come from one address each, among forty others; one bad row."""
    folder.mkdir(parents=True)
    with (folder / "payments.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["account_id", "payment_id", "seen_at"])
        for number in range(48):
            card = f"card-{number // 4}" if number < 8 else f"own-{number}"
            rows.writerow([f"u{number:02}", card, "2026-02-01T00:00:00Z"])
        rows.writerow(["", "card-0", "2026-02-01T00:00:00Z"])
    with (folder / "requests.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["account_id", "ts", "ip", "input_tokens", "output_tokens"])
        for number in range(48):
            address = f"192.0.2.{number // 4}" if number < 8 else f"198.51.100.{number}"
            for day in range(1, 6):
                rows.writerow([f"u{number:02}", f"2026-02-{day:02}T{number % 24:02}:00:00Z", address, 10, 100])
    return folder
