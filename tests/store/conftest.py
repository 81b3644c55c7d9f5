"""A store's path, with everything in it that a path may hold and a pattern must not take for its own."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "day=3" / "it's [a] st*re? ü"
