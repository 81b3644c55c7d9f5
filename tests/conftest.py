"""Removes what the rebuilds of a run left behind; lets the programs it starts be interrupted."""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Iterator

import pytest

# A run in the background of a shell ignores SIGINT, and so would every program that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _rebuilds() -> Iterator[None]:
    yield
    factory = sys.modules.get("tests.factory")
    if factory is not None:
        shutil.rmtree(factory.ROOT, ignore_errors=True)
