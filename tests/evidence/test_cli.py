"""`linkage export`, `verify` and `keygen` as a person or a program calls them."""

from __future__ import annotations

import json
import math
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.factory import ROOT, Outcome, Run, runner
from tests.evidence.factory import Desk, files, unzip
from tests.investigate.factory import world


@pytest.fixture
def linkage(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.delenv("LINKAGE_STORE", raising=False)
    return runner(capsys)


@pytest.fixture
def exported(linkage: Run, small: Desk, tmp_path: Path) -> Path:
    done = linkage("export", "harvest", "--store", small.store, "--out", tmp_path / "out", "--key", small.private, "--why", "x")
    assert done.status == 0, done.err
    path, digest = done.out.splitlines()
    assert digest.startswith("sha256 ")
    return Path(path)


def one_line(done: Outcome, status: int) -> str:
    assert done.status == status
    (line,) = done.err.splitlines()
    assert "Traceback" not in line
    return line


def test_one_zip_and_its_check(linkage: Run, small: Desk, exported: Path, tmp_path: Path) -> None:
    assert list((tmp_path / "out").iterdir()) == [exported]
    done = linkage("verify", exported, "--public-key", small.public)
    assert done.status == 0
    assert done.out.startswith("intact, and signed by this key\n")
    assert done.err == ""
    folder = unzip(exported, tmp_path / "u")
    assert linkage("verify", folder, "--public-key", small.public).status == 0


def test_an_unknown_signer_is_a_no(linkage: Run, exported: Path) -> None:
    done = linkage("verify", exported)
    assert "intact, signer unknown" in one_line(done, 1)


def test_verify_names_every_file_at_fault(linkage: Run, small: Desk, exported: Path, tmp_path: Path) -> None:
    folder = unzip(exported, tmp_path / "u")
    (folder / "data" / "report.html").write_text("")
    (folder / "data" / "stix.json").unlink()
    (folder / "more.txt").write_text("")
    done = linkage("verify", folder, "--public-key", small.public, "--format", "json")
    one_line(done, 1)
    told = json.loads(done.out)
    assert {(problem["file"], problem["what"]) for problem in told["problems"]} == {
        ("data/report.html", "changed"), ("data/stix.json", "missing"), ("more.txt", "not listed"),
    }  # fmt: skip
    assert (told["ok"], told["intact"]) == (False, False)
    table = linkage("verify", folder, "--public-key", small.public)
    assert all(name in table.out for name in ("data/report.html", "data/stix.json", "more.txt"))
    assert linkage("verify", folder, "--format", "csv").out.splitlines()[0] == "file,what"


@pytest.mark.parametrize("level", ["internal", "partner", "public"])
def test_every_level_as_json(linkage: Run, small: Desk, tmp_path: Path, level: str) -> None:
    done = linkage(
        "export",
        "harvest",
        "--store",
        small.store,
        "--out",
        tmp_path,
        "--level",
        level,
        "--key",
        small.private,
        "--format",
        "json",
    )
    assert done.status == 0
    told = json.loads(done.out)
    assert told["level"] == level
    checked = linkage("verify", told["path"], "--public-key", small.public, "--format", "json")
    assert json.loads(checked.out)["ok"] is True


def test_without_a_key_it_says_so(linkage: Run, small: Desk, tmp_path: Path) -> None:
    done = linkage("export", "harvest", "--store", small.store, "--out", tmp_path)
    assert done.status == 0
    assert "not signed" in done.err


def test_keys_are_made_once(linkage: Run, tmp_path: Path) -> None:
    done = linkage("keygen", tmp_path / "new" / "keys", "--format", "json")
    assert done.status == 0
    private, public = (Path(row["path"]) for row in json.loads(done.out))
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert (private.name, public.name) == ("linkage.key", "linkage.pub")
    before = private.read_bytes()
    assert "is there already" in one_line(linkage("keygen", tmp_path / "new" / "keys"), 2)
    assert private.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["export", "nobody", "--store", "{store}", "--out", "{out}"], 1),
        (["export", "harvest", "--store", "{store}", "--out", "{out}", "--level", "secret"], 2),
        (["export", "harvest", "--store", "{store}", "--out", "{out}", "--key", "{out}/none"], 2),
        (["export", "harvest", "--store", "{store}", "--out", "{out}", "--level", "partner", "--partner", "../x"], 2),
        (["export", "harvest", "--store", "{store}", "--out", "{out}", "--snapshot", "../../etc"], 1),
        (["export", "harvest", "--store", "{out}/none", "--out", "{out}"], 3),
        (["export", "harvest", "--store", "{store}", "--out", "/dev/null/x"], 3),
        (["export", "harvest", "--store", "{store}"], 2),
        (["verify", "{out}/none.zip"], 1),
        (["verify", "{store}", "--public-key", "{out}/none.pub"], 2),
        (["verify", "{store}"], 1),
        (["verify", "/dev/null"], 1),
        (["keygen", "/dev/null/x"], 3),
    ],
)
def test_errors_are_one_line(linkage: Run, small: Desk, tmp_path: Path, arguments: list[str], status: int) -> None:
    one_line(linkage(*[text.format(store=small.store, out=tmp_path) for text in arguments]), status)


def test_a_secret_of_the_environment_or_the_configuration_is_in_no_bundle_and_no_error(tmp_path: Path) -> None:
    """A canary in every variable that the program knows and in every text of the configuration."""
    canary = "hunter2-canary-7f3a"
    made = world()
    store = tmp_path / "store"
    snapshot = made.publish(store)
    manifest = store / "snapshots" / snapshot / "manifest.json"
    told = json.loads(manifest.read_text())
    from linkage.config import Allow, Config, Fingerprints, Risk
    from linkage.store.manifest import digest

    config = Config(
        allow=Allow(identifiers={"payment": [canary], "ip": ["203.0.113.0/24"]}),
        fingerprints=Fingerprints(public_lists=[f"/srv/{canary}/public.txt"]),
        risk=Risk(base=math.log(0.95 / 0.05) - 2),  # the risk of the world's cluster, whose reasons bring two points
    )
    told |= {"config": config.model_dump(mode="json"), "config_sha256": config.digest()}
    told.pop("id")
    name = f"{snapshot[:-8]}{digest(json.dumps(told).encode())[:8]}"
    (store / "snapshots" / snapshot).rename(store / "snapshots" / name)
    (store / "snapshots" / name / "manifest.json").write_text(json.dumps(told | {"id": name}))
    (store / "CURRENT").write_text(name)
    assert canary in (store / "snapshots" / name / "manifest.json").read_text()

    variables = ("NEO4J_PASSWORD", "NEO4J_USER", "LINKAGE_TOKEN", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "HTTPS_PROXY")
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LINKAGE_")}
    environment |= dict.fromkeys(variables, canary)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "linkage", *arguments, "--store", str(store)]
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    for level in ("internal", "partner", "public"):
        done = run("export", "harvest", "--out", str(tmp_path / level), "--level", level)
        assert done.returncode == 0, done.stderr
        assert canary not in done.stdout + done.stderr
        (bundle,) = (tmp_path / level).iterdir()
        for path in files(unzip(bundle, tmp_path / f"{level}-unzipped")):
            assert canary.encode() not in path.read_bytes(), path
    for wrong in (["export", "nobody", "--out", str(tmp_path / "x")], ["export", "harvest", "--out", "/dev/null/x"]):
        done = run(*wrong)
        assert done.returncode != 0
        assert canary not in done.stdout + done.stderr
