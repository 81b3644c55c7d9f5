from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from threading import Timer
from urllib.request import urlopen

import pytest

from tests.cli.factory import ROOT, Run, finish, process


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_the_page_says_its_address_once_it_answers_and_ends_with_the_command(store: Path, ending: signal.Signals) -> None:
    port = free_port()
    running = process("ui", "--port", port, "--store", store)
    late = Timer(60, running.kill)
    late.start()
    try:
        assert running.stdout is not None
        assert running.stdout.readline() == f"http://127.0.0.1:{port}\n"
        with urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=10) as answer:
            assert answer.status == 200
        running.send_signal(ending)
        outcome = finish(running)
    finally:
        late.cancel()
        running.kill()
    assert (outcome.status, outcome.err) == (0, "")
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError):
        probe.connect(("127.0.0.1", port))


def test_a_port_in_use_is_one_line_and_status_3(linkage: Run, store: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        outcome = linkage("ui", "--port", taken.getsockname()[1], "--store", store)
    assert (outcome.status, outcome.out) == (3, "")
    assert outcome.err.count("\n") == 1
    assert "--port" in outcome.err


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1", "desk.example.org"])
def test_without_sign_in_only_this_machine_is_served(linkage: Run, store: Path, address: str) -> None:
    outcome = linkage("ui", "--port", free_port(), "--store", store, "--address", address)
    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert "without sign-in" in outcome.err and "127.0.0.1" in outcome.err
    direct = subprocess.run(
        [sys.executable, "-m", "ui", "--address", address], cwd=ROOT, env={**os.environ, "LINKAGE_STORE": str(store)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (direct.returncode, direct.stdout, direct.stderr.count("\n")) == (2, "", 1)


def test_sign_in_that_nobody_has_a_role_for_is_refused(linkage: Run, store: Path, tmp_path: Path) -> None:
    file = tmp_path / "sign-in.toml"
    file.write_text(
        'address = "https://desk.example.org"\nprovider = "https://id.example.org"\nclient_id = "x"\nclient_secret = "canary-secret"\n'
    )
    file.chmod(0o600)
    for given in ({"--address": "0.0.0.0"}, {}):
        outcome = linkage(
            "ui", "--port", free_port(), "--store", store, "--sign-in", file, *(part for pair in given.items() for part in pair)
        )
        assert (outcome.status, outcome.out, outcome.err.count("\n")) == (2, "", 1)
        assert "access.toml" in outcome.err and "canary" not in outcome.err
    missing = linkage("ui", "--port", free_port(), "--store", store, "--sign-in", tmp_path / "none.toml")
    assert (missing.status, missing.out, missing.err.count("\n")) == (2, "", 1)


def test_no_store_no_page(linkage: Run, tmp_path: Path) -> None:
    outcome = linkage("ui", "--port", free_port(), "--store", tmp_path / "none")
    assert (outcome.status, outcome.out) == (3, "")


def test_a_missing_extra_is_named(store: Path, tmp_path: Path) -> None:
    """An installation without the extra: the package is there in name only."""
    (tmp_path / "neo4j.py").write_text("raise ModuleNotFoundError('No module named neo4j', name='neo4j')\n")
    given = {"PYTHONPATH": str(tmp_path), "LINKAGE_STORE": str(store), "NEO4J_USER": "u", "NEO4J_PASSWORD": "p"}
    outcome = finish(process("push", "neo4j", "--uri", "bolt://127.0.0.1:1", env={**os.environ, **given}))
    assert outcome.status == 2
    assert "account-linkage[neo4j]" in outcome.err
    assert outcome.err.count("\n") == 1


def test_push_wants_credentials_from_the_environment(linkage: Run, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEO4J_USER", raising=False)
    monkeypatch.delenv("NEO4J_PASSWORD", raising=False)
    outcome = linkage("push", "neo4j", "--uri", "bolt://127.0.0.1:1", "--store", store)
    assert (outcome.status, outcome.out) == (2, "")
    assert "NEO4J_USER" in outcome.err


def test_push_to_a_server_that_is_away(linkage: Run, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("neo4j")
    monkeypatch.setenv("NEO4J_USER", "neo4j")
    monkeypatch.setenv("NEO4J_PASSWORD", "secret-word")
    outcome = linkage("push", "neo4j", "--uri", f"bolt://127.0.0.1:{free_port()}", "--store", store)
    assert (outcome.status, outcome.out) == (3, "")
    assert "secret-word" not in outcome.err
    assert outcome.err.splitlines()[-1].startswith("linkage: ")
