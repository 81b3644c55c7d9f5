"""What an export writes, and what it leaves alone."""

from __future__ import annotations

import hashlib
import json
import shlex
import stat
import zipfile
from pathlib import Path

import pytest

from linkage.errors import LinkageError, NotFound, StoreError, Unavailable, UsageError
from linkage.evidence import Exported, Level, export, verify
from linkage.evidence.gather import gather
from linkage.store import open_snapshot
from tests import factory as rebuilds
from tests.cli.factory import runner
from tests.evidence.factory import WHY, Desk, payload, read, rows
from tests.investigate.factory import world


@pytest.mark.parametrize("level", Level)
def test_a_bundle_passes_its_check(real: Desk, bundles: dict[Level, Exported], level: Level) -> None:
    verdict = verify(bundles[level].path, real.public)
    assert verdict.ok, verdict.problems
    assert verdict.counts == bundles[level].counts
    assert (verdict.level, verdict.cluster_id, verdict.snapshot_id) == (level, real.cluster, bundles[level].snapshot_id)


@pytest.mark.parametrize("level", Level)
def test_the_same_snapshot_and_cluster_give_the_same_payload(
    real: Desk, bundles: dict[Level, Exported], level: Level, tmp_path: Path
) -> None:
    again = real.export(tmp_path, level, actor="somebody else", why="another reason", key=None)
    assert payload(again.path) == payload(bundles[level].path)
    assert again.payload_sha256 == bundles[level].payload_sha256


def test_an_internal_bundle_holds_all_that_the_issue_names(bundles: dict[Level, Exported]) -> None:
    names = payload(bundles[Level.internal].path).keys()
    tables = {
        f"tables/{name}.{form}"
        for name in ("accounts", "sightings", "links", "reasons")
        for form in ("jsonl", "csv", "parquet")
    }
    wanted = {
        "report.html", "graph.graphml", "stix.json", "ro-crate-metadata.json", "provenance.json", "certificate-draft.html",
        "statement-of-reasons-draft.html",
    }  # fmt: skip
    assert tables | wanted <= names


def test_counts_are_those_of_the_snapshot(real: Desk, bundles: dict[Level, Exported]) -> None:
    with open_snapshot(real.store) as snapshot:
        asked = """
            SELECT size AS accounts, core, associates, requests, input_tokens, output_tokens,
                   (SELECT count(*) FROM edges SEMI JOIN mine USING (account_id)) AS links,
                   (SELECT count(*) FROM sightings SEMI JOIN mine USING (account_id)) AS sightings,
                   (SELECT count(*) FROM reasons WHERE cluster_id = $cluster) AS reasons,
                   (SELECT count(*) FROM mine WHERE flagged) AS flagged
            FROM clusters WHERE cluster_id = $cluster
        """
        with_mine = f"WITH mine AS (SELECT * FROM members WHERE cluster_id = $cluster) {asked}"
        (expected,) = snapshot.query(with_mine, {"cluster": real.cluster}).to_pylist()
    told = bundles[Level.internal].counts
    assert {name: told[name] for name in expected} == expected


def test_every_link_names_its_source(real: Desk, bundles: dict[Level, Exported]) -> None:
    bundle = bundles[Level.internal].path
    sources = {source["sha256"]: source for source in json.loads(read(bundle, "data/provenance.json"))["sources"]}
    links = rows(bundle, "links")
    assert len(links) > 100
    for link in links:
        assert 1 <= link["source_record"] <= sources[link["source_sha256"]]["records"]
        assert link["source_path"] == sources[link["source_sha256"]]["path"]


def test_custody_says_who_what_when_why_and_what_went_in_and_out(bundles: dict[Level, Exported], real: Desk) -> None:
    done = bundles[Level.internal]
    rebuilt, exported = (json.loads(line) for line in read(done.path, "custody.jsonl").splitlines())
    assert (exported["who"], exported["why"]) == ("alex", WHY)
    assert exported["what"] == "exported the cluster, level internal"
    assert exported["hash_out"] == done.payload_sha256 == hashlib.sha256(read(done.path, "manifest-sha256.txt")).hexdigest()
    manifest = (real.store / "snapshots" / done.snapshot_id / "manifest.json").read_bytes()
    assert rebuilt["hash_out"] == exported["hash_in"] == hashlib.sha256(manifest).hexdigest()
    assert rebuilt["time"] < exported["time"]


