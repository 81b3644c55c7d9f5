from __future__ import annotations

import itertools
from datetime import datetime

import duckdb
import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from linkage import tables
from linkage.config import Config
from linkage.fingerprints import families, fingerprint, form_families
from linkage.fingerprints.corpus import account_keys
from linkage.fingerprints.pieces import Pieces
from tests.fingerprints.factory import TEMPLATES, Prompts, bbh, engine, holders, linked, log, merged


def test_a_template_filled_once_by_each_account_is_one_family() -> None:
    source = Prompts()
    rows = [(f"t{place:03d}", place, source.filled(TEMPLATES[0]), None) for place in range(60)]
    rows += [(f"o{place:03d}", place, source.ordinary(), None) for place in range(60)]
    with engine() as con:
        found = holders(linked(con, rows), "scaffold")
    assert list(found.values()) == [{f"t{place:03d}" for place in range(60)}]


@pytest.mark.parametrize("accounts", [5, 12])
def test_a_few_accounts_on_one_template_are_found(accounts: int) -> None:
    source = Prompts(3)
    rows = [(f"t{place % accounts}", place, source.filled(TEMPLATES[2]), None) for place in range(accounts * 8)]
    rows += [(f"o{place}", place, source.ordinary(), None) for place in range(100)]
    with engine() as con:
        assert list(holders(linked(con, rows), "scaffold").values()) == [{f"t{place}" for place in range(accounts)}]


def test_paraphrased_templates_between_ordinary_prompts_bring_every_account_together() -> None:
    """Sixty prompts an account from three templates, a tenth of the words changed, half of the traffic ordinary."""
    source = Prompts(5)
    rows = []
    for place in range(60):
        for _ in range(60):
            half = source.random.random() < 0.5
            text = source.ordinary() if half else source.filled(source.random.choice(TEMPLATES), paraphrase=0.1)
            rows.append((f"t{place:03d}", len(rows), text, None))
        rows += [(f"o{place:03d}", len(rows) + more, source.ordinary(), None) for more in range(30)]
    with engine() as con:
        found = holders(linked(con, rows), "scaffold")
    everyone = {f"t{place:03d}" for place in range(60)}
    assert set().union(*found.values()) == everyone
    assert everyone in found.values()


def test_many_templates_sent_once_by_each_account_are_found() -> None:
    """An account of forty prompts need not send any template twice."""
    source = Prompts(19)
    templates = [f"{source.words(12, 12)} {{a}} {source.words(14, 14)} {{b}} {source.words(10, 10)}" for _ in range(40)]
    rows = []
    for place in range(60):
        for template in source.random.sample(templates, 20):
            rows.append((f"t{place:02d}", len(rows), source.filled(template), None))
        rows += [(f"{side}{place:02d}", len(rows) + more, source.ordinary(), None) for more in range(20) for side in "to"]
    with engine() as con:
        found = holders(linked(con, rows), "scaffold")
    assert {account for accounts in found.values() for account in accounts} == {f"t{place:02d}" for place in range(60)}
    assert len([accounts for accounts in found.values() if len(accounts) >= 20]) >= 35


def test_a_sentence_that_two_templates_share_does_not_merge_them() -> None:
    source = Prompts(7)
    shared = "Answer in plain language that a patient person without training would follow, and name your sources."
    ones = (
        "Compare the tax rules for {a} in two countries of your choice, listing exceptions by year and by region. {s} Use {b}"
    )
    others = "Draft the minutes of a meeting on {a} where the treasurer disagrees with the chair over postal costs. {s} Use {b}"
    rows = [
        (f"{name}{place:03d}", place, source.filled(template.replace("{s}", shared)), None)
        for name, template in (("x", ones), ("y", others))
        for place in range(50)
    ]
    with engine() as con:
        found = holders(linked(con, rows), "scaffold")
    sides = [{account[0] for account in accounts} for accounts in found.values()]
    assert {"x"} in sides
    assert {"y"} in sides


def test_a_common_phrase_links_nobody() -> None:
    source = Prompts(9)
    rows = [
        (f"o{place:03d}", place, f"{source.words(12, 20)} how much money did he make in total {source.words(0, 9)}", None)
        for place in range(30)
    ]
    with engine() as con:
        assert holders(linked(con, rows), "scaffold") == {}


def test_school_problems_are_all_different() -> None:
    assert set(families(Prompts().problems)) == {None}


