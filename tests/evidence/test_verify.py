"""The check finds whatever was changed, taken away, added, forged or signed anew, and says where."""

from __future__ import annotations

import json
import random
import shutil
import zipfile
from pathlib import Path

import bagit
import pytest

from linkage.errors import NotFound, UsageError
from linkage.evidence import Signer, bag, make_keys, seal, verify
from linkage.evidence.keys import public_pem, read_private
from tests.evidence.factory import Desk, files, unzip, zip_of

EDITS = 1000


@pytest.fixture
def folder(bundle: Path, tmp_path: Path) -> Path:
    return unzip(bundle, tmp_path / "unzipped")


def reseal(folder: Path, key: Path) -> None:
    """What somebody with a key of his own does to a bundle that he edited."""
    files = (path for path in (folder / "data").rglob("*") if path.is_file())
    payload = bag.of_folder(folder, sorted(path.relative_to(folder).as_posix() for path in files))
    signing = read_private(key)
    info = b"".join(line for line in (folder / "bag-info.txt").read_bytes().splitlines(True) if b"Oxum" not in line)
    tags = {"bag-info.txt": info, "custody.jsonl": (folder / "custody.jsonl").read_bytes()}
    signed = bag.write_tags(folder, payload, tags | {seal.SIGNER: public_pem(signing.public_key())})
    (folder / seal.SIGNATURE).write_bytes(seal.sign(signing, signed))


def test_the_zip_and_the_folder_are_whole(bundle: Path, folder: Path, small: Desk) -> None:
    for path in (bundle, folder):
        verdict = verify(path, small.public)
        assert verdict.ok
        assert verdict.signer is Signer.known
        assert verdict.problems == ()
        assert verdict.counts["accounts"] == 5


def test_every_single_byte_edit_of_a_file_is_found(folder: Path, small: Desk) -> None:
    """1,000 edits, each file by turns and each place by chance; the file is named, or else the seal that covers it."""
    chance = random.Random(7)
    every = [path for path in files(folder) if path.stat().st_size]
    missed = []
    for number in range(EDITS):
        path = every[number % len(every)]
        whole = path.read_bytes()
        place = chance.randrange(len(whole))
        edited = bytearray(whole)
        edited[place] ^= 1 << chance.randrange(8)
        path.write_bytes(edited)
        verdict = verify(folder, small.public)
        name = path.relative_to(folder).as_posix()
        named = {problem.file for problem in verdict.problems}
        if verdict.ok or not named & {name, seal.SIGNED}:
            missed.append((name, place, named))
        path.write_bytes(whole)
    assert missed == []
    assert verify(folder, small.public).ok


