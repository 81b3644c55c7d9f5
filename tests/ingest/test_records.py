"""CSV: records keep their numbers whatever stands beside them, and the fast way reads what the slow way reads."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from linkage.errors import InputError
from linkage.ingest import stream
from linkage.ingest.columns import columns, whole_records
from linkage.ingest.records import take_apart
from tests.ingest.factory import accepted, folder, listed, read_one

HEADER = b"account_id,payment_id\n"

#: Text that is made of little but what CSV is made of.
BYTES = st.text(alphabet='a,"\n\r é', max_size=40).map(str.encode)


def payments(con: duckdb.DuckDBPyConnection, root: Path, body: bytes, header: bytes = HEADER) -> list[tuple[str, str]]:
    """The accepted (account_id, payment_id) of a CSV file."""
    read_one(con, folder(root, payments__csv=header + body), "payments.csv")
    return [(row["account_id"], row["payment_id"]) for row in accepted(con)]


@pytest.mark.parametrize(
    ("body", "rows", "faults"),
    [
        (b"a,1\nb,2\n", [("a", "1"), ("b", "2")], []),
        (b"a,1\r\nb,2", [("a", "1"), ("b", "2")], []),
        (b"a,1\rb,2\r", [("a", "1"), ("b", "2")], []),
        (b"\n\na,1\n\nb,2\n\n", [("a", "1"), ("b", "2")], []),
        (b'"a","x\ny"\nb,2\nc\nd,4\n', [("a", "x\ny"), ("b", "2"), ("d", "4")], [(3, "has 1 fields, the header has 2")]),
        (b'"a","x""y"\nb,2,3\nc,"3,3"\n', [("a", 'x"y'), ("c", "3,3")], [(2, "has 3 fields, the header has 2")]),
        (b'a,5" disk\nb,2\n', [("a", '5" disk'), ("b", "2")], []),
        (b'a,"1\nb,2\nc,3\n', [("b", "2"), ("c", "3")], [(1, "is not CSV: a quoted field is never closed")]),
        (b'a,"1"x\nb,2\n', [("b", "2")], [(1, "is not CSV: a quote inside a quoted field is not doubled")]),
        (b'a,"1\nb,2\n"c",3\n', [("b", "2"), ("c", "3")], [(1, "is not CSV: a quote inside a quoted field is not doubled")]),
        (b"a,1\nb\xff,2\nc,3\n", [("a", "1"), ("c", "3")], [(2, "is not UTF-8 text")]),
        (b"a,1\nb\rx,2\nc,3\n", [("a", "1"), ("b\rx", "2"), ("c", "3")], []),
        (b'a,1\nb\rx,"2\r\nc,3\n', [("a", "1"), ("c", "3")], [(2, "is not CSV: a quoted field is never closed")]),
        (b'a,"x\ry"\nb,2\n', [("a", "x\ry"), ("b", "2")], []),
        (b'a,"x\r\ny"\r\nb,2\r\n', [("a", "x\r\ny"), ("b", "2")], []),
        ("\ufeffa,1\n".encode(), [("\ufeffa", "1")], []),
    ],
)  # fmt: skip
def test_records_beside_malformed_ones(
    con: duckdb.DuckDBPyConnection,
    tmp_path: Path,
    body: bytes,
    rows: list[tuple[str, str]],
    faults: list[tuple[int, str]],
) -> None:
    header = HEADER.replace(b"\n", b"\r") if b"\n" not in body else HEADER
    assert payments(con, tmp_path, body, header) == rows
    assert [(record, reason) for record, column, _, reason in listed(con) if column is None] == faults


def test_a_mark_before_the_header_is_no_part_of_it(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert payments(con, tmp_path, b"a,1\n", b"\xef\xbb\xbf" + HEADER) == [("a", "1")]


def test_a_header_alone_is_an_empty_table(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert payments(con, tmp_path, b"") == []
    assert payments(con, tmp_path, b"", HEADER.strip()) == []
    assert payments(con, tmp_path, b"", b'"account_id","payment_id"') == []


def test_record_numbers_go_on_over_blocks(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "BLOCK", 50)
    lines = [f"acct{n},p{n}\n" if n % 7 else f'"acct{n}","multi\nline, ""{n}"""\n' for n in range(1, 200)]
    lines[9], lines[99] = "short\n", 'acct100,"never\n'
    found = payments(con, tmp_path, "".join(lines).encode())
    assert len(found) == 197
    assert [row["record"] for row in accepted(con)] == [n for n in range(1, 200) if n not in {10, 100}]
    assert found[6] == ("acct7", 'multi\nline, "7"')
    assert [row[0] for row in listed(con)] == [10, 100]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty; write the column names"),
        (b"\n\n", "is empty; write the column names"),
        (b"\xff\xfea\0c\0", "is in UTF-16; save it as UTF-8"),
        (b"account_id;payment_id\na;1\n", "required column account_id is missing.*separated by semicolons"),
        (b"account_id\tpayment_id\n", "required column account_id is missing.*separated by tabs"),
        (b"account_id,seen_at\n", "required column payment_id is missing; add it"),
        (b"Account_ID,payment_id\n", "required column account_id is missing; rename 'Account_ID'"),
        (b"account_id,payment_id,x,x\n", "column x is there 2 times; keep one of them"),
        (b"account_id,\xff\n", "its first line is not UTF-8 text"),
        (b"\x1f\x8b\x08", r"is compressed with gzip; name it payments\.csv\.gz"),
    ],
)
def test_files_that_are_no_table(con: duckdb.DuckDBPyConnection, tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=rf"^payments\.csv: .*{words}"):
        payments(con, tmp_path, b"", data)


