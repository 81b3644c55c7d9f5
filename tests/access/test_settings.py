"""Who has which role: the file, the environment, and every way to get it wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from linkage.access import Role, load_access
from linkage.access.settings import Approval
from linkage.cases import DECIDED
from linkage.errors import ConfigError

FILE = """
others = "viewer"
[roles]
investigator = ["ada@example.org", "bob"]
admin = ["root"]
[approval]
accounts = 50
statuses = ["confirmed", "actioned"]
"""


def test_without_a_file_whoever_can_open_the_store_is_its_admin(store: Path) -> None:
    assert load_access(store).identity("anybody").role is Role.admin


def test_the_environment_lowers_that(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINKAGE_ROLE", "viewer")
    assert load_access(store).identity("anybody").role is Role.viewer
    monkeypatch.setenv("LINKAGE_ROLE", "king")
    with pytest.raises(ConfigError, match="king"):
        load_access(store)


def test_a_file_names_roles(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (store / "access.toml").write_text(FILE)
    monkeypatch.setenv("LINKAGE_ROLE", "admin")  # a file is a file: the environment does not raise anybody
    access = load_access(store)
    roles = {name: access.identity(name).role for name in ("ada@example.org", "bob", "root", "Root", "eve", "")}
    assert roles == {
        "ada@example.org": Role.investigator, "bob": Role.investigator, "root": Role.admin, "Root": Role.viewer,
        "eve": Role.viewer, "": Role.viewer,
    }  # fmt: skip
    assert access.approval.accounts == 50


def test_who_is_not_named_has_no_role_where_the_file_gives_none(
    tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere.toml"
    elsewhere.write_text('[roles]\nadmin = ["root"]\n')
    monkeypatch.setenv("LINKAGE_ACCESS", str(elsewhere))
    access = load_access(store)
    assert access.identity("root").role is Role.admin and access.identity("eve").role is None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("roles = 1", "roles"),
        ('[roles]\nking = ["a"]', "roles"),
        ('[roles]\nadmin = ["a"]\nviewer = ["a"]', "more than one role"),
        ('others = "king"', "others"),
        ("[approval]\naccounts = 0", "approval.accounts"),
        ('[approval]\nstatuses = ["gone"]', "approval.statuses"),
        ("[review]\nlease_minutes = -1", "review.lease_minutes"),
        ("nosuch = 1", "nosuch"),
        ("[[[", "access"),
    ],
)
def test_a_wrong_file_is_one_line(store: Path, text: str, named: str) -> None:
    (store / "access.toml").write_text(text)
    with pytest.raises(ConfigError) as error:
        load_access(store)
    assert named in str(error.value) and str(store / "access.toml") in str(error.value) and "\n" not in str(error.value)


def test_a_file_that_is_named_and_not_there_is_an_error(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINKAGE_ACCESS", str(store / "nosuch.toml"))
    with pytest.raises(ConfigError, match=r"nosuch\.toml"):
        load_access(store)


def test_statuses_that_may_need_approval_are_those_that_decide() -> None:
    for status in DECIDED:
        assert Approval(statuses=[status.value]).statuses == [status.value]
