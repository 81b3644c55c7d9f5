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
#: 125 examples of eight texts: each through every question, all eight at once where a question takes a list
AT_ONCE, EXAMPLES = 8, 125
WHOLE: list[views.Incidence] = []
KNOWN: set[str] = set()
#: A query, and the name it goes by here.
Question = tuple[str, Callable[[], Any]]
Questions = Callable[[Snapshot, CaseBook, str], list[Question]]


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


def typed(snapshot: Snapshot, book: CaseBook, text: str) -> list[Question]:
    """What an investigator types or a page's address names, and what people wrote down."""
    account = views.nodes.account_node(text)
    return [
        ("cluster", lambda: investigate.cluster(snapshot, text)),
        ("account", lambda: investigate.account(snapshot, text)),
        ("explain", lambda: investigate.explain(snapshot, text)),
        ("explain two", lambda: investigate.explain(snapshot, "a1", text)),
        ("identifier", lambda: investigate.identifier(snapshot, "payment", text)),
        ("identifier of a kind", lambda: investigate.identifier(snapshot, text, "card-1")),
        ("members", lambda: investigate.cluster_members(snapshot, text)),
        ("path", lambda: views.path_between(WHOLE[0], account, views.nodes.account_node("a1"))),
        ("members of", lambda: views.members_of(snapshot, text)),
        ("case", lambda: book.find(text)),
        ("verdicts", lambda: book.verdicts(text)),
        ("decided", lambda: book.decided(text)),
        ("decisions", lambda: book.decisions(by=text)),
        ("cases with a tag", lambda: book.cases(tag=text)),
        ("cases of somebody", lambda: book.cases(assignee=text)),
        ("log of a subject", lambda: book.gate.log.entries(subject=text)),
        ("log of somebody", lambda: book.gate.log.entries(actor=text)),
        ("log of an action", lambda: book.gate.log.entries(action=text)),
        ("search", lambda: _wrong_hits(snapshot, text)),
    ]


def asked_by_pages(snapshot: Snapshot, _: CaseBook, text: str) -> list[Question]:
    """What the pages ask for beside it, one text at a time."""
    node = views.nodes.identifier_node(text, text)
    return [
        ("counter-evidence", lambda: investigate.counter_evidence(snapshot, text)),
        ("bridges", lambda: investigate.bridges(snapshot, text)),
        ("cut link", lambda: investigate.cut_link(snapshot, "harvest", text, text)),
        ("subgraph", lambda: investigate.subgraph(snapshot, text)),
        ("shared", lambda: investigate.shared_identifiers(snapshot, text)),
        ("in favour", lambda: investigate.in_favour(snapshot, text)),
        ("starting nodes", lambda: views.starting_nodes(snapshot, text, 20)),
        ("neighbours", lambda: views.neighbours(snapshot, "harvest", node)),
    ]


def asked_of_many(snapshot: Snapshot, texts: list[str]) -> list[Question]:
    """What takes a list of texts."""
    window = views.Window(date(2026, 3, 1), date(2026, 3, 9), accounts=tuple(texts))
    a1 = views.nodes.account_node("a1")
    drawn = [name for text in texts for name in (views.nodes.account_node(text), views.nodes.identifier_node(text, text), text)]
    return [
        ("picture", lambda: [node.id for node in views.picture(snapshot, "harvest", drawn).nodes]),
        ("neighbours of a kind", lambda: views.neighbours(snapshot, "harvest", a1, among=texts)),
        ("shared by", lambda: views.shared_by(snapshot, texts, ["a1"])),
        ("course", lambda: views.course_of(snapshot, texts).days),
        ("active", lambda: views.active_in(snapshot, "harvest", window)),
        ("sparks", lambda: [sum(line) for line in views.sparks(snapshot, texts).values() if any(line)]),
        ("queue of families", lambda: views.desk(snapshot, [], who=texts[0], show="all", families=texts).clusters),
        ("queue of events", lambda: views.desk(snapshot, [], who=texts[0], show="all", events=texts).clusters),
    ]


def _wrong_hits(snapshot: Snapshot, text: str) -> list[investigate.Hit]:
    """Hits of the search that do not hold the text."""
    return [
        hit
        for hit in investigate.search(snapshot, text)
        if hit.match not in ("inside", "equal") and text.strip().lower() not in hit.value.lower()
    ]


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


def nothing_answers(questions: list[Question], text: object, *, utf8: bool) -> None:
    for name, ask in questions:
        try:
            answer = ask()
        except LinkageError as error:
            assert isinstance(error, NotFound) or not utf8, f"{name}: {error}"
            assert "\n" not in str(error)
            continue
        assert not answer, f"{name}: {text!r} was answered: {answer!r}"


def thousand(test: Callable[..., None]) -> Callable[..., None]:
    """A thousand texts, and the fragments as they are; the same ones for each test that is so marked."""
    texts = given(texts=st.lists(TEXTS, min_size=AT_ONCE, max_size=AT_ONCE))
    return settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))(
        example(texts=[*FRAGMENTS])(texts(test))
    )


@pytest.mark.parametrize("questions", [typed, asked_by_pages])
@thousand
def test_a_text_is_looked_up_and_never_run(desk: tuple[Snapshot, CaseBook], questions: Questions, texts: list[str]) -> None:
    for text in texts:
        if not {text, text.strip()} & KNOWN:
            nothing_answers(questions(*desk, text), text, utf8=_is_utf8(text))


@thousand
def test_texts_in_a_list_are_looked_up_and_never_run(desk: tuple[Snapshot, CaseBook], texts: list[str]) -> None:
    unknown = [text for text in texts if not {text, text.strip()} & KNOWN]
    # what is no text at all would have the whole list refused
    for asked in [[text for text in unknown if _is_utf8(text)], *([text] for text in unknown if not _is_utf8(text))]:
        if asked:
            nothing_answers(asked_of_many(desk[0], asked), asked, utf8=all(map(_is_utf8, asked)))


@thousand
def test_a_text_is_a_label_and_a_key_of_neo4j_and_no_more(texts: list[str]) -> None:
    for text in filter(_is_utf8, texts):
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