def test_every_single_byte_edit_of_the_zip_is_found_or_changes_nothing(bundle: Path, small: Desk, tmp_path: Path) -> None:
    chance = random.Random(8)
    whole = bundle.read_bytes()
    with zipfile.ZipFile(bundle) as zipped:
        content = {name: zipped.read(name) for name in zipped.namelist()}
    edited_path = tmp_path / bundle.name
    passed = 0
    for number in range(EDITS):
        # every other edit in the last tenth, where the directory is
        place = chance.randrange(len(whole)) if number % 2 else chance.randrange(len(whole) * 9 // 10, len(whole))
        edited = bytearray(whole)
        edited[place] ^= 1 << chance.randrange(8)
        edited_path.write_bytes(edited)
        if verify(edited_path, small.public).ok:
            passed += 1
            with zipfile.ZipFile(edited_path) as zipped:
                top = {name.partition("/")[2]: zipped.read(name) for name in zipped.namelist()}
            assert top == {name.partition("/")[2]: data for name, data in content.items()}, place
    assert passed < EDITS


def test_a_missing_file_is_named(folder: Path, small: Desk) -> None:
    for path in files(folder):
        content = path.read_bytes()
        path.unlink()
        verdict = verify(folder, small.public)
        assert not verdict.ok, path
        if path.name not in ("bagit.txt", "tagmanifest-sha256.txt", seal.SIGNATURE):
            name = path.relative_to(folder).as_posix()
            assert (name, "missing") in [(problem.file, problem.what) for problem in verdict.problems]
        path.write_bytes(content)


@pytest.mark.parametrize("name", ["more.txt", "data/more.txt", "data/tables/links.xlsx", "sub/folder/more.txt", ".hidden"])
def test_a_file_that_no_manifest_lists_is_named(folder: Path, small: Desk, name: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("and another thing")
    verdict = verify(folder, small.public)
    assert [(problem.file, problem.what) for problem in verdict.problems] == [(name, "not listed")]
    zipped = zip_of(folder.parent / "again.zip", {p.relative_to(folder).as_posix(): p.read_bytes() for p in files(folder)})
    assert [(problem.file, problem.what) for problem in verify(zipped, small.public).problems] == [(name, "not listed")]


def test_a_bag_that_was_edited_and_saved_again_fails_on_the_signature(folder: Path, small: Desk) -> None:
    report = folder / "data" / "report.html"
    report.write_bytes(report.read_bytes().replace(b"Linked is not guilty", b"Linked is as good as guilty"))
    resaved = bagit.Bag(str(folder))
    resaved.save(manifests=True)
    assert bagit.Bag(str(folder)).is_valid(), "the attack is one that digests alone do not find"
    verdict = verify(folder, small.public)
    assert not verdict.ok
    assert any("signature fails" in problem.what for problem in verdict.problems)


def test_a_bag_that_was_edited_and_signed_anew_is_signed_by_another(folder: Path, small: Desk, tmp_path: Path) -> None:
    other, _ = make_keys(tmp_path / "other")
    (folder / "data" / "more.txt").write_text("planted")
    custody = folder / "custody.jsonl"
    reseal(folder, other)
    # the chain of custody has to be forged as well
    import hashlib

    lines = [json.loads(line) for line in custody.read_bytes().splitlines()]
    lines[-1]["hash_out"] = hashlib.sha256((folder / "manifest-sha256.txt").read_bytes()).hexdigest()
    custody.write_bytes(b"".join(json.dumps(line).encode() + b"\n" for line in lines))
    reseal(folder, other)
    verdict = verify(folder, small.public)
    assert (verdict.ok, verdict.intact, verdict.signer) == (False, True, Signer.other)
    assert "signed by another key" in verdict.sentence
    assert verify(folder).signer is Signer.unknown


def test_without_a_public_key_the_signer_is_unknown(bundle: Path) -> None:
    verdict = verify(bundle)
    assert (verdict.ok, verdict.intact, verdict.signer) == (False, True, Signer.unknown)
    assert verdict.sentence.startswith("intact, signer unknown")


def test_a_bundle_without_a_seal_has_no_known_signer(small: Desk, tmp_path: Path) -> None:
    done = small.export(tmp_path, key=None)
    for key in (None, small.public):
        verdict = verify(done.path, key)
        assert (verdict.ok, verdict.intact, verdict.signer) == (False, True, Signer.none)
        assert verdict.sentence.startswith("intact, signer unknown")


def test_a_seal_that_was_taken_off_is_missed(folder: Path, small: Desk) -> None:
    (folder / seal.SIGNATURE).unlink()
    verdict = verify(folder, small.public)
    assert not verdict.ok
    assert verdict.signer is Signer.none


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("data/bundle.json", b'"accounts": 5', b'"accounts": 6', "says 6 accounts"),
        ("data/bundle.json", b'"points": 2.0', b'"points": 2.5', "add up"),
        ("data/report.html", b'data-count="accounts">5<', b'data-count="accounts">7<', "says 7 accounts"),
        ("data/provenance.json", b'"cited": ', b'"cited": 9', "rows rest on source"),
        ("data/tables/links.jsonl", b'"account_id": "a1"', b'"account_id": "zz"', "an account that is not in accounts"),
        ("data/tables/accounts.csv", b'"a1"', b'"a1"\n"a1"', "rows and not"),
        ("data/graph.graphml", b"<edge ", b"<!-- ", "of edge and not"),
        ("data/stix.json", b'{"type": "user-account"', b'{"type":  "user-account"', "accounts and not"),
    ],
)
def test_counts_that_do_not_come_out_are_found_even_under_the_right_seal(
    folder: Path, small: Desk, name: str, old: bytes, new: bytes, says: str
) -> None:
    """Whoever holds the key cannot tell other counts than the tables hold without being found out."""
    path = folder / name
    content = path.read_bytes()
    assert old in content, "the edit is one"
    path.write_bytes(content.replace(old, new, 1))
    reseal(folder, small.private)
    verdict = verify(folder, small.public)
    assert not verdict.ok
    assert any(says in problem.what for problem in verdict.problems), verdict.problems


def test_a_table_that_lost_a_row_in_one_form_is_found(folder: Path, small: Desk) -> None:
    path = folder / "data" / "tables" / "sightings.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(True)[1:]))
    reseal(folder, small.private)
    problems = {problem.file for problem in verify(folder, small.public).problems}
    assert "data/bundle.json" in problems
    assert "data/tables/sightings.jsonl" in problems


def test_a_bundle_packed_by_another_program_is_as_good(folder: Path, small: Desk, tmp_path: Path) -> None:
    again = Path(shutil.make_archive(str(tmp_path / "again"), "zip", folder.parent))
    assert verify(again, small.public).ok


@pytest.mark.parametrize("content", [b"", b"PK", b"not a zip", b"PK\5\6" + b"\0" * 18, b"\0" * 5000])
def test_what_is_no_bundle_is_not_intact(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "some.zip").write_bytes(content)
    verdict = verify(tmp_path / "some.zip")
    assert (verdict.ok, verdict.intact) == (False, False)


def test_an_empty_folder_is_no_bundle(tmp_path: Path) -> None:
    assert "is no bundle" in verify(tmp_path).sentence


def test_what_is_not_there(tmp_path: Path, small: Desk) -> None:
    with pytest.raises(NotFound, match="no such bundle"):
        verify(tmp_path / "nothing.zip")


def test_a_key_that_is_none(bundle: Path, small: Desk, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="keep this one to yourself"):
        verify(bundle, small.private)
    with pytest.raises(UsageError, match="no-such"):
        verify(bundle, tmp_path / "no-such.pub")
    (tmp_path / "odd.pub").write_bytes(b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")
    with pytest.raises(UsageError, match="holds no Ed25519 public key"):
        verify(bundle, tmp_path / "odd.pub")
