"""docs/neo4j.md is run: each of its five queries gives what an investigator should read, and it names every property."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from linkage.neo4j import push
from linkage.neo4j.model import LOADS, STRONG, Load
from tests.neo4j.conftest import Graph
from tests.neo4j.factory import START, world

DOCS = (Path(__file__).parents[2] / "docs" / "neo4j.md").read_text(encoding="utf-8")
QUERIES: dict[str, str] = dict(re.findall(r"^### (.+?)\n.*?^```cypher\n(.+?)^```", DOCS, re.MULTILINE | re.DOTALL))
SOURCE = "ab" * 32
server_needed = [pytest.mark.neo4j, pytest.mark.xdist_group("neo4j")]


def query(start: str) -> str:
    (found,) = (text for heading, text in QUERIES.items() if heading.startswith(start))
    return found


@pytest.fixture
def pushed(graph: Graph, tmp_path: Path) -> Iterator[Graph]:
    with world().publish(tmp_path / "store") as snapshot:
        push(snapshot, **graph.login)
    yield graph


def test_there_are_five() -> None:
    assert len(QUERIES) == 5


class TestQueries:
    pytestmark = server_needed

    def test_riskiest_clusters(self, pushed: Graph) -> None:
        assert pushed.rows(query("The riskiest")) == [
            {
                "cluster": "harvest",
                "risk": 0.95,
                "accounts": 5,
                "shared": ["scaffold template-1 on 4 of 5", "payment card-1 on 3 of 5", "ip 198.51.100.7 on 3 of 5"],
                "reasons": ["for harvest"],
            },
            {
                "cluster": "ring",
                "risk": 0.8,
                "accounts": 3,
                "shared": ["payment card-2 on 3 of 3", "ip 203.0.113.9 on 3 of 3"],
                "reasons": ["for ring"],
            },
        ]

    def test_how_two_accounts_are_linked(self, pushed: Graph) -> None:
        how = query("How two accounts")
        assert pushed.rows(how, one="a1", other="a3") == [
            {"chain": ["a1", "payment card-1", "a3"], "strength": 0.9, "sources": [f"{SOURCE}:1", f"{SOURCE}:3"]},
            {"chain": ["a1", "scaffold template-1", "a3"], "strength": 0.8, "sources": [f"{SOURCE}:1", f"{SOURCE}:3"]},
        ]
        chains = pushed.rows(how, one="a1", other="d1")
        assert {row["strength"] for row in chains} == {0.3}
        assert [row["chain"] for row in chains] == [
            ["a1", "ip 203.0.113.9", f"b{n}", "payment card-2", "d1"] for n in (1, 2, 3)
        ]
        assert pushed.rows(how, one="a1", other="a1") == []
        assert pushed.rows(how, one="a1", other="nobody") == []

    def test_bridges(self, pushed: Graph) -> None:
        assert pushed.rows(query("Bridges")) == [
            {"kind": "payment", "value": "card-2", "strength": 0.85, "clusters": ["ring: 3", "office: 1"]},
            {"kind": "ip", "value": "203.0.113.9", "strength": 0.3, "clusters": ["ring: 3", "harvest: 1"]},
        ]

    def test_who_was_seen_with_an_identifier(self, pushed: Graph) -> None:
        rows = pushed.rows(query("Who was seen"), kind="scaffold", value="template-1")
        assert [(row["account"], row["cluster"], row["role"], row["flagged"], row["times"], row["record"]) for row in rows] == [
            ("a1", "harvest", "core", True, 1, 1),
            ("a2", "harvest", "core", True, 2, 2),
            ("a3", "harvest", "core", True, 3, 3),
            ("a4", "harvest", "core", True, 4, 4),
            ("e1", None, None, False, 5, 5),
        ]
        assert {row["file"] for row in rows} == {SOURCE}
        assert {row["first_seen"].to_native() for row in rows} == {START}
        assert {row["last_seen"].to_native() for row in rows} == {START + timedelta(hours=5)}

    def test_accounts_outside_on_strong_identifiers(self, pushed: Graph) -> None:
        assert pushed.rows(query("Accounts outside")) == [
            {
                "account": "d1",
                "cluster": "ring",
                "identifiers": 1,
                "strength": 0.85,
                "shared": ["payment card-2 on 3 flagged members"],
            },
            {
                "account": "e1",
                "cluster": "harvest",
                "identifiers": 1,
                "strength": 0.8,
                "shared": ["scaffold template-1 on 4 flagged members"],
            },
        ]


@pytest.mark.parametrize("load", LOADS, ids=lambda load: load.name)
def test_the_page_names_every_property(load: Load, tmp_path: Path) -> None:
    with world().publish(tmp_path / "store") as snapshot:
        columns = snapshot.query(load.sql, {"strong": STRONG} if "$strong" in load.sql else {}).column_names
    assert tuple(columns[: len(load.keys)]) == load.keys
    ids = re.findall(r"(\w+): row", load.merge) if load.merge.startswith("MERGE") else []
    (line,) = (line for line in DOCS.splitlines() if line.startswith(PLACES[load.name]))
    documented = re.findall(r"`([a-z_]+)`", line.rsplit("|", 2)[1])
    assert sorted(documented) == sorted([*ids, *columns[len(load.keys) :], *load.full, "snapshot"])


PLACES = {
    "accounts": "| `(:Account)` ",
    "identifiers": "| `(:Identifier)` ",
    "clusters": "| `(:Cluster)` ",
    "links": "| `(:Account)-[:SEEN_WITH]->(:Identifier)` ",
    "memberships": "| `(:Account)-[:MEMBER_OF]->(:Cluster)` ",
}
