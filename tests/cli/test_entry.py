"""Every error is one plain line that says what, where and what to do, with the contract's exit status."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.factory import ROOT, Run, finish, process

USAGE = [
    [],
    ["nonsense"],
    ["--nonsense"],
    ["-x"],
    ["push"],
    ["push", "mysql"],
    ["clusters"],
    ["clusters", "--store"],
    ["clusters", "--store", "x", "--limit", "many"],
    ["clusters", "--store", "x", "--limit", "-1"],
    ["clusters", "--store", "x", "--format", "xml"],
    ["clusters", "--store", "x", "--flagged=1"],
    ["clusters", "--store", "x", "extra"],
    ["members", "--store", "x"],
    ["rebuild"],
    ["rebuild", "in", "--store", "x", "--memory", "2 parsecs"],
    ["rebuild", "in", "--store", "x", "--memory", "0GB"],
    ["rebuild", "in", "--store", "x", "--as-of", "yesterday"],
    ["rebuild", "in", "--store", "x", "--algorithm", "magic"],
    ["rebuild", "in", "--store", "x", "--config", "no-such-file.toml"],
    ["schedule", "in", "--store", "x", "--cron", "every now and then"],
    ["evaluate", "--store", "x", "--truth"],
    ["simulate", "--out", "x", "--accounts", "0"],
    ["simulate", "--out", "x", "--evasion", "cunning"],
    ["ui", "--store", "x", "--port", "99999"],
    ["config"],
    ["show", "\x1b]0;title\x07\u202e"],
]


@pytest.mark.parametrize("arguments", USAGE, ids=lambda arguments: " ".join(arguments).encode().hex()[:40] or "nothing")
def test_wrong_usage_is_one_line_and_status_2(linkage: Run, arguments: list[str]) -> None:
    outcome = linkage(*arguments)
    assert outcome.status == 2
    assert outcome.out == ""
    one_plain_line(outcome.err)


def one_plain_line(err: str) -> None:
    assert err.endswith("\n")
    assert err.count("\n") == 1
    assert err.rstrip("\n").isprintable()
    assert err.startswith("linkage")
    assert not err.startswith("linkage: linkage")
    assert not set("╭│╰─") & set(err)


def test_no_store_is_status_3(linkage: Run, tmp_path: Path) -> None:
    outcome = linkage("clusters", "--store", tmp_path / "none")
    assert outcome.status == 3
    one_plain_line(outcome.err)
    assert "linkage rebuild" in outcome.err


@pytest.mark.parametrize(
    "arguments",
    [["show", "none"], ["explain", "none"], ["explain", "a1", "none"], ["clusters", "--snapshot", "none"], ["diff", "none"]],
)
def test_nothing_of_that_name_is_status_1(linkage: Run, store: Path, arguments: list[str]) -> None:
    outcome = linkage(*arguments, "--store", store)
    assert outcome.status == 1
    one_plain_line(outcome.err)


def test_an_error_says_whose_option_it_was(linkage: Run) -> None:
    assert linkage("clusters", "--store").err.startswith("linkage clusters: ")
    assert linkage("push", "neo4j").err.startswith("linkage push neo4j: ")


def test_the_store_may_come_from_the_environment(linkage: Run, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINKAGE_STORE", str(store))
    assert linkage("clusters").status == 0


def test_version_and_help(linkage: Run) -> None:
    assert linkage("--version").out.startswith("linkage ")
    shown = linkage("--help")
    assert (shown.status, shown.err) == (0, "")
    assert "rebuild" in shown.out


def test_a_damaged_store_is_status_3(linkage: Run, tmp_path: Path) -> None:
    (tmp_path / "CURRENT").write_text("../../etc/passwd\n")
    outcome = linkage("clusters", "--store", tmp_path)
    assert outcome.status == 3
    one_plain_line(outcome.err)


def test_an_interrupt_is_one_word_and_status_130(tmp_path: Path) -> None:
    pipe = tmp_path / "config.toml"
    os.mkfifo(pipe)
    running = process("rebuild", tmp_path, "--store", tmp_path / "s", "--config", pipe)
    writer = once_read(pipe)  # reading waits for what is never written
    running.send_signal(signal.SIGINT)
    outcome = finish(running)
    os.close(writer)
    assert (outcome.status, outcome.out, outcome.err) == (130, "", "linkage: interrupted\n")


_SLOW = """
import sys, duckdb
from linkage.cli import main
from linkage.cli.app import app

@app.command()
def slow() -> None:
    sys.stderr.write("under way\\n")
    sys.stderr.flush()
    duckdb.connect().execute("SELECT sum(hash(range)) FROM range(1000000000000)").fetchall()

main(["slow"])
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_query_that_is_interrupted_is_no_internal_error(number: signal.Signals) -> None:
    running = subprocess.Popen(
        [sys.executable, "-c", _SLOW], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert running.stderr is not None and running.stderr.readline() == "under way\n"
    time.sleep(0.5)
    running.send_signal(number)
    outcome = finish(running)
    assert (outcome.status, outcome.out, outcome.err) == (130, "", "linkage: interrupted\n")


def once_read(pipe: Path) -> int:
    """The writing end of a pipe, as soon as somebody reads it."""
    end = time.monotonic() + 60
    while True:
        try:
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            assert time.monotonic() < end
            time.sleep(0.02)


def test_a_reader_that_has_seen_enough_is_no_error(store: Path) -> None:
    running = process("clusters", "--format", "json", "--store", store)
    assert running.stdout is not None
    running.stdout.close()
    assert running.stderr is not None
    err = running.stderr.read()
    assert (running.wait(60), err) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_line_and_status_3(store: Path) -> None:
    with Path("/dev/full").open("w") as full:
        outcome = finish(process("clusters", "--store", store, stdout=full))
    assert outcome.status == 3
    one_plain_line(outcome.err)
    assert "No space left" in outcome.err


def test_values_show_in_a_terminal_of_any_encoding(store: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "LINKAGE_STORE": str(store)}
    outcome = finish(process("show", "office", env=environment))
    assert outcome.status == 0
    assert "\\u202e" in outcome.out


def test_what_nobody_expected_is_one_line_too(store: Path, tmp_path: Path) -> None:
    """A module of ours that cannot be imported stands for any bug; LINKAGE_DEBUG=1 shows where it is."""
    broken = tmp_path / "pyarrow.py"
    broken.write_text("raise RuntimeError('two\\nlines')\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "LINKAGE_STORE": str(store)}
    environment.pop("LINKAGE_DEBUG", None)
    outcome = finish(process("clusters", env=environment))
    assert outcome.status == 3
    one_plain_line(outcome.err)
    assert "internal error: RuntimeError: two lines" in outcome.err
    told = finish(process("clusters", env={**environment, "LINKAGE_DEBUG": "1"}))
    assert (told.status, "Traceback" in told.err) == (3, True)


def test_python_m_linkage_is_the_command() -> None:
    assert finish(process("--version")).out.startswith("linkage ")