def test_tasks_come_back_as_families() -> None:
    tasks, prompts = zip(*bbh(), strict=True)
    found = families(prompts)
    without = {"boolean_expressions", "web_of_lies"}
    assert {label for task, label in zip(tasks, found, strict=True) if task in without} == {None}
    kept = [
        (task, label or str(place)) for place, (task, label) in enumerate(zip(tasks, found, strict=True)) if task not in without
    ]
    assert adjusted_rand_score([task for task, _ in kept], [label for _, label in kept]) >= 0.9


def test_prompts_that_differ_in_a_word_are_near_duplicates() -> None:
    source = Prompts(11)
    text = source.words(60, 60).split()
    rows = []
    for place in range(20):
        changed = list(text)
        changed[source.random.randrange(60)] = "otherwise"
        rows.append((f"n{place:02d}", place, " ".join(changed), None))
        rows.append((f"o{place:02d}", place, source.words(60, 60), None))
    with engine() as con:
        found = holders(linked(con, rows), "near_duplicate")
    assert all(account.startswith("n") for accounts in found.values() for account in accounts)
    assert max(len(accounts) for accounts in found.values()) >= 15


def test_the_same_prompt_and_the_same_system_prompt_link() -> None:
    prompt, system = (
        "Which of our seven vans is due for service next",
        "You plan the routes of a furniture store with two lorries",
    )
    with engine() as con:
        found = linked(
            con, [("a", 3, prompt, system), ("b", 1, prompt.upper(), None), ("c", 2, None, system), ("a", 9, prompt, None)]
        )
    assert [(row[0], row[1], *row[3:]) for row in found if row[1].endswith("prompt")] == [
        ("a", "prompt", 2, datetime(1970, 1, 1, 0, 0, 3), datetime(1970, 1, 1, 0, 0, 9), "f", 1),
        ("a", "system_prompt", 1, datetime(1970, 1, 1, 0, 0, 3), datetime(1970, 1, 1, 0, 0, 3), "f", 1),
        ("b", "prompt", 1, datetime(1970, 1, 1, 0, 0, 1), datetime(1970, 1, 1, 0, 0, 1), "f", 2),
        ("c", "system_prompt", 1, datetime(1970, 1, 1, 0, 0, 2), datetime(1970, 1, 1, 0, 0, 2), "f", 3),
    ]


def test_system_prompts_with_a_slot_are_a_scaffold() -> None:
    source = Prompts(13)
    rows = [
        (f"s{place:02d}", place, None, source.filled("You are the night clerk of {a}. " + TEMPLATES[1])) for place in range(20)
    ]
    with engine() as con:
        assert list(holders(linked(con, rows), "system_scaffold").values()) == [{f"s{place:02d}" for place in range(20)}]


def test_a_family_of_thousands_is_one_node() -> None:
    source = Prompts(15)
    rows = [(f"t{place:05d}", place, source.filled(TEMPLATES[1]), None) for place in range(4_000)]
    with engine() as con:
        found = holders(linked(con, rows), "scaffold")
    assert [len(accounts) for accounts in found.values()] == [4_000]


def test_what_is_written_has_the_snapshots_columns_and_is_sorted() -> None:
    source = Prompts(17)
    with engine() as con:
        found = linked(con, [(f"t{place}", place, source.filled(TEMPLATES[0]), None) for place in range(12)])
        assert found == sorted(found)
        for table, name in (("families", "sightings"), ("fingerprints", "fingerprints")):
            columns = {column: kind for column, kind, *_ in con.execute(f"DESCRIBE {table}").fetchall()}
            assert columns == tables.SNAPSHOT[name]
        listed = con.execute("FROM fingerprints").fetchall()
    assert listed == sorted(listed, key=lambda row: row[:2])
    assert {(kind, value) for kind, value, *_ in listed} == {(row[1], row[2]) for row in found}
    assert all(members >= 2 and description and sample is None for _, _, members, description, sample in listed)
    assert [members for kind, _, members, *_ in listed if kind == "scaffold"] == [12]


def test_an_empty_input_gives_empty_tables() -> None:
    with engine() as con:
        assert linked(con, []) == []
        assert con.execute("FROM fingerprints").fetchall() == []


def mixed(seed: int) -> list[tuple[str, int, str | None, str | None]]:
    source = Prompts(seed)
    rows: list[tuple[str, int, str | None, str | None]] = []
    for place, template in itertools.product(range(15), TEMPLATES):
        rows.append((f"t{place:02d}", len(rows), source.filled(template, paraphrase=0.02), f"You serve the {template[:60]}"))
        rows.append((f"o{place:02d}", len(rows), source.ordinary(), None))
        rows.append((f"o{place:02d}", 3, "A text that is the same for all of them", None))
    return rows


