"""Removes the worlds when the run is over."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.simulate.factory import ROOT


@pytest.fixture(scope="session", autouse=True)
def _worlds() -> Iterator[None]:
    yield
    shutil.rmtree(ROOT, ignore_errors=True)
