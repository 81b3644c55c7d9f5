"""What is dangerous is refused in under 5 seconds and 300 MB, and no name leads out of where it belongs."""

from __future__ import annotations

import json
import os
import random
import re
import stat
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

from linkage.errors import LinkageError, NotFound
from linkage.evidence import Level, exporting, verify
from linkage.evidence.about import About
from linkage.evidence.gather import gather
from linkage.store import open_snapshot
from tests.evidence.factory import Desk, unzip, zip_of
from tests.investigate.factory import world

MOST_SECONDS, MOST_BYTES = 5.0, 300 * 1000**2
_PROGRAM = """
import json, sys, time
from pathlib import Path
from linkage.evidence import verify
verdict = verify(Path(sys.argv[1]))
# not ru_maxrss, which begins with what the parent had when it forked
(peak,) = [int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(json.dumps([verdict.ok, verdict.intact, verdict.sentence, time.process_time(), peak]))
"""


def refused(path: Path) -> str:
    """Check a bundle in a process of its own, bounded in time (of the processor, start included) and memory; the sentence."""
    done = subprocess.run([sys.executable, "-c", _PROGRAM, str(path)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    ok, intact, sentence, seconds, peak = json.loads(done.stdout)
    assert (ok, intact) == (False, False), sentence
    assert seconds < MOST_SECONDS
    assert peak < MOST_BYTES
    return str(sentence)


def bomb(path: Path, size: int, *, zip64: bool = False) -> Path:
    """A zip of a few megabytes with one file of `size` zeros; packed piece by piece."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zipped:
        zipped.writestr("b/bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n")
        zipped.writestr("b/tagmanifest-sha256.txt", "")
        with zipped.open("b/data/zeros", "w", force_zip64=zip64) as file:
            for _ in range(size // 2**24):
                file.write(bytes(2**24))
    return path


def test_a_zip_bomb(tmp_path: Path) -> None:
    assert "would unpack to" in refused(bomb(tmp_path / "bomb.zip", 2**29))


def test_a_zip_bomb_that_tells_its_size_twice(tmp_path: Path) -> None:
    """Sizes as zip64 tells them are of no bundle."""
    assert "refused" in refused(bomb(tmp_path / "bomb.zip", 2**27, zip64=True))
    path = zip_of(tmp_path / "twice.zip", {"bagit.txt": b"x" * 100})
    with zipfile.ZipFile(path, "a") as zipped:
        entry = zipfile.ZipInfo("bundle/data/twice")
        entry.extra = b"\x01\0\x10\0" + (2**40).to_bytes(8, "little") * 2
        zipped.writestr(entry, b"small")
    assert "refused" in refused(path)


def test_a_zip_bomb_that_lies_about_its_size(tmp_path: Path) -> None:
    """Both directories say a hundred bytes; what unpacks is more, and unpacking stops there."""
    path = bomb(tmp_path / "bomb.zip", 2**28)
    content = path.read_bytes()
    path.write_bytes(content.replace((2**28).to_bytes(4, "little"), (100).to_bytes(4, "little")))
    assert content != path.read_bytes()
    assert "not intact" in refused(path)


def test_a_zip_bomb_of_overlapping_files(tmp_path: Path) -> None:
    """Many entries that share one piece of packed data (Fifield 2019), each with a name of the same length."""
    path = zip_of(tmp_path / "bomb.zip", {"bagit.txt": b"", "tagmanifest-sha256.txt": b"", "data/0000": bytes(10**6)})
    with zipfile.ZipFile(path) as zipped:
        entry = zipped.getinfo("bundle/data/0000")
    content = path.read_bytes()
    begin = content.rindex(b"PK\1\2")
    listed = content[begin : content.index(b"PK\5\6")]
    copies = b"".join(listed.replace(b"data/0000", f"data/{n:04}".encode()) for n in range(1, 400))
    end = bytearray(content[content.index(b"PK\5\6") :])
    directory = content.index(b"PK\1\2")
    size = content.index(b"PK\5\6") - directory + len(copies)
    end[8:12] = (402).to_bytes(2, "little") * 2
    end[12:16] = size.to_bytes(4, "little")
    path.write_bytes(content[: content.index(b"PK\5\6")] + copies + bytes(end))
    assert zipfile.ZipFile(path).getinfo("bundle/data/0399").file_size == entry.file_size
    assert "ambiguous" in refused(path)


def test_a_zip_of_very_many_files(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "many.zip", {f"data/{number}": b"" for number in range(20_000)})
    assert "20,000 files" in refused(path)


def test_a_zip_in_which_names_slip_out(tmp_path: Path) -> None:
    assert "leads out" in refused(zip_of(tmp_path / "slip.zip", {"bagit.txt": b"", "../../slipped.txt": b"gotcha"}))
    assert not list(tmp_path.parent.rglob("slipped.txt"))


def test_a_symbolic_link_in_a_zip(tmp_path: Path) -> None:
    path = tmp_path / "link.zip"
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr("b/bagit.txt", "")
        entry = zipfile.ZipInfo("b/data/passwords")
        entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        zipped.writestr(entry, "/etc/passwd")
    assert "symbolic link" in refused(path)


@pytest.mark.parametrize("target", ["/etc/passwd", "/", "report.html", "nowhere"])
def test_a_symbolic_link_in_a_folder(bundle: Path, tmp_path: Path, target: str) -> None:
    folder = unzip(bundle, tmp_path / "u")
    report = folder / "data" / "tables"
    (folder / "data" / "link").symlink_to(target)
    assert "symbolic link" in refused(folder)
    assert report.exists()


def test_a_symbolic_link_for_a_bundle(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "bundle.zip").symlink_to(bundle)
    assert "symbolic link" in refused(tmp_path / "bundle.zip")


def test_a_pipe_and_a_folder_without_end(bundle: Path, tmp_path: Path) -> None:
    folder = unzip(bundle, tmp_path / "u")
    os.mkfifo(folder / "data" / "pipe")
    assert "neither a file nor a folder" in refused(folder)
    (folder / "data" / "pipe").unlink()
    deep = folder / "data" / "/".join("d" * 30)
    deep.mkdir(parents=True)
    (deep / "file").write_text("")
    assert "deeper" in refused(folder)


def test_a_file_of_terabytes_in_a_folder(bundle: Path, tmp_path: Path) -> None:
    folder = unzip(bundle, tmp_path / "u")
    with (folder / "data" / "report.html").open("r+b") as file:
        file.truncate(2**40)
    assert "bytes" in refused(folder)


def test_json_that_nests_without_end_and_lines_without_end(bundle: Path, tmp_path: Path, small: Desk) -> None:
    """Whoever signs such a bundle himself gets no further."""
    from tests.evidence.test_verify import reseal

    for name, content in (("stix.json", b"[" * 10**7), ("bundle.json", b"[" * 10**6), ("tables/links.jsonl", b"x" * 10**7)):
        folder = unzip(bundle, tmp_path / name.replace("/", "-"))
        (folder / "data" / name).write_bytes(content)
        reseal(folder, small.private)
        refused(folder)


def traversals() -> list[str]:
    """200 names that try to lead out, in the ways of several systems."""
    chance = random.Random(5)
    ups = ["..", "../", "..\\", "%2e%2e/", "..%2f", "....//", "..;/", "\u2025/", "．．/", "..\0/", "/..", "./.."]
    ends = ["etc/passwd", "CURRENT", "snapshots", "x.zip", "", "C:\\windows\\win.ini", "~root/.ssh/id", "proc/self/environ"]
    starts = ["", "/", "\\", "file:///", "C1/", "//host/share/", "C:", "harvest/"]
    found = dict.fromkeys(("/", "..", ".", "~", "", "/etc/passwd", "-", "--out", "a/b", "a\\b", "nul", "\n", "$(id)", "`id`"))
    while len(found) < 200:
        found[chance.choice(starts) + chance.choice(ups) * chance.randrange(1, 6) + chance.choice(ends)] = None
    return list(found)


def tree(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_two_hundred_traversals_as_names_of_clusters_snapshots_and_partners(small: Desk, tmp_path: Path) -> None:
    """None is found, none is written, and what there is stays as it is."""
    (tmp_path / "jail" / "out").mkdir(parents=True)
    before, store = tree(tmp_path), tree(small.store)
    with open_snapshot(small.store) as snapshot:
        for name in traversals():
            with pytest.raises(NotFound):
                gather(snapshot, name)
    for number, name in enumerate(traversals()):
        if number % 10 == 0:
            with pytest.raises(NotFound):
                small.export(tmp_path / "jail" / "out", cluster=name)
        with pytest.raises(NotFound):
            small.export(tmp_path / "jail" / "out", snapshot=name)
        with pytest.raises(LinkageError):
            small.export(tmp_path / "jail" / "out", Level.partner, partner=name if name != "nul" else "nul/")
        assert tree(tmp_path) == before, name
    assert {path for path in tree(small.store) if "partners" not in path} == {path for path in store if "partners" not in path}


def test_two_hundred_traversals_as_clusters_that_exist(tmp_path: Path) -> None:
    """A snapshot of hostile make names its clusters so; their bundles lie in the folder asked for all the same."""
    names = [name for name in traversals() if name]
    made = world()
    clusters = made.tables["clusters"]
    template, reasons = clusters[0], [row for row in made.tables["reasons"] if row["cluster_id"] == "harvest"]
    for number, name in enumerate(names):
        clusters.append({**template, "cluster_id": name, "size": 1, "core": 1, "associates": 0, "rank": 10 + number})
        for field in ("requests", "input_tokens", "output_tokens"):
            clusters[-1][field] = 70 * 10 ** ("requests", "input_tokens", "output_tokens").index(field)
        made.tables["reasons"] += [{**row, "cluster_id": name} for row in reasons]
        made.account(f"only-{number}", cluster_id=name, role="core", risk=0.9, flagged=True)
    store, out = tmp_path / "store", tmp_path / "jail" / "out"
    made.publish(store)
    hostile = Desk(store, tmp_path, tmp_path, "harvest")
    with open_snapshot(store) as snapshot:
        for name in names:
            called = exporting._name(About(snapshot.manifest, name, Level.internal, None, None, None))
            assert Path(called).name == called, name
            assert re.fullmatch(r"linkage-[A-Za-z0-9_-]+-internal-[0-9TZa-f-]+", called), name
    for name in names[:: len(names) // 12]:
        done = hostile.export(out, Level.public, cluster=name, key=None)
        assert done.path.parent == out
        assert done.cluster_id == name
        assert verify(done.path).intact
    assert {path.name for path in (tmp_path / "jail").iterdir()} == {"out"}
    assert all(path.suffix == ".zip" for path in out.iterdir())


def test_two_hundred_traversals_as_names_in_a_bundle(tmp_path: Path) -> None:
    for number, name in enumerate(traversals()):
        path = tmp_path / f"{number}.zip"
        with zipfile.ZipFile(path, "w") as zipped:
            zipped.writestr("b/bagit.txt", "x")
            entry = zipfile.ZipInfo("b/x")
            entry.filename = f"b/{name}" if number % 2 else name or "b//"
            zipped.writestr(entry, "planted")
        before = tree(tmp_path)
        verdict = verify(path)
        assert not verdict.intact, name
        assert tree(tmp_path) == before


def test_a_checksum_that_fits_does_not_make_an_entry_true(bundle: Path, small: Desk, tmp_path: Path) -> None:
    """The sum of the zip format is for accidents: an edit that mends it too is found by the digests."""
    with zipfile.ZipFile(bundle) as zipped:
        content = {name.partition("/")[2]: zipped.read(name) for name in zipped.namelist()}
    content["data/report.html"] = content["data/report.html"].replace(b"people decide", b"nobody decides")
    path = zip_of(tmp_path / "mended.zip", content, top=bundle.stem)
    assert zlib.crc32(content["data/report.html"]) == zipfile.ZipFile(path).getinfo(f"{bundle.stem}/data/report.html").CRC
    assert [(problem.file, problem.what) for problem in verify(path, small.public).problems] == [
        ("data/report.html", "changed")
    ]
