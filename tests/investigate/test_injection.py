"""A thousand texts through every query that takes one: each is looked up as it is, and is never a part of a statement."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from linkage import investigate, views
from linkage.cases import CaseBook
from linkage.errors import LinkageError, NotFound
from linkage.neo4j.batches import KEY_BYTES, indexable
from linkage.neo4j.labels import label
from linkage.store import Snapshot, open_snapshot
from tests.investigate.factory import world

#: What ends, opens or fills something in SQL, DuckDB's and SQLite's dialects, Cypher, patterns and our own templates.
FRAGMENTS = (
    "'", '"', "`", ";", "--", "/*", "*/", "\\", "\0", "\n", "%", "_", "*", "?", "$1", "$cluster", "$text", ":name", "{members}", "{files}",
    "{{", "}}", "' OR '1'='1", "') OR TRUE --", "'; DROP TABLE accounts; --", "' UNION SELECT account_id FROM accounts --", "$$", "E'\\''",
    "read_csv('/etc/passwd')", "getenv('HOME')", "ATTACH 'x'", "COPY accounts TO '/tmp/x'", "PRAGMA database_list", "}) DETACH DELETE n //",
    "0 OR 1=1", "NULL", "a1", "harvest", "card-1", "192.0.2.1/0", "::/0", "\u202e", "＇", "é", "e\u0301", "İ",
)  # fmt: skip
TEXTS = st.one_of(
    st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=8)), min_size=1, max_size=5).map("".join),
    st.text(max_size=60),
    # what Python makes of bytes on a command line that are no UTF-8
    st.text(st.characters(categories=["Cs"]), min_size=1, max_size=2),
)
#: 125 examples of eight texts: each goes through what is asked often, one of the eight through everything, since those
#: questions take ten times as long
AT_ONCE, EXAMPLES = 8, 125
WHOLE: list[views.Incidence] = []
KNOWN: set[str] = set()
#: A query, and the name it goes by here.
Question = tuple[str, Callable[[], Any]]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Snapshot, CaseBook]]:
    store = tmp_path_factory.mktemp("injection") / "store"
    world().publish(store)
    with open_snapshot(store) as snapshot, closing(CaseBook(store, "")) as book:
        ada = book.gate.identity("ada")
        book.note(ada, snapshot, "harvest", "a note")
        book.tag(ada, snapshot, "harvest", "a-tag")
        KNOWN.update(names(snapshot))
        WHOLE[:] = [views.incidence(snapshot, ["harvest"])]
        yield snapshot, book


def asked_often(snapshot: Snapshot, book: CaseBook, text: str) -> list[Question]:
    """What an investigator types or a page's address names."""
    account = views.nodes.account_node(text)
    return [
        ("cluster", lambda: investigate.cluster(snapshot, text)),
        ("account", lambda: investigate.account(snapshot, text)),
        ("explain", lambda: investigate.explain(snapshot, text)),
        ("identifier", lambda: investigate.identifier(snapshot, "payment", text)),
        ("identifier of a kind", lambda: investigate.identifier(snapshot, text, "card-1")),
        ("members", lambda: investigate.cluster_members(snapshot, text)),
        ("path", lambda: views.path_between(WHOLE[0], account, views.nodes.account_node("a1"))),
        ("members of", lambda: views.members_of(snapshot, text)),
        ("case", lambda: book.find(text)),
        ("verdicts", lambda: book.verdicts(text)),
        ("decided", lambda: book.decided(text)),
        ("cases with a tag", lambda: book.cases(tag=text)),
        ("cases of somebody", lambda: book.cases(assignee=text)),
        ("log of a subject", lambda: book.gate.log.entries(subject=text)),
        ("log of somebody", lambda: book.gate.log.entries(actor=text)),
    ]  # fmt: skip


