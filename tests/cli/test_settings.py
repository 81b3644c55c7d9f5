from __future__ import annotations

import tomllib
from pathlib import Path

from linkage.config import Config, load_config
from tests.cli.factory import Run


def test_the_defaults_read_back_as_the_defaults(linkage: Run, tmp_path: Path) -> None:
    outcome = linkage("config", "--defaults")
    assert (outcome.status, outcome.err) == (0, "")
    (tmp_path / "linkage.toml").write_text(outcome.out)
    assert load_config(tmp_path / "linkage.toml") == Config()
    assert Config.model_validate(tomllib.loads(outcome.out)) == Config()


def test_a_file_is_checked_and_shown_whole(linkage: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[communities]\nseed = 7\n")
    shown = linkage("config", "--config", file)
    assert tomllib.loads(shown.out)["communities"]["seed"] == 7
    file.write_text("[communities]\nsed = 7\n")
    wrong = linkage("config", "--config", file)
    assert (wrong.status, wrong.out) == (2, "")
    assert "communities.sed" in wrong.err