def test_a_line_without_end_is_refused(con: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "LONGEST_LINE", 1000)
    monkeypatch.setattr(stream, "BLOCK", 100)
    with pytest.raises(InputError, match="a line over"):
        payments(con, tmp_path, b"x" * 5000)


@settings(max_examples=400, deadline=None)
@given(BYTES, st.booleans())
@example(b'"a"\n"', False)
@example(b'a\n"b', True)
@example(b'""\n', True)
@example(b'""""', True)
@example(b'"a""b"\r\n"c"\r\n', True)
@example(b"\r\n", True)
def test_the_fast_way_reads_what_the_slow_way_reads(data: bytes, last: bool) -> None:
    whole = whole_records(data, last)
    if not whole:
        return
    found, rest = take_apart(data[:whole], last=True)
    assert rest == b""
    widths = {len(record) for record in found}
    assert all(not isinstance(record, str) for record in found)
    if len(widths) == 1:
        (width,) = widths
        table = columns(data[:whole], width, range(width))
        assert table is not None
        assert list(zip(*(table[f"c{place}"].to_pylist() for place in range(width)), strict=True)) == list(map(tuple, found))
    else:
        assert not widths or columns(data[:whole], max(widths), range(max(widths))) is None


@settings(max_examples=200, deadline=None)
@given(BYTES, st.integers(0, 40))
def test_text_cut_anywhere_gives_the_same_records(data: bytes, cut: int) -> None:
    whole, _ = take_apart(data, last=True)
    if b"\r" in data or any(isinstance(record, str) for record in whole):
        return  # what ends a line depends on the lines at hand; a malformed record on where its text ends
    cut = data.rfind(b"\n", 0, cut) + 1
    first, rest = take_apart(data[:cut], last=False)
    second, _ = take_apart(rest + data[cut:], last=True)
    assert first + second == whole


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r")), min_size=2, max_size=2)))
def test_what_csv_writes_comes_back(rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    data = text.getvalue().encode()
    assert take_apart(data, last=True)[0] == rows
    assert whole_records(data, True) in (None, len(data))
