"""Laws over every format: the same rows in, the same rows accepted; partitions, packing and damage."""

from __future__ import annotations

import gzip
import random
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from linkage.errors import InputError
from linkage.ingest import discover, read
from linkage.tables import INPUT
from tests.ingest.factory import AS_OF, FORMATS, Row, accepted, folder, listed, read_one, write

TEXT = st.none() | st.text(
    alphabet=st.characters(codec="utf-8") | st.sampled_from(' ,"\n\r\t\'\0'), max_size=12
)  # fmt: skip
TIMES = st.one_of(
    st.none(),
    st.datetimes(min_value=datetime(2020, 1, 1), max_value=AS_OF + timedelta(days=5)).map(datetime.isoformat),
    st.sampled_from(["2026-01-01T00:00:00Z", "2026-01-01 05:00:00+05:00", "soon", " ", "1767225600"]),
)
ADDRESSES = st.none() | st.ip_addresses().map(str) | st.sampled_from(["::FFFF:1.2.3.4", "1.2.3", "fe80::1%1", "1.02.3.4"])
NUMBERS = st.none() | st.integers(-5, 2_000_000_000)
REQUESTS = st.fixed_dictionaries(
    {
        "account_id": TEXT, "ts": TIMES, "ip": ADDRESSES, "user_agent": TEXT, "prompt": TEXT,
        "input_tokens": NUMBERS, "end_user_id": TEXT,
    }
)  # fmt: skip


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(REQUESTS, min_size=1, max_size=8))
def test_every_format_gives_the_same_rows(con: duckdb.DuckDBPyConnection, tmp_path: Path, rows: list[Row]) -> None:
    seen: dict[str, Any] = {}
    for form in FORMATS:
        root = tmp_path / form
        write(root / f"requests.{form}", rows)
        reading = read_one(con, root, f"requests.{form}")
        kinds = [(row[0], row[1]) for row in con.execute('DESCRIBE "rows"').fetchall()]
        assert kinds == [*INPUT["requests"].items(), ("record", "BIGINT")]
        counts = (reading.rows, reading.set_aside, reading.nulled, reading.max_time)
        seen[form] = (accepted(con), counts, listed(con))
        assert reading.rows == len(rows) == len(seen[form][0]) + reading.set_aside
        assert reading.set_aside + reading.nulled == len(listed(con))
    for form in FORMATS[1:]:
        assert seen[form] == seen["parquet"], form


@settings(
    max_examples=10,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(REQUESTS, min_size=2, max_size=8), st.integers(1, 7), st.sampled_from(FORMATS))
def test_partitions_give_the_rows_of_the_whole(
    con: duckdb.DuckDBPyConnection, tmp_path: Path, rows: list[Row], cut: int, form: str
) -> None:
    columns = list(rows[0])
    with TemporaryDirectory(dir=tmp_path) as name:
        root = Path(name)
        write(root / "whole" / f"requests.{form}", rows, columns)
        read_one(con, root / "whole", f"requests.{form}")
        expected = without_record(accepted(con))
        for day, part in enumerate((rows[:cut], rows[cut:])):
            write(root / "parts" / "requests" / f"{day}.{form}", part, columns)
        found: list[Row] = []
        for file in discover(root / "parts"):
            read(con, file, as_of=AS_OF, target="part")
            found += without_record(accepted(con, "part"))
    assert found == expected


def without_record(rows: list[Row]) -> list[Row]:
    return [{name: value for name, value in row.items() if name != "record"} for row in rows]


@pytest.mark.parametrize("form", FORMATS)
def test_extra_columns_are_named_once(con: duckdb.DuckDBPyConnection, tmp_path: Path, form: str) -> None:
    write(tmp_path / f"payments.{form}", [{"account_id": "a", "payment_id": "p", "z": "1", "y": "2"}])
    reading = read_one(con, tmp_path, f"payments.{form}")
    (notice,) = reading.notices
    assert notice.startswith("payments: columns ignored, as the contract does not know them: ")
    assert set(notice.rpartition(": ")[2].split(", ")) == {"y", "z"}


@pytest.mark.parametrize("form", ["parquet", "csv.gz", "jsonl.gz"])
def test_files_cut_short_are_refused_in_one_plain_line(con: duckdb.DuckDBPyConnection, tmp_path: Path, form: str) -> None:
    rows = [{"account_id": f"a{random.Random(n).random()}", "payment_id": f"p{n}"} for n in range(500)]
    path = write(tmp_path / f"payments.{form}", rows)
    data = path.read_bytes()
    for share in (0.0, 0.3, 0.9, 0.999):
        path.write_bytes(data[: int(len(data) * share)] or b"?")
        with pytest.raises(InputError) as caught:
            read_one(con, tmp_path, path.name)
        assert str(caught.value).startswith(f"payments.{form}: ")
        assert "Error" not in str(caught.value)
        assert len(str(caught.value)) < 160


@pytest.mark.parametrize("form", ["csv.gz", "jsonl.gz"])
def test_what_is_not_packed_is_said_so(con: duckdb.DuckDBPyConnection, tmp_path: Path, form: str) -> None:
    folder(tmp_path, **{f"payments__{form.replace('.', '__')}": b"account_id,payment_id\na,p\n"})
    with pytest.raises(InputError, match=r"not a sound gzip file; write it again, or name it without \.gz"):
        read_one(con, tmp_path, f"payments.{form}")


def test_several_gzip_members_are_one_file(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    packed = gzip.compress(b"account_id,payment_id\na,1\n") + gzip.compress(b"b,2\n")
    read_one(con, folder(tmp_path, payments__csv__gz=packed), "payments.csv.gz")
    assert [row["account_id"] for row in accepted(con)] == ["a", "b"]


def test_a_target_is_replaced_whatever_it_was(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    for form in ("parquet", "csv", "parquet", "jsonl", "jsonl"):
        write(tmp_path / form / f"payments.{form}", [{"account_id": form, "payment_id": "p"}])
        read_one(con, tmp_path / form, f"payments.{form}", target="same")
        assert [row["account_id"] for row in accepted(con, "same")] == [form]


def test_names_of_files_reach_sql_as_data(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    for form in FORMATS:
        name = f"it's [1]*? -- {{a,b}} é.{form}"
        write(tmp_path / form / "payments" / name, [{"account_id": "a", "payment_id": ""}])
        write(tmp_path / form / "payments" / f"it's 1 {form}.{form}", [{"account_id": "b", "payment_id": "q"}])
        reading = read_one(con, tmp_path / form, f"payments/{name}")
        assert (reading.rows, reading.set_aside) == (1, 1)
        assert con.execute("SELECT DISTINCT file FROM set_aside").fetchall() == [(f"payments/{name}",)]


def test_faults_go_to_the_table_that_is_named(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write(tmp_path / "payments.csv", [{"account_id": "a", "payment_id": None}])
    (file,) = discover(tmp_path)
    con.execute('DROP TABLE IF EXISTS "my ""issues"')
    read(con, file, as_of=AS_OF, target="rows", issues='my "issues')
    read(con, file, as_of=AS_OF, target="rows", issues='my "issues')
    assert con.execute('SELECT file, record FROM "my ""issues"').fetchall() == [("payments.csv", 1)] * 2
