"""Removes what the rebuilds of a run left behind."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _rebuilds() -> Iterator[None]:
    yield
    factory = sys.modules.get("tests.factory")
    if factory is not None:
        shutil.rmtree(factory.ROOT, ignore_errors=True)