def test_the_zip_is_for_its_owner_only_and_alone_in_the_folder(small: Desk, tmp_path: Path) -> None:
    done = small.export(tmp_path / "new" / "folder")
    assert list((tmp_path / "new" / "folder").iterdir()) == [done.path]
    assert stat.S_IMODE(done.path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new" / "folder").stat().st_mode) == 0o700
    assert done.sha256 == hashlib.sha256(done.path.read_bytes()).hexdigest()


def test_an_earlier_bundle_is_never_replaced(small: Desk, tmp_path: Path) -> None:
    first, second = small.export(tmp_path), small.export(tmp_path)
    assert first.path != second.path
    assert verify(first.path, small.public).ok
    assert verify(second.path, small.public).ok


def test_the_record_is_written_before_the_bundle_is_there(small: Desk, tmp_path: Path) -> None:
    recorded: list[Exported] = []

    def record(done: Exported) -> None:
        assert list(tmp_path.glob("*.zip")) == []
        recorded.append(done)

    done = small.export(tmp_path, record=record)
    assert recorded == [done]


def test_what_cannot_be_recorded_is_not_handed_out(small: Desk, tmp_path: Path) -> None:
    def refuse(done: Exported) -> None:
        raise StoreError("the audit log is full")

    with pytest.raises(StoreError, match="audit log is full"):
        small.export(tmp_path, record=refuse)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_line(small: Desk, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Unavailable, match="file"):
        small.export(tmp_path / "file")


@pytest.mark.parametrize("cluster", ["", "harvest ", "HARVEST", "nobody"])
def test_a_cluster_that_is_not_there(small: Desk, tmp_path: Path, cluster: str) -> None:
    with pytest.raises(NotFound):
        export(small.store, cluster, out=tmp_path, actor="alex")
    assert list(tmp_path.iterdir()) == []


def test_a_snapshot_that_contradicts_itself_gives_no_evidence(tmp_path: Path) -> None:
    made = world()
    made.tables["clusters"][0]["size"] += 1
    made.publish(tmp_path / "store")
    with pytest.raises(StoreError, match="says 6 accounts and its tables hold 5"):
        export(tmp_path / "store", "harvest", out=tmp_path / "out", actor="alex")


def test_a_risk_that_its_reasons_do_not_give_is_no_evidence(real: Desk, tmp_path: Path) -> None:
    with open_snapshot(real.store) as snapshot:
        assert gather(snapshot, real.cluster).summary.risk > 0.5
        snapshot.manifest.config["risk"]["base"] -= 20
        with pytest.raises(StoreError, match="its reasons add up to"):
            gather(snapshot, real.cluster)


def test_associates_come_to_partners_only_when_asked_for(small: Desk, tmp_path: Path) -> None:
    without, with_them = small.export(tmp_path, Level.partner), small.export(tmp_path, Level.partner, associates=True)
    assert (without.counts["accounts"], without.counts["associates"], without.left_out["associates"]) == (4, 0, 1)
    assert (with_them.counts["accounts"], with_them.counts["associates"]) == (5, 1)
    assert "associates" not in with_them.left_out
    assert small.export(tmp_path).counts["associates"] == 1


def test_there_is_a_campaign_only_once_it_is_attributed(small: Desk, tmp_path: Path) -> None:
    plain, attributed = small.export(tmp_path), small.export(tmp_path, attributed_to="Operation \x1b[2J <b>")
    kinds = [
        [thing for thing in json.loads(read(done.path, "data/stix.json"))["objects"] if thing["type"] == "campaign"]
        for done in (plain, attributed)
    ]
    assert kinds[0] == []
    assert [campaign["name"] for campaign in kinds[1]] == ["Operation \x1b[2J <b>"]
    assert verify(attributed.path, small.public).ok


def test_the_zip_holds_one_folder_of_plain_files(bundle: Path) -> None:
    with zipfile.ZipFile(bundle) as zipped:
        entries = zipped.infolist()
    assert {entry.filename.partition("/")[0] for entry in entries} == {bundle.stem}
    assert {entry.external_attr >> 16 for entry in entries} == {stat.S_IFREG | 0o644}
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)


def test_errors_of_an_export_are_ours(small: Desk, tmp_path: Path) -> None:
    (tmp_path / "no.key").write_text("nothing")
    with pytest.raises(UsageError, match="holds no private key"):
        small.export(tmp_path, key=tmp_path / "no.key")
    with pytest.raises(LinkageError):
        export(tmp_path / "no-store", "harvest", out=tmp_path, actor="alex")


def test_the_commands_of_the_provenance_make_the_same_again(
    bundles: dict[Level, Exported],
    real: Desk,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """From the source files and the bundle alone: the same tables of the snapshot, the same tables of the bundle."""
    bundle = bundles[Level.internal].path
    told = json.loads(read(bundle, "data/provenance.json"))
    (tmp_path / "CONFIG").write_bytes(read(bundle, "data/configuration.toml"))
    (tmp_path / "INPUT").symlink_to(rebuilds.world() / "input")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LINKAGE_STORE", raising=False)
    run = runner(capsys)
    for command in told["again"]["commands"]:
        assert command.startswith("linkage ")
        assert run(*shlex.split(command)[1:]).status == 0
    with open_snapshot(tmp_path / "STORE") as snapshot:
        assert {file.path: file.sha256 for file in snapshot.manifest.outputs} == told["snapshot"]["tables"]
        assert snapshot.manifest.config_sha256 == told["configuration_sha256"]
    (again,) = (tmp_path / "DIR").iterdir()
    before, after = payload(bundle), payload(again)
    assert before.keys() == after.keys()
    assert {name for name in before if name.startswith("tables/")} <= {name for name in before if before[name] == after[name]}
