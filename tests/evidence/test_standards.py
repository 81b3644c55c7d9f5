"""What others' programs say of a bundle: bagit-python, stix2-validator, roc-validator, openssl, networkx, spreadsheets."""

from __future__ import annotations

import fcntl
import io
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import bagit
import networkx as nx
import pyarrow.parquet as pq
import pytest
import stix2
from stix2validator import ValidationOptions, validate_instance

from linkage.evidence import Exported, Level, verify
from linkage.evidence.schemas import TABLES
from tests.evidence.factory import Desk, cells, files, payload, read, rows, unzip
from tests.investigate.factory import FORMULA, HOSTILE

CRATES = Path(__file__).parent / "crates"
SERVICES = Path(__file__).parents[1] / "_services" / "crates"


@pytest.fixture(scope="module")
def folders(bundles: dict[Level, Exported], tmp_path_factory: pytest.TempPathFactory) -> dict[Level, Path]:
    return {level: unzip(done.path, tmp_path_factory.mktemp(level) / "u") for level, done in bundles.items()}


@pytest.mark.parametrize("level", Level)
def test_bagit_python_finds_a_valid_bag_of_version_1(folders: dict[Level, Path], level: Level) -> None:
    bag = bagit.Bag(str(folders[level]))
    bag.validate()
    assert bag.version_info == (1, 0)
    assert set(bag.algorithms) == {"sha256", "sha512"}
    assert bag.info["Payload-Oxum"].endswith(f".{len(files(folders[level] / 'data'))}")


@pytest.mark.parametrize("level", [Level.partner, Level.public])
def test_stix_is_valid_without_a_warning(bundles: dict[Level, Exported], level: Level) -> None:
    given = json.loads(read(bundles[level].path, "data/stix.json"))
    # of some hundred alike, a few: the validator takes a hundredth of a second for each
    kinds: dict[str, int] = {}
    chosen = []
    for thing in given["objects"]:
        kinds[thing["type"]] = kinds.get(thing["type"], 0) + 1
        if kinds[thing["type"]] <= 20:
            chosen.append(thing)
    found = validate_instance({**given, "objects": chosen}, ValidationOptions(version="2.1"))
    assert found.is_valid
    assert [str(line) for line in (*found.errors, *found.warnings)] == []
    if level is Level.partner:
        assert {
            "identity", "user-account", "ipv4-addr", "observed-data", "relationship", "grouping", "indicator", "report",
            "marking-definition",
        } <= kinds.keys()  # fmt: skip


def test_stix_ids_of_observables_are_those_of_the_reference_library(bundles: dict[Level, Exported]) -> None:
    parsed = stix2.parse(read(bundles[Level.internal].path, "data/stix.json").decode(), allow_custom=False)
    accounts = [thing for thing in parsed.objects if thing["type"] == "user-account"]
    addresses = [thing for thing in parsed.objects if thing["type"] == "ipv4-addr"]
    assert accounts
    assert addresses
    for account in accounts:
        assert stix2.v21.UserAccount(user_id=account["user_id"])["id"] == account["id"]
    for address in addresses:
        assert stix2.v21.IPv4Address(value=address["value"])["id"] == address["id"]


def test_stix_of_hostile_names_is_valid(bundle: Path) -> None:
    found = validate_instance(json.loads(read(bundle, "data/stix.json")), ValidationOptions(version="2.1"))
    assert found.is_valid
    assert [str(line) for line in found.errors] == []


def test_every_stix_object_is_marked_and_refers_to_what_is_there(bundles: dict[Level, Exported]) -> None:
    for level, colour in ((Level.internal, "red"), (Level.partner, "amber"), (Level.public, "white")):
        objects = json.loads(read(bundles[level].path, "data/stix.json"))["objects"]
        (marking,) = [thing for thing in objects if thing["type"] == "marking-definition"]
        assert marking["definition"] == {"tlp": colour}
        ids = {thing["id"] for thing in objects}
        assert len(ids) == len(objects)
        for thing in objects:
            refs = [thing[name] for name in thing if name.endswith("_ref")]
            refs += [ref for name in thing if name.endswith("_refs") for ref in thing[name]]
            assert set(refs) <= ids
            assert thing is marking or thing["object_marking_refs"] == [marking["id"]]


