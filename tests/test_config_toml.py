from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.config import Allow, Config, Fingerprints, Kind, Section, load_config
from linkage.config_toml import config_toml


def read_back(config: Config) -> Config:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "linkage.toml"
        path.write_text(config_toml(config), encoding="utf-8")
        return load_config(path)


def test_the_defaults_read_back() -> None:
    assert read_back(Config()) == Config()


text = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=12)


@settings(deadline=None)
@given(
    # kinds of addresses take addresses only
    st.dictionaries(text.filter(lambda kind: kind not in ("ip", "network")), st.lists(text, max_size=3), max_size=3),
    st.dictionaries(st.sampled_from(["ip", "network"]), st.lists(st.ip_addresses().map(str), max_size=3)),
    st.dictionaries(text, st.builds(Kind, family=text, weight=st.floats(0, 1), cap=st.integers(0, 2**40)), max_size=3),
    st.lists(text, max_size=3),
)
def test_any_configuration_reads_back(
    allowed: dict[str, list[str]], addresses: dict[str, list[str]], kinds: dict[str, Kind], lists: list[str]
) -> None:
    config = Config(
        kinds={**Config().kinds, **kinds},
        allow=Allow(identifiers={**allowed, **addresses}),
        fingerprints=Fingerprints(public_lists=lists),
    )
    assert read_back(config) == config


def fields(section: type[Section], path: str = "") -> Iterator[tuple[str, str]]:
    for name, field in section.model_fields.items():
        yield f"{path}{name}", field.description or ""
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, Section):
                yield from fields(part, f"{path}{name}.")


def test_every_setting_is_described() -> None:
    assert [name for name, description in fields(Config) if not description.strip()] == []


def test_every_description_and_key_is_printed() -> None:
    printed = config_toml()
    comments = " ".join(line.removeprefix("#").strip() for line in printed.splitlines() if line.startswith("#"))
    for name, description in fields(Config):
        assert " ".join(description.split()) in comments, name
        assert name.rsplit(".", 1)[-1] in printed


def test_lines_are_short_enough_to_read() -> None:
    assert [line for line in config_toml().splitlines() if line.startswith("#") and len(line) > 100] == []
    assert tomllib.loads(config_toml())["kinds"]["payment"]["family"] == "payment"
