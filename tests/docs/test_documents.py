"""The documents name what is there: files, signals, settings, columns, pins."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from linkage.clusters.signals import SIGNALS
from linkage.config import Clusters, Communities, Graph
from linkage.tables import INPUT, REQUIRED

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
_PIN = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([0-9][A-Za-z0-9.+!]*)")


def normal(name: str) -> str:
    """A distribution's name in its normalised form (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    found = [_PIN.fullmatch(line) for line in lines]
    assert all(found), "constraints.txt holds name==version lines and nothing else"
    return {normal(match[1]): match[2] for match in found if match}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    targets = [target for target in _LINK.findall(document.read_text(encoding="utf-8")) if "://" not in target]
    missing = [target for target in targets if not (document.parent / target).exists()]
    assert not missing


def test_the_method_explains_every_signal() -> None:
    rows = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "method.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert rows == {signal.code for signal in SIGNALS}


@pytest.mark.parametrize("section", [Graph, Communities, Clusters])
def test_the_method_uses_every_setting_of_its_stages(section: type[Graph] | type[Communities] | type[Clusters]) -> None:
    method = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
    # how a division starts and which algorithm makes it are told in words
    told = {"algorithm", "warm_start", "seed"}
    assert not [name for name in section.model_fields if name not in told and not re.search(rf"\b{name}\b", method)]


@pytest.mark.parametrize("table", INPUT)
def test_the_readme_has_every_column_of_the_input(table: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (row,) = (line for line in readme.splitlines() if line.startswith(f"| `{table}` |"))
    for column in INPUT[table]:
        assert re.search(rf"\*\*{column}\*\*" if column in REQUIRED[table] else rf"(?<!\*)\b{column}\b(?!\*)", row), column


def test_the_input_example_of_a_configuration_can_be_read(tmp_path: Path) -> None:
    from linkage.config import load_config

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", readme, re.DOTALL)
    (tmp_path / "mine.toml").write_text(example, encoding="utf-8")
    config = load_config(tmp_path / "mine.toml")
    assert config.kind("badge").cap == 500
    assert config.kind("invited_by").names_account
    assert load_config(ROOT / "docs" / "p2p.toml").kind("paid_account").names_account


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_direct_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["ui"], *extras["neo4j"], *extras["dev"]]
    names = {normal(re.split(r"[^A-Za-z0-9._-]", requirement)[0]) for requirement in wanted}
    assert names <= pins().keys()


def test_what_is_installed_here_needs_nothing_unpinned() -> None:
    """Follows the requirements of what is pinned: whatever they bring on this platform is pinned as well."""
    pinned = pins()
    for name in pinned:
        try:
            requirements = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        # those of extras and of other platforms carry a marker
        plain = {normal(re.split(r"[^A-Za-z0-9._-]", text)[0]) for text in requirements if ";" not in text}
        assert plain <= pinned.keys(), name