def crate_python() -> Path:
    """The interpreter of an environment that holds roc-validator; pip fills it once for all processes that test."""
    wanted = (CRATES / "requirements.txt").read_text()
    python, mark = SERVICES / "venv" / "bin" / "python", SERVICES / "requirements.txt"
    SERVICES.mkdir(parents=True, exist_ok=True)
    with (SERVICES / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not mark.exists() or mark.read_text() != wanted:
            shutil.rmtree(SERVICES / "venv", ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", SERVICES / "venv"], check=True, capture_output=True)
            install = [python, "-m", "pip", "install", "-q", "-r", CRATES / "requirements.txt"]
            done = subprocess.run(install, capture_output=True, text=True, timeout=600, check=False)
            if done.returncode:
                reason = f"roc-validator needs: python -m pip install -r {CRATES.name}/requirements.txt, which failed: {done.stderr[-500:]}"
                if os.environ.get("CI") == "true":
                    pytest.fail(reason)
                pytest.skip(reason)
            mark.write_text(wanted)
    return python


def test_roc_validator_finds_valid_crates(folders: dict[Level, Path], tmp_path: Path) -> None:
    """With tables and without; and it finds one at fault that lost its licence, so that it is known to look."""
    bad = tmp_path / "bad"
    shutil.copytree(folders[Level.public] / "data", bad)
    metadata = bad / "ro-crate-metadata.json"
    metadata.write_text(metadata.read_text().replace('"license"', '"keywords"'))
    crates = [str(folders[level] / "data") for level in (Level.internal, Level.public)]
    command = [crate_python(), CRATES / "check.py", tmp_path / "cache", *crates, bad]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert [found[crate] for crate in crates] == [[], []]
    assert any("license" in issue for issue in found[str(bad)])


def test_the_crate_describes_every_file(bundles: dict[Level, Exported]) -> None:
    for done in bundles.values():
        graph = json.loads(read(done.path, "data/ro-crate-metadata.json"))["@graph"]
        described = {entity["@id"]: entity["sha256"] for entity in graph if entity["@type"] == "File"}
        found = payload(done.path)
        found.pop("ro-crate-metadata.json")
        assert described == found


@pytest.mark.skipif(shutil.which("openssl") is None and os.environ.get("CI") != "true", reason="apt-get install -y openssl")
def test_plain_openssl_and_sha256sum_check_the_seal(folders: dict[Level, Path], real: Desk, tmp_path: Path) -> None:
    """The line of docs/evidence.md and of the report, word for word, and that of the README."""
    root = Path(__file__).parents[2]
    folder = tmp_path / "bag"
    shutil.copytree(folders[Level.internal], folder)
    shutil.copy(real.public, tmp_path / "linkage.pub")
    document, report = (root / "docs" / "evidence.md").read_text(), (folder / "data" / "report.html").read_text()
    (line,) = [line for line in document.splitlines() if line.startswith("openssl pkeyutl")]
    assert line in report.splitlines()
    (readme,) = re.findall(r"`(openssl pkeyutl[^`]*)`", (root / "README.md").read_text())
    assert readme == line
    check = f"{line} && sha256sum --quiet -c tagmanifest-sha256.txt && sha256sum --quiet -c manifest-sha256.txt"
    done = subprocess.run(["sh", "-c", check], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Verified Successfully" in done.stdout
    assert verify(folder, real.public).ok, "checking it by hand has put nothing into it"
    manifest = folder / "tagmanifest-sha256.txt"
    manifest.write_bytes(manifest.read_bytes().replace(b"a", b"b", 1))
    assert subprocess.run(["sh", "-c", line], cwd=folder, capture_output=True, check=False).returncode != 0


def test_networkx_reads_the_graph(bundle: Path, bundles: dict[Level, Exported]) -> None:
    for path in (bundle, bundles[Level.internal].path, bundles[Level.partner].path):
        graph = nx.read_graphml(io.BytesIO(read(path, "data/graph.graphml")))
        kinds = [data["type"] for _, data in graph.nodes(data=True)]
        assert kinds.count("account") == len(rows(path, "accounts"))
        assert kinds.count("identifier") == sum(row["linked"] > 0 for row in rows(path, "identifiers"))
        assert graph.number_of_edges() == len(rows(path, "links"))
    assert ET.fromstring(read(bundle, "data/graph.graphml")) is not None


def test_the_three_forms_hold_the_same(bundle: Path, bundles: dict[Level, Exported]) -> None:
    for path in (bundle, bundles[Level.internal].path):
        for name, schema in TABLES.items():
            told = rows(path, name)
            parquet = pq.read_table(io.BytesIO(read(path, f"data/tables/{name}.parquet")))
            head, *lines = cells(path, name)
            assert parquet.schema.names == schema.names == head
            assert len(told) == parquet.num_rows == len(lines)
            for row, line, other in zip(told, lines, parquet.to_pylist(), strict=True):
                for column, cell in zip(head, line, strict=True):
                    if isinstance(row[column], str):
                        assert cell.removeprefix("'") == row[column].removeprefix("'") or cell[1:] == row[column]
                    if isinstance(row[column], (int, float)):
                        assert row[column] == other[column]


def test_no_cell_of_a_spreadsheet_begins_as_a_formula(bundle: Path) -> None:
    values = {cell for name in TABLES for line in cells(bundle, name) for cell in line}
    assert f"'{FORMULA}+1" in values
    assert HOSTILE + "!" in values
    risky = ("=", "+", "-", "@", "\t", "\r", "\0")
    assert [value for value in values if value.startswith(risky)] == []
