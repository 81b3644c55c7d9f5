from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from linkage.errors import ConfigError
from linkage.fingerprints.public import Public, compile_public, load_public
from linkage.fingerprints.text import words
from tests.fingerprints.factory import Prompts


def left(public: Public, text: str) -> list[int]:
    return public.remove(words(pa.array([text]))).hashes.tolist()


def test_a_short_entry_goes_as_a_whole_and_only_as_a_whole() -> None:
    public = compile_public(["I want you to act as"])
    assert left(public, "I want you to act as a lighthouse keeper") == left(public, "a lighthouse keeper")
    assert len(left(public, "I want you to act like a lighthouse keeper")) == 9


def test_any_eight_words_of_a_long_entry_go() -> None:
    entry = Prompts().words(30, 30)
    public = compile_public([entry])
    part = entry.split()[7:17]
    assert left(public, f"well now {' '.join(part)} said nobody") == left(public, "well now said nobody")
    assert len(left(public, f"well now {' '.join(part[:7])} said nobody")) == 11


def test_nothing_is_left_of_a_text_that_is_all_public() -> None:
    problem = Prompts().problems[0]
    public = compile_public([problem, "Let's think step by step"])
    assert left(public, f"{problem}\n\nLet's think step by step.") == []


def test_runs_do_not_reach_from_one_text_into_the_next() -> None:
    public = compile_public(["one two three four"])
    texts = words(pa.array(["so one two", "three four it is"]))
    assert public.remove(texts).hashes.tolist() == texts.hashes.tolist()


def test_entries_of_two_words_say_nothing() -> None:
    assert compile_public(["think hard", "1 2 3"]).runs == ()


def test_shipped_entries_leave_nothing_of_themselves() -> None:
    public = load_public([])
    for text in (
        "You are a helpful assistant.",
        "I want you to act as a",
        "Let’s think step by step",
        "My first request is I need help",
    ):
        assert left(public, text) == []


def test_further_lists_are_read_and_comments_are_not(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    path.write_text("# the quick brown fox jumps\nour own test prompt number 7\n\n", encoding="utf-8")
    public = load_public([str(path)])
    assert left(public, "our own test prompt number 12") == []
    assert len(left(public, "the quick brown fox jumps")) == 5


def test_a_list_that_changed_under_its_name_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "own.txt"
    texts = ("where the ferry leaves at dawn", "when the ferries leave the pier")
    assert len(texts[0]) != len(texts[1])
    for text in (*texts, texts[0].replace("dawn", "noon")):
        path.write_text(f"{text}\n", encoding="utf-8")
        assert left(load_public([str(path)]), text) == []
    (tmp_path / "new").write_text(texts[0], encoding="utf-8")
    (tmp_path / "new").replace(path)
    assert left(load_public([str(path)]), texts[0]) == []
    path.unlink()
    with pytest.raises(ConfigError):
        load_public([str(path)])


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00bad"])
def test_a_list_that_cannot_be_read_is_one_plain_line(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "list.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"fingerprints\.public_lists: .*list\.txt.*one text a line"):
        load_public([str(path)])
