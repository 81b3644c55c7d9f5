from __future__ import annotations

from pathlib import Path

import pytest

from tests.cases.factory import publish
from tests.plain import plain_environment

__all__ = ["plain_environment"]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store with two clusters, one account of which may be erased without missing it elsewhere."""
    path = tmp_path / "store"
    publish(path, {"A": [f"a{n}" for n in range(6)], "B": [f"b{n}" for n in range(5)]})
    return path
