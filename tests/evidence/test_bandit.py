"""bandit finds nothing in what reads hostile bundles and writes evidence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_bandit_finds_nothing() -> None:
    command = [sys.executable, "-m", "bandit", "-q", "-r", "linkage/evidence", "linkage/cli/evidence.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "nosec" not in "".join(path.read_text() for path in (ROOT / "linkage" / "evidence").rglob("*.py"))