def asked_seldom(snapshot: Snapshot, book: CaseBook, text: str) -> list[Question]:
    """The rest of the questions that take a text."""
    window = views.Window(date(2026, 3, 1), date(2026, 3, 9), accounts=(text,))
    account, node = views.nodes.account_node(text), views.nodes.identifier_node(text, text)
    return [
        ("explain two", lambda: investigate.explain(snapshot, "a1", text)),
        ("counter-evidence", lambda: investigate.counter_evidence(snapshot, text)),
        ("bridges", lambda: investigate.bridges(snapshot, text)),
        ("cut link", lambda: investigate.cut_link(snapshot, "harvest", text, text)),
        ("subgraph", lambda: investigate.subgraph(snapshot, text)),
        ("shared", lambda: investigate.shared_identifiers(snapshot, text)),
        ("in favour", lambda: investigate.in_favour(snapshot, text)),
        ("starting nodes", lambda: views.starting_nodes(snapshot, text, 20)),
        ("picture", lambda: [node.id for node in views.picture(snapshot, "harvest", [account, node, text]).nodes]),
        ("neighbours", lambda: views.neighbours(snapshot, "harvest", node)),
        ("neighbours of a kind", lambda: views.neighbours(snapshot, "harvest", views.nodes.account_node("a1"), among=[text])),
        ("shared by", lambda: views.shared_by(snapshot, [text], ["a1"])),
        ("course", lambda: views.course_of(snapshot, [text]).days),
        ("active", lambda: views.active_in(snapshot, "harvest", window)),
        ("sparks", lambda: [sum(line) for line in views.sparks(snapshot, [text]).values() if any(line)]),
        ("queue of families", lambda: views.desk(snapshot, [], who=text, show="all", families=[text]).clusters),
        ("queue of events", lambda: views.desk(snapshot, [], who=text, show="all", events=[text]).clusters),
        ("decisions", lambda: book.decisions(by=text)),
        ("log of an action", lambda: book.gate.log.entries(action=text)),
    ]  # fmt: skip


def names(snapshot: Snapshot) -> set[str]:
    """Everything that has a name, so that asking for it is answered."""
    found: set[str] = {"ada", "a-tag", "case:1", "note", "tag"}
    named = {
        "accounts": ("account_id",),
        "clusters": ("cluster_id", "event"),
        "sightings": ("kind", "value"),
        "edges": ("kind", "value"),
    }
    for table, columns in named.items():
        for column in columns:
            found |= set(snapshot.query(f'SELECT DISTINCT "{column}" AS name FROM {table}')["name"].to_pylist())
    return found | {"content", "payment", "cluster:harvest", "", "investigator"}


def _is_utf8(text: str) -> bool:
    return not any(0xD800 <= ord(letter) < 0xE000 for letter in text)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@example([*FRAGMENTS])
@given(st.lists(TEXTS, min_size=AT_ONCE, max_size=AT_ONCE))
def test_a_text_is_looked_up_and_never_run(desk: tuple[Snapshot, CaseBook], texts: list[str]) -> None:
    snapshot, book = desk
    for number, text in enumerate(texts):
        questions = asked_often(snapshot, book, text) + (asked_seldom(snapshot, book, text) if number % AT_ONCE == 0 else [])
        for name, ask in [] if {text, text.strip()} & KNOWN else questions:
            try:
                answer = ask()
            except LinkageError as error:
                assert isinstance(error, NotFound) or not _is_utf8(text), f"{name}: {error}"
                assert "\n" not in str(error)
                continue
            assert not answer, f"{name}: {text!r} was answered: {answer!r}"
        if not _is_utf8(text):
            continue
        for hit in investigate.search(snapshot, text):
            if hit.match != "inside":
                assert text.strip().lower() in hit.value.lower() or hit.match == "equal"
        assert re.fullmatch(r"[A-Z][A-Za-z0-9]{0,63}(_[0-9a-f]{12})?", label(text))
        if text.isprintable():
            assert len(indexable(text, KEY_BYTES["kind"]).encode()) <= KEY_BYTES["kind"] + 80


def test_nothing_was_changed_by_asking(desk: tuple[Snapshot, CaseBook]) -> None:
    snapshot, book = desk
    assert snapshot.query("SELECT count(*) AS n FROM accounts")["n"].to_pylist() == [len(world().tables["accounts"])]
    assert [case.cluster_id for case in book.cases()] == ["harvest"]
    assert book.gate.log.verify().faults == ()
    with pytest.raises(NotFound):
        investigate.cluster(snapshot, "' OR '1'='1")
