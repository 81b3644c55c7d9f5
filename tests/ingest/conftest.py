"""One engine for the tests of a module: opening one costs more than most tests."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from linkage.engine import open_engine


@pytest.fixture(scope="module")
def con(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine of two threads."""
    connection = open_engine(tmp_path_factory.mktemp("engine"), threads=2)
    yield connection
    connection.close()
