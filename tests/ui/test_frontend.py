"""What the graph is made from: pinned, naming no registry, and setting texts as text."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np

from tests.ui.factory import ROOT, unpacked
from ui import graph_component

SOURCES = Path(graph_component.FOLDER) / "frontend"


def test_every_version_is_exact() -> None:
    package = json.loads((SOURCES / "package.json").read_text())
    wanted = {**package["dependencies"], **package["devDependencies"]}
    assert wanted
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    locked = json.loads((SOURCES / "package-lock.json").read_text())["packages"]
    assert {name: locked[f"node_modules/{name}"]["version"] for name in wanted} == wanted


def test_the_lock_pins_the_tree_and_names_no_registry() -> None:
    text = (SOURCES / "package-lock.json").read_text()
    locked = json.loads(text)["packages"]
    assert "://" not in text
    assert all("integrity" in entry and "resolved" not in entry for name, entry in locked.items() if name)


def test_licences_are_permissive() -> None:
    locked = json.loads((SOURCES / "package-lock.json").read_text())["packages"]
    assert {entry["license"] for name, entry in locked.items() if name} <= {
        "MIT",
        "ISC",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "Apache-2.0",
    }


def test_no_text_becomes_markup() -> None:
    sources = [*SOURCES.glob("src/**/*.js"), *(ROOT / "ui" / "components").rglob("*.js")]
    assert len(sources) > 8
    for path in sources:
        found = re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", path.read_text())
        assert not [each for each in found if each], path


def test_columns_are_read_as_they_were_packed() -> None:
    columns = {"x": np.array([0.5, -1.25], np.float32), "look": np.array([3], np.uint8), "source": np.array([], np.uint32)}
    header, read = unpacked(
        graph_component.packed({"key": "k"}, {**columns, **graph_component.text_columns("names", ["é🧨", "", "b"])})
    )
    assert header["key"] == "k"
    for name, values in columns.items():
        assert read[name].tolist() == values.tolist()
    assert read["names"].tobytes().decode() == "é🧨b"
    assert read["names.ends"].tolist() == [6, 6, 7]
