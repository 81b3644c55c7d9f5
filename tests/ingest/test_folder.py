"""discover(): what is found, in which order, and what is refused."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from linkage.errors import InputError
from linkage.ingest import discover
from tests.ingest.factory import folder

DATA = b"account_id,payment_id\na,p\n"


def test_files_are_listed_in_the_order_of_their_names(tmp_path: Path) -> None:
    folder(tmp_path, payments__csv=DATA, accounts__jsonl=b"")
    folder(tmp_path / "requests", d2__csv=b"x", d10__parquet=b"y")
    found = discover(tmp_path)
    assert [(file.path, file.table, file.format, file.ordinal) for file in found] == [
        ("accounts.jsonl", "accounts", "jsonl", 0),
        ("payments.csv", "payments", "csv", 1),
        ("requests/d10.parquet", "requests", "parquet", 2),
        ("requests/d2.csv", "requests", "csv", 3),
    ]
    assert found.notices == ()


def test_size_and_digest_are_those_of_the_bytes_on_disk(tmp_path: Path) -> None:
    (file,) = discover(folder(tmp_path, payments__csv__gz=DATA))
    assert file.compressed
    assert (file.size, file.sha256) == (len(DATA), hashlib.sha256(DATA).hexdigest())
    assert file.location == tmp_path / "payments.csv.gz"


def test_partition_folders_may_be_nested_and_skip_what_writers_leave(tmp_path: Path) -> None:
    folder(tmp_path / "requests" / "date=2026-01-01", part__parquet=b"1")
    folder(tmp_path / "requests" / "date=2026-01-02", part__parquet=b"2")
    (tmp_path / "requests" / "_SUCCESS").touch()
    (tmp_path / "requests" / ".part.crc").touch()
    found = discover(tmp_path)
    assert [file.path for file in found] == [
        "requests/date=2026-01-01/part.parquet",
        "requests/date=2026-01-02/part.parquet",
    ]
    assert len(found.notices) == 2


def test_other_entries_are_ignored_in_one_line(tmp_path: Path) -> None:
    folder(tmp_path, payments__csv=DATA, README__md=b"", requests__json=b"", extra__csv=b"")
    (tmp_path / "more").mkdir()
    (notice,) = discover(tmp_path).notices
    assert "README.md, extra.csv, more, requests.json" in notice


def test_two_files_of_the_same_bytes_are_noticed(tmp_path: Path) -> None:
    folder(tmp_path / "payments", a__csv=DATA, b__csv=DATA)
    (notice,) = discover(tmp_path).notices
    assert notice == "payments/b.csv: the same bytes as payments/a.csv; both are counted"


def test_an_empty_table_folder_is_no_evidence(tmp_path: Path) -> None:
    (tmp_path / "payments").mkdir()
    with pytest.raises(InputError, match="no table of evidence"):
        discover(tmp_path)


@pytest.mark.parametrize("names", [("payments.csv", "payments.parquet"), ("payments.csv", "payments/a.csv")])
def test_one_table_given_twice_is_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(DATA)
    with pytest.raises(InputError, match="table payments is given twice"):
        discover(tmp_path)


def test_one_partition_in_two_formats_is_refused(tmp_path: Path) -> None:
    folder(tmp_path / "payments", d1__csv=DATA, d1__jsonl=b"")
    with pytest.raises(InputError, match="payments/d1 is given twice"):
        discover(tmp_path)


def test_a_file_that_is_no_table_in_a_table_folder_is_refused(tmp_path: Path) -> None:
    folder(tmp_path / "payments", a__csv=DATA, notes__txt=b"")
    with pytest.raises(InputError, match=r"payments/notes\.txt: not a table"):
        discover(tmp_path)


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        discover(tmp_path / "away")
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="is not a folder"):
        discover(tmp_path / "file")
    with pytest.raises(InputError, match="no table of evidence"):
        discover(folder(tmp_path / "some", accounts__csv=b"account_id\na\n"))


def test_links_may_not_leave_the_folder(tmp_path: Path) -> None:
    outside = folder(tmp_path / "outside", secret__csv=DATA)
    inside = folder(tmp_path / "inside", sightings__csv=DATA)
    (inside / "payments.csv").symlink_to(outside / "secret.csv")
    with pytest.raises(InputError, match="leaves the input folder"):
        discover(inside)
    (inside / "payments.csv").unlink()
    (inside / "payments").symlink_to(outside)
    with pytest.raises(InputError, match="leaves the input folder"):
        discover(inside)
    (inside / "payments").unlink()
    (inside / "payments.csv").symlink_to(inside / "nothing.csv")
    with pytest.raises(InputError, match="leads nowhere"):
        discover(inside)


def test_links_within_the_folder_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    folder(tmp_path / ".v1", a__csv=DATA)
    (tmp_path / "payments").symlink_to(tmp_path / ".v1")
    assert [file.path for file in discover(tmp_path)] == ["payments/a.csv"]
    (tmp_path / ".v1" / "again").symlink_to(tmp_path / ".v1")
    with pytest.raises(InputError, match="links back"):
        discover(tmp_path)


def test_what_is_no_regular_file_is_refused_without_opening_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "payments.csv")
    with pytest.raises(InputError, match="not a regular file"):
        discover(tmp_path)


def test_names_that_would_rewrite_a_terminal_are_escaped(tmp_path: Path) -> None:
    folder(tmp_path / "payments", a__csv=DATA)
    (tmp_path / "payments" / "b\x1b[2J.csv").write_bytes(DATA)
    with pytest.raises(InputError, match=r"payments/b\\x1b\[2J\.csv: a file name with control characters") as caught:
        discover(tmp_path)
    assert "\x1b" not in str(caught.value)
