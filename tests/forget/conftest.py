from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cases.conftest import postgres, url

__all__ = ["postgres", "url"]


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("LINKAGE_DATABASE_URL", "LINKAGE_ACCESS", "LINKAGE_ROLE", "LINKAGE_AUDIT_KEY", "LINKAGE_STORE"):
        monkeypatch.delenv(name, raising=False)
    yield
