from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.config import Config, Fingerprints
from linkage.errors import ConfigError
from linkage.fingerprints import fingerprint, rows
from tests.fingerprints.factory import Prompts, Row, engine, log, sketched

LETTER = "Write a polite letter to the landlord about the broken heating"
SYSTEM = "You answer on behalf of a small bakery and never promise anything"


def test_equal_texts_of_an_account_are_one_row_with_its_earliest_record() -> None:
    with engine() as con:
        found = sketched(
            con,
            [
                ("a", 30, LETTER, None),
                ("a", 10, LETTER.upper() + "!", None),
                ("a", 20, f"{LETTER}.", None),
                ("a", 10, LETTER, None),
                ("b", 5, LETTER, None),
            ],
        )
    assert [(row[0], row[1], *row[3:]) for row in found] == [
        ("a", "prompt_text", 4, datetime(1970, 1, 1, 0, 0, 10), datetime(1970, 1, 1, 0, 0, 30), 2),
        ("b", "prompt_text", 1, datetime(1970, 1, 1, 0, 0, 5), datetime(1970, 1, 1, 0, 0, 5), 5),
    ]
    assert found[0][2] == found[1][2]


def test_system_prompts_have_a_kind_of_their_own() -> None:
    with engine() as con:
        found = sketched(con, [("a", 1, None, SYSTEM), ("a", 2, "hi", SYSTEM), ("a", 3, LETTER, None), ("b", 4, None, None)])
    assert [(row[0], row[1], row[3]) for row in found] == [("a", "prompt_text", 1), ("a", "system_text", 2)]


def test_texts_before_1970_and_far_ahead_keep_their_times() -> None:
    with engine() as con:
        found = sketched(con, [("a", -(10**10), LETTER, None), ("a", 10**11, LETTER, None)])
    assert (found[0][4].year, found[0][5].year) == (1653, 5138)


def test_no_word_of_a_prompt_is_in_what_is_written() -> None:
    secret = "my neighbour Ottokar Zwiebelfisch owes the casino ninety thousand crowns"
    with engine() as con:
        written = repr(sketched(con, [("a", 1, secret, secret.upper())])).casefold()
    assert not any(word in written for word in secret.casefold().split() if len(word) > 3)


def test_an_empty_log_gives_an_empty_table() -> None:
    with engine() as con:
        assert sketched(con, []) == []
        assert [column for column, *_ in con.execute("DESCRIBE text").fetchall()] == [
            "account_id", "kind", "value", "n", "first_seen", "last_seen", "record",
        ]  # fmt: skip


def test_names_of_relations_are_quoted() -> None:
    with engine() as con:
        log(con, "requests", [("a", 1, LETTER, None)])
        con.execute('CREATE VIEW "odd ""name; --" AS SELECT * FROM requests')
        fingerprint(con, source='odd "name; --', target='other "name', config=Config())
        assert con.execute('SELECT count(*) FROM "other ""name"').fetchone() == (1,)


def test_a_prompt_that_is_nothing_but_public_text_has_no_fingerprint(tmp_path: Path) -> None:
    problem = Prompts().problems[3]
    path = tmp_path / "benchmark.txt"
    path.write_text(problem + "\n", encoding="utf-8")
    config = Config(fingerprints=Fingerprints(public_lists=[str(path)]))
    with engine() as con:
        assert sketched(con, [("a", 1, problem, "You are a helpful assistant.")], config) == []
        assert len(sketched(con, [("a", 1, problem, "You are a helpful assistant.")])) == 1


def test_a_public_list_that_is_missing_stops_before_reading() -> None:
    config = Config(fingerprints=Fingerprints(public_lists=["/nowhere/list.txt"]))
    with engine() as con, pytest.raises(ConfigError, match=r"/nowhere/list\.txt"):
        sketched(con, [("a", 1, LETTER, None)], config)


def test_long_texts_differ_by_their_middle_and_match_in_whole() -> None:
    source = Prompts()
    head, middle, tail = (source.words(6_000, 6_000) for _ in range(3))
    with engine() as con:
        found = sketched(
            con,
            [
                ("a", 1, f"{head} {middle} {tail}", None),
                ("b", 1, f"{head} {middle} {tail}", None),
                ("c", 1, f"{head} {tail} {middle} {tail}", None),
            ],
        )
    assert found[0][2] == found[1][2]
    assert found[0][2][:10] != found[2][2][:10]


def test_many_batches_are_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Prompts()
    texts = [source.ordinary() for _ in range(40)]
    log_ = [(f"u{place % 7}", place, texts[place * place % 40], SYSTEM if place % 2 else None) for place in range(9_000)]
    with engine() as con:
        whole = sketched(con, log_)
        monkeypatch.setattr(rows, "_SLICE", 100)
        monkeypatch.setattr(rows, "_BATCH", 2_048)
        assert sketched(con, log_) == whole
        monkeypatch.setattr(rows, "_GATHERED", 1)
        sketched(con, log_)
        added = con.execute(ADD.format("text")).fetchall()
    assert added == whole


TEXT = st.sampled_from([None, LETTER, LETTER.upper(), "hi", "What should I cook for seven hungry guests tonight", SYSTEM])
LOG = st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9), TEXT, TEXT), max_size=12)
ADD = """
SELECT account_id, kind, value, sum(n)::BIGINT, min(first_seen), max(last_seen), arg_min(record, (first_seen, record))
FROM {} GROUP BY ALL ORDER BY ALL
"""


@settings(max_examples=25, deadline=None)
@given(LOG, st.integers(0, 12))
def test_tables_of_parts_add_up_to_the_table_of_the_whole(log_: list[Row], cut: int) -> None:
    with engine() as con:
        whole = sketched(con, log_)
        for name, part, first in (("head", log_[:cut], 1), ("tail", log_[cut:], 1 + len(log_[:cut]))):
            log(con, f"{name}_log", part, first_record=first)
            fingerprint(con, source=f"{name}_log", target=name, config=Config())
        assert con.execute(ADD.format("(FROM tail UNION ALL FROM head)")).fetchall() == whole
