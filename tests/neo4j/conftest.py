"""One Neo4j for the whole session, empty for each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import neo4j
import pytest

from tests.neo4j.running import INSTALL, RunningServer, missing_tools


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    missing = missing_tools()
    if missing:
        reason = f"a real Neo4j needs {' and '.join(missing)}: {INSTALL}"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    running = RunningServer(tmp_path_factory.mktemp("neo4j"))
    yield running
    running.stop()


class Graph:
    """The server seen without our own code: its address and login, and raw Cypher."""

    def __init__(self, server: RunningServer, driver: neo4j.Driver) -> None:
        self.server = server
        self.login: dict[str, Any] = {"uri": server.uri, "user": server.user, "password": server.password}
        self._driver = driver

    def rows(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        return [record.data() for record in self._driver.execute_query(query, parameters).records]

    def one(self, query: str, **parameters: Any) -> Any:
        (record,) = self._driver.execute_query(query, parameters).records
        return record[0]

    def drop_constraints(self) -> None:
        for row in self.rows("SHOW CONSTRAINTS YIELD name"):
            self.rows(f"DROP CONSTRAINT {row['name']}")

    def everything(self) -> list[list[Any]]:
        """All nodes and relationships, sorted: two equal answers are two equal graphs."""
        nodes = [[sorted(node.labels), sorted(node.items())] for (node,) in self._values("MATCH (n) RETURN n")]
        links = [
            [kind, sorted(start.items()), sorted(link.items()), sorted(end.items())]
            for start, kind, link, end in self._values("MATCH (a)-[r]->(b) RETURN a, type(r), r, b")
        ]
        return sorted(nodes, key=repr) + sorted(links, key=repr)

    def _values(self, query: str) -> list[neo4j.Record]:
        return self._driver.execute_query(query).records


@pytest.fixture
def graph(server: RunningServer) -> Iterator[Graph]:
    with server.driver() as driver:
        # constraints stay: without them the server would plan every query anew for every test
        driver.execute_query("MATCH (n) DETACH DELETE n")
        yield Graph(server, driver)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"
