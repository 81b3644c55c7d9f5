"""Settings: read over the defaults, hashed, and refused in one line that names the key."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from linkage.config import Config, load_config
from linkage.errors import ConfigError


def read(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "linkage.toml"
    path.write_text(text, encoding="utf-8")
    return load_config(path)


def test_no_file_and_an_empty_file_are_the_defaults(tmp_path: Path) -> None:
    assert load_config(None) == read(tmp_path, "") == Config()


def test_a_table_of_a_kind_or_signal_replaces_only_the_keys_it_names(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        """
        [kinds.ip]
        cap = 7
        [kinds.loyalty]
        weight = 0.5
        [risk.signals.volume]
        points = 0.125
        """,
    )
    defaults = Config()
    assert config.kinds["ip"] == defaults.kinds["ip"].model_copy(update={"cap": 7})
    assert config.kinds["loyalty"].family == "loyalty" and config.kinds["loyalty"].weight == 0.5
    assert config.risk.signals["volume"] == defaults.risk.signals["volume"].model_copy(update={"points": 0.125})
    changed = {"ip", "loyalty"}
    assert {n: k for n, k in config.kinds.items() if n not in changed} == {n: k for n, k in defaults.kinds.items() if n != "ip"}
    assert list(config.risk.signals) == list(defaults.risk.signals)
    assert config.risk.base == defaults.risk.base


def test_the_digest_tells_every_setting_and_nothing_else(tmp_path: Path) -> None:
    assert read(tmp_path, "[risk]\nflagged = 0.6125").digest() != Config().digest()
    assert read(tmp_path, "[kinds.ip]\nfamily = 'network'").digest() == Config().digest() == Config().digest()


def test_a_kind_nobody_configured_is_a_family_of_its_own() -> None:
    kind = Config().kind("loyalty-card")
    assert (kind.family, kind.links, kind.cap, kind.names_account) == ("loyalty-card", True, 0, False)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        Config().risk.base = 1.0  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("kinds = 3", "kinds"),
        ("kinds = [1]", "kinds"),
        ("kinds.ip = 3", "kinds.ip"),
        ("kinds.ip.weight = 1.5", "kinds.ip.weight"),
        ("kinds.ip.colour = 'red'", "kinds.ip.colour"),
        ("risk = 3", "risk"),
        ("risk.signals = 3", "risk.signals"),
        ("risk.base = nan", "risk.base"),
        ("risk.base = inf", "risk.base"),
        ("risk.flagged = 1", "risk.flagged"),
        ("risk.signals.volume.points = -inf", "risk.signals.volume.points"),
        ("risk.signals.volume = {low = 2, high = 2}", "high must differ from low"),
        ("risk.signals.voluem.points = 1", "voluem"),
        ("graph.least_lift = 6", "full_lift must be above least_lift"),
        ("graph.full_surprise = 1", "full_surprise must be above least_surprise"),
        ("communities.algorithm = 'metis'", "communities.algorithm"),
        ("allow.identifiers.ip = ['198.51.100.0/33']", "198.51.100.0/33"),
        ("allow.identifiers.network = ['the office']", "the office"),
        ("unknown = 1", "unknown"),
        ("not toml", "linkage.toml"),
        ("\x00", "linkage.toml"),
    ],
)
def test_what_cannot_be_used_is_one_line_that_names_it(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ConfigError) as error:
        read(tmp_path, text)
    assert named in str(error.value) and "\n" not in str(error.value)
    assert "linkage config --defaults" in str(error.value)


def test_a_missing_or_unreadable_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b"# \xff")
    for name in ("missing.toml", "latin.toml", "."):
        with pytest.raises(ConfigError) as error:
            load_config(tmp_path / name)
        assert "\n" not in str(error.value) and "configuration" in str(error.value)


def test_any_address_or_range_may_be_allowed(tmp_path: Path) -> None:
    text = "allow.identifiers = {ip = ['198.51.100.7', '2001:db8::/32', '10.0.0.1/8'], payment = ['any text']}"
    assert read(tmp_path, text).allow.identifiers["payment"] == ["any text"]
