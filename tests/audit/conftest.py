from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit.factory import fill, store


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store whose log has a few records, all sound."""
    for name in ("LINKAGE_DATABASE_URL", "LINKAGE_AUDIT_KEY"):
        monkeypatch.delenv(name, raising=False)
    made = store(tmp_path / "store")
    fill(made)
    return made
