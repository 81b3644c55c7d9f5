"""The house: imports go one way, files stay short, types hold."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent


def run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_imports_go_one_way() -> None:
    """Stages do not import each other, and `linkage` does not import streamlit: contracts in pyproject.toml."""
    run(str(BIN / "lint-imports"), "--no-cache")


def test_types_hold_strictly() -> None:
    run(str(BIN / "mypy"))


def test_no_file_is_long() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "linkage").rglob("*.py")}
    assert lengths
    assert {str(path.relative_to(ROOT)): lines for path, lines in lengths.items() if lines > 400} == {}


@pytest.mark.parametrize("word", ["util", "helper", "misc", "manager"])
def test_no_file_is_named_for_nothing(word: str) -> None:
    assert [path for folder in ("linkage", "ui") for path in (ROOT / folder).rglob(f"*{word}*.py")] == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "linkage").rglob("*.py")
        if path.read_text(encoding="utf-8").strip() and not path.read_text(encoding="utf-8").lstrip().startswith(('"""', "'''"))
    ]
    assert silent == []