@pytest.mark.parametrize("seed", range(3))
def test_order_of_rows_files_and_their_parts_changes_nothing(seed: int) -> None:
    rows = mixed(seed)
    with engine() as con:
        whole = [row[:6] for row in linked(con, rows)]
        order = Prompts(seed).random.sample(rows, len(rows))
        assert [row[:6] for row in linked(con, order)] == whole
        for name, part in (("one", order[::2]), ("two", order[1::2])):
            log(con, f"{name}_log", part)
            fingerprint(con, source=f"{name}_log", target=name, config=Config())
        results = []
        for tables_ in ({"one": "f1", "two": "f2"}, {"two": "f2", "one": "f1"}):
            merged(con, tables_)
            form_families(con, sightings="merged", target="families", fingerprints="fingerprints", config=Config())
            results.append(con.execute("FROM families").fetchall())
        con.execute("CREATE TABLE summed AS " + SUMMED)
        form_families(con, sightings="summed", target="families", fingerprints="fingerprints", config=Config())
        results.append(con.execute("FROM families").fetchall())
    assert results[0] == results[1] == results[2]
    assert [row[:6] for row in results[0]] == whole


SUMMED = """
SELECT account_id, kind, value, sum(n)::BIGINT AS n, min(first_seen) AS first_seen, max(last_seen) AS last_seen,
       arg_min(source_file, (first_seen, source_file, source_record)) AS source_file,
       arg_min(source_record, (first_seen, source_file, source_record)) AS source_record
FROM merged GROUP BY account_id, kind, value
"""


@pytest.mark.parametrize("seed", range(4))
def test_other_names_of_accounts_change_nothing(seed: int) -> None:
    rows = mixed(seed)
    # some begin with the same text in the same second, and some of those send the same ever after
    rows += [(f"c{place}", 5, TEMPLATES[0].format(a="the ferry", b="a log"), None) for place in range(6)]
    rows += [
        (f"c{place}", 6, TEMPLATES[1].format(a=f"the {'bridge' if place % 2 else 'pier'}", b="it"), None) for place in range(6)
    ]
    draw = Prompts(seed + 50).random
    accounts = sorted({row[0] for row in rows})
    other = dict(
        zip(
            accounts,
            draw.sample([f"{place:03d}-{draw.random()}" for place in range(len(accounts))], len(accounts)),
            strict=True,
        )
    )
    with engine() as con:
        found = linked(con, rows)
        fingerprints = con.execute("FROM fingerprints").fetchall()
        again = linked(con, [(other[row[0]], *row[1:]) for row in rows])
        assert con.execute("FROM fingerprints").fetchall() == fingerprints
    assert {kind for _, kind, *_ in found} >= {"prompt", "scaffold", "system_scaffold"}
    assert again == sorted((other[row[0]], *row[1:]) for row in found)


def test_what_stands_for_an_account_is_its_own_and_stays_while_it_goes_on() -> None:
    """Accounts 0 and 1 hold the same, 2 began like them, 3 is another; a day later all have sent one text more."""
    account, first = np.array([0, 0, 1, 1, 2, 2, 3], np.int32), np.array([5, 6, 5, 6, 5, 6, 5])
    text = np.array([10, 11, 10, 11, 10, 12, 13], np.uint64)
    n = np.ones(7, np.int32)
    keys = account_keys(
        account, n, first, Pieces([text[:3], text[3:]], [np.arange(4, dtype=np.int32), np.arange(5, dtype=np.int32)]), 4
    )
    assert len(set(keys.tolist())) == 4
    order = np.array([6, 2, 5, 1, 0, 4, 3])
    one = Pieces([text[order]], [np.arange(8, dtype=np.int32)])
    assert account_keys(account[order], n, first[order], one, 4).tolist() == keys.tolist()
    names = np.array([3, 2, 0, 1], np.int32)
    renamed = account_keys(names[account][order], n, first[order], one, 4)
    assert sorted(renamed.tolist()) == sorted(keys.tolist())
    assert renamed[names[2:]].tolist() == keys[2:].tolist()
    more = np.append(account, 3).astype(np.int32), np.ones(8, np.int32), np.append(first, 9)
    later = account_keys(*more, Pieces([np.append(text, np.uint64(1))], [np.arange(9, dtype=np.int32)]), 4)
    assert later[3] == keys[3]


def test_threads_change_nothing() -> None:
    with duckdb.connect(config={"threads": 1}) as one, duckdb.connect(config={"threads": 4}) as four:
        assert linked(one, mixed(6)) == linked(four, mixed(6))
