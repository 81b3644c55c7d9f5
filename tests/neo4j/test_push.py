"""A push makes a real server mirror the snapshot: the first time, again, and when a newer one has less."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from linkage.errors import ServerError, UsageError
from linkage.neo4j import PushSummary, push
from linkage.neo4j.labels import label
from tests.neo4j.conftest import Graph
from tests.neo4j.factory import START, World, world
from tests.neo4j.running import Relay, free_port

pytestmark = [pytest.mark.neo4j, pytest.mark.xdist_group("neo4j")]


def counts(summary: PushSummary) -> dict[str, int]:
    return {name: getattr(summary, name) for name in ("accounts", "identifiers", "clusters", "links", "memberships")}


class Told:
    """A Progress that keeps what it was told."""

    def __init__(self) -> None:
        self.stages: dict[str, list[int]] = {}

    def start(self, stage: str, total: int | None = None) -> None:
        self.stages[stage] = [total or 0, 0]

    def advance(self, rows: int) -> None:
        self.stages[list(self.stages)[-1]][1] += rows

    def finish(self) -> None:
        pass


def test_a_push_mirrors_the_snapshot(graph: Graph, store: Path) -> None:
    told = Told()
    with world().publish(store) as snapshot:
        summary = push(snapshot, **graph.login, batch_rows=2, progress=told)
    # e1 is a neighbour by the template; e2 shares only a weak day, and e3 nothing
    assert counts(summary) == {"accounts": 12, "identifiers": 7, "clusters": 3, "links": 24, "memberships": 11}
    assert summary.nodes_created == 12 + 7 + 3 + 1
    assert summary.relationships_created == 24 + 11
    assert (summary.nodes_removed, summary.relationships_removed) == (0, 0)
    assert graph.one("MATCH (a:Account) RETURN collect(a.id) AS ids").count("e1") == 1
    assert graph.rows("MATCH (a:Account) WHERE a.id IN ['e2', 'e3'] RETURN a") == []
    assert graph.rows("MATCH (i:Identifier) UNWIND labels(i) AS l RETURN l, count(*) AS n ORDER BY l") == [
        {"l": "Identifier", "n": 7},
        {"l": "Ip", "n": 2},
        {"l": "Org", "n": 1},
        {"l": "Payment", "n": 2},
        {"l": "Scaffold", "n": 1},
        {"l": "SignupDay", "n": 1},
    ]
    assert graph.rows("MATCH (s:Snapshot) RETURN s.id AS id, s.complete AS complete") == [{"id": snapshot.id, "complete": True}]
    rows = {"accounts": 12, "identifiers": 7, "clusters": 3, "links": 24, "memberships": 11, "removals": 0}
    assert {stage: done for stage, (_, done) in told.stages.items()} == {
        f"push {name}": number for name, number in rows.items()
    }


def test_nodes_and_relationships_carry_what_the_snapshot_says(graph: Graph, store: Path) -> None:
    with world().publish(store) as snapshot:
        push(snapshot, **graph.login)
    (link,) = graph.rows("MATCH (:Account {id: 'a3'})-[r:SEEN_WITH]->(:Payment {value: 'card-1'}) RETURN properties(r) AS r")
    times = {"first_seen": START, "last_seen": START + timedelta(hours=5)}
    source = {"source_file": "ab" * 32, "source_record": 3}
    expected = {"weight": 0.45, "strength": 0.9, "n": 3, **source, "snapshot": snapshot.id}
    found = link["r"]
    assert {key: found.pop(key).to_native() for key in times} == times
    assert found == expected
    (member,) = graph.rows("MATCH (:Account {id: 'a5'})-[r:MEMBER_OF]->(c) RETURN properties(r) AS r, c.id AS id")
    assert member == {
        "id": "harvest",
        "r": {"role": "associate", "risk": 0.475, "flagged": False, "attachment": 0.75, "snapshot": snapshot.id},
    }
    (cluster,) = graph.rows("MATCH (c:Cluster {id: 'harvest'}) RETURN c")
    node = cluster["c"]
    assert (node["risk"], node["flagged"], node["size"], node["core"], node["associates"]) == (0.95, True, 5, 4, 1)
    assert (node["families"], node["reasons_for"], node["reasons_against"]) == (
        ["content", "payment"], ["for harvest"], ["against harvest"],
    )  # fmt: skip
    (identifier,) = graph.rows("MATCH (i:Scaffold) RETURN i")
    node = identifier["i"]
    assert (node["accounts"], node["strength"], node["note"]) == (5, 0.8, "seen together")
    assert node["description"] == "a constant head"


def test_constraints_come_first(graph: Graph, store: Path) -> None:
    graph.drop_constraints()
    with world().publish(store) as snapshot:
        push(snapshot, **graph.login)
    found = graph.rows("SHOW CONSTRAINTS YIELD labelsOrTypes, properties RETURN labelsOrTypes + properties AS c ORDER BY c")
    assert [row["c"] for row in found] == [
        ["Account", "id"], ["Cluster", "id"], ["Identifier", "kind", "value"], ["Snapshot", "id"],
    ]  # fmt: skip


def test_pushing_again_changes_nothing(graph: Graph, store: Path) -> None:
    with world().publish(store) as snapshot:
        first = push(snapshot, **graph.login)
        before = graph.everything()
        second = push(snapshot, **graph.login, batch_rows=3)
    assert graph.everything() == before
    assert counts(second) == counts(first)
    zero: dict[str, Any] = {"nodes_created": 0, "nodes_removed": 0, "relationships_created": 0, "relationships_removed": 0}
    assert second == replace(first, **zero)


def newer() -> World:
    """The world a day later: the ring is gone, the harvest lost a4 and its card, and an account moved to the office."""
    made = World()
    made.cluster("harvest", 0.9, ["a1", "a2", "a3"])
    made.cluster("office", 0.1, ["d1", "d2", "d3", "b1"], flagged=False)
    made.share("scaffold", "template-1", 0.8, ["a1", "a2", "a3"], family="content")
    made.share("org", "office-inc", 0.5, ["d1", "d2", "d3", "b1"], family="organisation")
    return made


@pytest.mark.parametrize("batch_rows", [1, 5000])
def test_a_newer_snapshot_replaces_the_older_one(graph: Graph, store: Path, batch_rows: int) -> None:
    with world().publish(store) as old, newer().publish(store) as snapshot:
        push(snapshot, **graph.login)
        alone = graph.everything()
        push(old, **graph.login, batch_rows=batch_rows)
        assert graph.one("MATCH (n:Identifier {value: 'card-1'}) RETURN count(n)") == 1
        summary = push(snapshot, **graph.login, batch_rows=batch_rows)
    assert counts(summary) == {"accounts": 7, "identifiers": 2, "clusters": 2, "links": 7, "memberships": 7}
    assert summary.nodes_removed == 5 + 5 + 1 + 1
    # as if the older one had never been there
    assert graph.everything() == alone
    assert graph.rows("MATCH (:Account {id: 'b1'})-[:MEMBER_OF]->(c) RETURN c.id AS id") == [{"id": "office"}]
    assert graph.rows("MATCH (s:Snapshot) RETURN s.id AS id, s.complete AS complete") == [{"id": snapshot.id, "complete": True}]


def test_a_cluster_that_grew_back_is_one_node(graph: Graph, store: Path) -> None:
    """Two rows of lineage name it: born, and returned on what a banned one was held by."""
    made = world()
    made.tables["lineage"] += [
        {"cluster_id": "ring", "previous_id": previous, "event": event, "shared": 0, "joined": 3, "left": left}
        for previous, event, left in ((None, "born", 0), ("banned", "returned", 40))
    ]
    with world().publish(store) as plain, made.publish(store) as snapshot:
        push(plain, **graph.login)
        before = graph.one("MATCH ()-[r]->() RETURN count(r)")
        summary = push(snapshot, **graph.login)
    assert counts(summary)["clusters"] == 3 and graph.one("MATCH ()-[r]->() RETURN count(r)") == before
    assert graph.rows("MATCH (c:Cluster) WHERE c.id IN ['ring', 'banned'] RETURN c.id AS id, c.event AS event") == [
        {"id": "ring", "event": "born"}
    ]


def test_nodes_of_others_are_left_alone(graph: Graph, store: Path) -> None:
    graph.rows("CREATE (:Account {id: 'theirs'})-[:OWNS]->(:Note {text: 'kept'})")
    with world().publish(store) as old, newer().publish(store) as snapshot:
        push(old, **graph.login)
        graph.rows("MATCH (a:Account {id: 'a1'}) SET a.remark = 'ours to keep'")
        push(snapshot, **graph.login)
    assert graph.one("MATCH (:Account {id: 'theirs'})-[:OWNS]->(n:Note) RETURN n.text") == "kept"
    assert graph.one("MATCH (a:Account {id: 'a1'}) RETURN a.remark") == "ours to keep"


def test_an_empty_snapshot_empties_the_server(graph: Graph, store: Path) -> None:
    with world().publish(store) as old, World().publish(store) as snapshot:
        push(old, **graph.login)
        summary = push(snapshot, **graph.login)
    assert set(counts(summary).values()) == {0}
    assert graph.rows("MATCH (n) RETURN labels(n) AS labels") == [{"labels": ["Snapshot"]}]


HOSTILE_KINDS = [
    "Payment`) DETACH DELETE (n:`Account", "x'}) //", 'quo"te', "account", "Account", "__init__", "", " ", "1st", "دفع\u200f",
    "a" * 5000, "ключ", "line\nbreak", "nul\0byte", "$rows", "{label}", "\\u0060",
]  # fmt: skip
HOSTILE_VALUES = [
    "'; MATCH (n) DETACH DELETE n; //", "`", '"', "\\", "v" * 5000, "\u202e" * 5000, "😀" * 5000, "", " ", "a ", "nul\0",
    '{"a": 1}', "$value",
]  # fmt: skip


def test_hostile_kinds_and_values_are_only_data(graph: Graph, store: Path) -> None:
    made = World()
    accounts = ["x'}) DETACH DELETE (n", "`a`", "\u202egrop\u202c", "a" * 7000, "a" * 6999 + "b", "é" * 6000]
    made.cluster("c", 0.9, accounts)
    for kind in HOSTILE_KINDS:
        made.share(kind, "same value", 0.9, accounts[:2])
    for value in HOSTILE_VALUES:
        made.share("device", value, 0.9, accounts)
    with made.publish(store) as snapshot:
        summary = push(snapshot, **graph.login)
        again = push(snapshot, **graph.login)
    identifiers = len(HOSTILE_KINDS) + len(HOSTILE_VALUES)
    assert counts(summary) == {
        "accounts": 6, "identifiers": identifiers, "clusters": 1, "memberships": 6,
        "links": 2 * len(HOSTILE_KINDS) + 6 * len(HOSTILE_VALUES),
    }  # fmt: skip
    assert (again.nodes_created, again.nodes_removed, again.relationships_created) == (0, 0, 0)
    found = graph.rows(
        "MATCH (i:Identifier) RETURN coalesce(i.full_kind, i.kind) AS k, coalesce(i.full_value, i.value) AS v, labels(i) AS l"
    )
    pairs = [(kind, "same value") for kind in HOSTILE_KINDS] + [("device", value) for value in HOSTILE_VALUES]
    assert sorted((row["k"], row["v"]) for row in found) == sorted(pairs)
    assert all(sorted(row["l"]) == sorted(["Identifier", label(row["k"])]) for row in found)
    assert sorted(graph.one("MATCH (a:Account) RETURN collect(coalesce(a.full_id, a.id))")) == sorted(accounts)
    assert graph.one("MATCH (a:Account {id: $id}) RETURN count(a)", id=accounts[0]) == 1


def test_large_values_travel_in_smaller_batches(graph: Graph, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linkage.neo4j.batches.BATCH_BYTES", 20_000)
    made = World()
    made.cluster("c", 0.9, ["a", "b"])
    for number in range(20):
        made.share("device", f"{number}" + "d" * 5000, 0.9, ["a", "b"])
    with made.publish(store) as snapshot:
        assert counts(push(snapshot, **graph.login))["links"] == 40


def test_a_wrong_password_is_one_line_without_it(graph: Graph, store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with world().publish(store) as snapshot, pytest.raises(ServerError) as caught:
        push(snapshot, uri=graph.server.uri, user="neo4j", password="wrong-secret-word")
    assert str(caught.value) == (
        f"Neo4j at {graph.server.uri} refuses the user or password; check NEO4J_USER and NEO4J_PASSWORD, then run it again"
    )
    assert caught.value.__suppress_context__
    assert "".join(capfd.readouterr()) == ""


def test_too_many_wrong_passwords_and_a_first_password(graph: Graph, store: Path) -> None:
    graph.rows("CREATE USER clumsy IF NOT EXISTS SET PASSWORD 'some-long-password' CHANGE REQUIRED")
    with world().publish(store) as snapshot:
        with pytest.raises(ServerError, match="wants the first password changed"):
            push(snapshot, uri=graph.server.uri, user="clumsy", password="some-long-password")
        messages = []
        for _ in range(5):
            with pytest.raises(ServerError) as caught:
                push(snapshot, uri=graph.server.uri, user="clumsy", password="wrong")
            messages.append(str(caught.value))
    assert "too many wrong passwords" in messages[-1]
    graph.rows("DROP USER clumsy")


def test_an_unknown_database_is_named(graph: Graph, store: Path) -> None:
    with world().publish(store) as snapshot, pytest.raises(ServerError, match="has no such database"):
        push(snapshot, **graph.login, database="elsewhere")


def test_data_of_others_under_our_labels_is_said(graph: Graph, store: Path) -> None:
    graph.drop_constraints()
    graph.rows("CREATE (:Account {id: 1}), (:Account {id: 1})")
    with world().publish(store) as snapshot, pytest.raises(ServerError, match="another program"):
        push(snapshot, **graph.login)


def test_a_stopped_server_is_one_line(store: Path, capfd: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    with world().publish(store) as snapshot, pytest.raises(ServerError) as caught:
        push(snapshot, uri=f"bolt://127.0.0.1:{port}", user="neo4j", password="secret-word")
    assert str(caught.value) == (
        f"Neo4j at bolt://127.0.0.1:{port} does not answer (connection refused); "
        "start the server or check the port, then run it again"
    )
    assert "".join(capfd.readouterr()) == ""


@pytest.mark.parametrize("share", [0.4, 0.9])
def test_a_server_that_goes_away_midway_is_one_line_and_the_next_push_mends_it(
    graph: Graph, store: Path, share: float, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("linkage.neo4j.server.RETRY_SECONDS", 0.5)
    login: dict[str, Any] = {"user": graph.server.user, "password": graph.server.password}
    with newer().publish(store) as old, world().publish(store) as snapshot:
        with Relay(graph.server.port) as whole:
            push(snapshot, uri=whole.uri, **login, batch_rows=8)
        expected = graph.everything()
        push(old, **graph.login)
        with Relay(graph.server.port, limit=int(share * whole.passed)) as relay, pytest.raises(ServerError) as caught:
            push(snapshot, uri=relay.uri, **login, batch_rows=8)
        assert "\n" not in str(caught.value)
        assert relay.uri in str(caught.value)
        assert "".join(capfd.readouterr()) == ""
        half = graph.rows("MATCH (s:Snapshot) RETURN s.id AS id, s.complete AS complete ORDER BY id")
        assert half == sorted(({"id": each.id, "complete": False} for each in (old, snapshot)), key=lambda row: str(row["id"]))
        push(snapshot, **graph.login)
    assert graph.everything() == expected


def test_two_pushes_at_once_are_noticed(graph: Graph, store: Path) -> None:
    """The other push is stood in for by what it does: it takes a node for its own snapshot."""

    class Meddling(Told):
        def start(self, stage: str, total: int | None = None) -> None:
            if stage == "push removals":
                graph.rows("MATCH (a:Account {id: 'a1'}) SET a.snapshot = 'another'")

        def advance(self, rows: int) -> None:
            pass

    with world().publish(store) as snapshot, pytest.raises(ServerError, match="another push ran at the same time"):
        push(snapshot, **graph.login, progress=Meddling())


@pytest.mark.parametrize("rows", [0, -1])
def test_a_batch_has_a_row(store: Path, rows: int) -> None:
    login: dict[str, Any] = {"uri": "bolt://127.0.0.1:1", "user": "u", "password": "p"}
    with world().publish(store) as snapshot, pytest.raises(UsageError, match="give 1 or more"):
        push(snapshot, **login, batch_rows=rows)
