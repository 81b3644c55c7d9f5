"""Every command and option says what it is for, and the README's table names every command."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from linkage.cli.app import app
from tests.cli.factory import ROOT

README = ROOT / "README.md"


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield " ".join(path), command
        return
    for name, child in inner.items():
        yield from commands(child, (*path, name))


ALL = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("name", ALL)
def test_a_command_and_its_options_are_documented(name: str) -> None:
    command = ALL[name]
    assert (command.help or "").strip()
    for parameter in command.params:
        assert (getattr(parameter, "help", "") or "").strip(), f"{name}: {parameter.name} has no help"


def test_the_contracts_commands_are_there() -> None:
    wanted = {
        "rebuild", "clusters", "members", "show", "explain", "diff", "schedule", "push neo4j", "ui", "simulate", "evaluate",
        "config", "export", "verify", "keygen",
    }  # fmt: skip
    assert wanted <= ALL.keys()


@pytest.mark.parametrize("name", [name for name in ALL if name not in ("simulate", "config", "verify", "keygen")])
def test_what_reads_a_store_takes_one(name: str) -> None:
    options = [option for parameter in ALL[name].params for option in parameter.opts]
    assert "--store" in options


@pytest.mark.parametrize("name", ALL)
def test_the_readme_names_every_command(name: str) -> None:
    assert f"linkage {name}" in README.read_text(encoding="utf-8")
