"""JSON Lines: one object a line; a line that is none is set aside alone."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from linkage.errors import InputError
from linkage.ingest import stream
from tests.ingest.factory import accepted, folder, listed, read_one

GOOD = b'{"account_id":"a","payment_id":"p"}\n'


def read_lines(con: duckdb.DuckDBPyConnection, root: Path, data: bytes) -> list[tuple[str, str, int]]:
    """The accepted (account_id, payment_id, record)."""
    read_one(con, folder(root, payments__jsonl=data), "payments.jsonl")
    return [(row["account_id"], row["payment_id"], row["record"]) for row in accepted(con)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"[1]", "is not a JSON object"),
        (b'"text"', "is not a JSON object"),
        (b'{"account_id":"a"', "is not a JSON object"),
        (b'{"account_id":"a"} {}', "is not a JSON object"),
        (b'{"account_id":"\\ud800"}', "is not a JSON object"),
        (b"[" * 100_000, "is not a JSON object"),
        (b'{"account_id":"\xff"}', "is not UTF-8 text"),
        (b"{}", "is required and missing"),
        (b'{"account_id":"a","payment_id":null}', "is required and missing"),
        (b'{"account_id":"a","payment_id":["p"]}', "is a nested value"),
        (b'{"account_id":{"x":1},"payment_id":"p"}', "is a nested value"),
        (b'{"account_id":"a\\u0000","payment_id":"p"}', 'holds a NUL character: "a\\u0000"'),
    ],
)
def test_a_bad_line_costs_only_itself(con: duckdb.DuckDBPyConnection, tmp_path: Path, line: bytes, reason: str) -> None:
    assert read_lines(con, tmp_path, GOOD + b"\n" + line + b"\r\n" + GOOD.strip()) == [("a", "p", 1), ("a", "p", 3)]
    assert [(row[0], row[2], row[3]) for row in listed(con)] == [(2, "set aside", reason)]


def test_numbers_and_booleans_are_text_as_in_other_formats(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    data = b'{"account_id":12345678901234567890,"payment_id":2.0}\n{"account_id":true,"payment_id":1.5}\n'
    assert read_lines(con, tmp_path, data) == [("12345678901234567890", "2", 1), ("true", "1.5", 2)]


def test_nested_prompts_are_nulled(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    data = b'{"account_id":"a","ts":"2026-01-01","prompt":[{"role":"user","content":"secret"}],"input_tokens":3}\n'
    read_one(con, folder(tmp_path, requests__jsonl=data), "requests.jsonl")
    assert (accepted(con)[0]["prompt"], accepted(con)[0]["input_tokens"]) == (None, 3)
    assert listed(con) == [(1, "prompt", "nulled", "is a nested value")]


def test_keys_differ_by_case_and_extra_ones_are_named(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    data = GOOD + b'{"account_id":"b","payment_id":"q","Bin":"411111","extra\\u001b":1}\n'
    reading = read_one(con, folder(tmp_path, payments__jsonl=data), "payments.jsonl")
    assert [row["bin"] for row in accepted(con)] == [None, None]
    assert reading.notices == (
        "payments: column 'Bin' is ignored; name it bin for it to count",
        "payments: columns ignored, as the contract does not know them: extra\\x1b",
    )


def test_an_empty_file_is_an_empty_table(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert read_lines(con, tmp_path, b"") == []
    assert read_lines(con, tmp_path, b"\n \n") == []


def test_record_numbers_go_on_over_blocks(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "BLOCK", 100)
    assert [row[2] for row in read_lines(con, tmp_path, (GOOD * 20 + b"?\n" + GOOD * 20))] == [*range(1, 21), *range(22, 42)]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"[\n]\n", "no line is a JSON object with keys; write one object a line"),
        (b'{"account_id":"a"}\n', "required column payment_id is missing; add it"),
        (b'{"account_id":"a","Payment_Id":"p"}\n', "required column payment_id is missing; rename 'Payment_Id'"),
        (b"\xff\xfe{\0", "is in UTF-16"),
    ],
)
def test_files_that_are_no_table(con: duckdb.DuckDBPyConnection, tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=rf"^payments\.jsonl: {words}"):
        read_lines(con, tmp_path, data)
