"""Tests of people's state start from an environment that says nothing of it."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LINKAGE_DATABASE_URL", "LINKAGE_ACCESS", "LINKAGE_ROLE", "LINKAGE_AUDIT_KEY", "LINKAGE_STORE"):
        monkeypatch.delenv(name, raising=False)
