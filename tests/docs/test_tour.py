"""What the README shows is what its commands print."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_tour_prints_what_the_readme_shows() -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "tour.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_bundled_world_is_small_and_whole() -> None:
    world = ROOT / "fixtures" / "world"
    assert (world / "truth.parquet").is_file()
    assert {path.name for path in (world / "input").iterdir()} >= {"accounts.parquet", "payments.parquet", "requests"}
    assert sum(path.stat().st_size for path in world.rglob("*") if path.is_file()) < 25_000_000
