"""A world is in the input contract, whatever its form, and the same arguments give the same bytes."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet
import pytest

from linkage import tables
from linkage.errors import UsageError
from linkage.simulate import FORMATS, simulate
from tests.simulate.factory import ask, one, world

SMALL = {"accounts": 500, "days": 5}


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_every_table_has_the_columns_of_the_contract_and_required_cells_are_there() -> None:
    folder = world()
    for name in ("accounts", "payments", "labels", "networks", "requests"):
        path = folder / "input" / f"{name}.parquet" if name != "requests" else folder / "input" / "requests"
        table = pyarrow.parquet.read_table(path)
        assert table.column_names == list(tables.INPUT[name])
        assert len(table)
        for column in tables.REQUIRED[name]:
            assert table.column(column).null_count == 0


def test_a_request_file_a_day_and_every_time_inside_its_day() -> None:
    folder = world()
    files = sorted(path.stem for path in (folder / "input" / "requests").iterdir())
    assert len(files) == 12
    wrong = "SELECT count(*) FROM (SELECT ts, parse_filename(filename, true) AS day FROM read_parquet('{}', filename = true))"
    wrong += " WHERE strftime(ts, '%Y-%m-%d') <> day"
    assert one(folder, wrong.format(folder / "input" / "requests" / "*.parquet")) == 0


def test_nobody_is_seen_before_the_account_exists() -> None:
    early = "SELECT count(*) FROM {} JOIN accounts USING (account_id) WHERE {} < created_at - INTERVAL 1 SECOND"
    assert one(world(), early.format("requests", "ts")) == 0
    assert one(world(), early.format("payments", "seen_at")) == 0


def test_truth_names_every_account_once_and_each_has_an_accounts_row() -> None:
    folder = world()
    assert one(folder, "SELECT count(*) - count(DISTINCT account_id) FROM truth") == 0
    assert one(folder, "SELECT count(*) FROM truth") == 2500
    assert one(folder, "SELECT count(*) FROM accounts SEMI JOIN truth USING (account_id)") == 2500
    assert one(folder, "SELECT count(*) FROM accounts") == 2500
    assert ask(folder, "SELECT 1 FROM truth WHERE (actor <> '') <> (kind IN ('campaign', 'ring'))") == []
    assert ask(folder, "SELECT 1 FROM truth WHERE kind <> 'background' AND \"group\" = ''") == []


def test_ids_say_nothing() -> None:
    folder = world()
    assert one(folder, "SELECT count(DISTINCT (length(account_id), account_id[:5])) FROM truth") == 1
    assert one(folder, "SELECT count(DISTINCT (length(payment_id), payment_id[:3])) FROM payments") == 1
    half = "SELECT count_if(place < 1250) / count(*) FROM ({}) WHERE actor <> ''"
    assert 0.4 < one(folder, half.format("SELECT *, row_number() OVER (ORDER BY account_id) AS place FROM truth")) < 0.6


def test_mail_domains_are_domains() -> None:
    domains = [
        domain for (domain,) in ask(world(), "SELECT DISTINCT email_domain FROM accounts WHERE email_domain IS NOT NULL")
    ]
    label = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
    assert [domain for domain in domains if not re.fullmatch(rf"({label}\.)+{label}", domain)] == []
    assert len(domains) > 500


def test_the_same_arguments_give_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    simulate(tmp_path / "a", seed=7, evasion="all", **SMALL)
    code = "import sys; from pathlib import Path; from linkage.simulate import simulate\n"
    code += "simulate(Path(sys.argv[1]), seed=7, evasion='all', accounts=500, days=5)"
    other = {**os.environ, "PYTHONHASHSEED": "77", "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "b")], check=True, env=other)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert digests(tmp_path / "a")["truth.parquet"] != digests(world(accounts=500, seed=3, days=5))["truth.parquet"]


@pytest.mark.parametrize("format", FORMATS)
def test_every_form_holds_the_same_rows(format: str, tmp_path: Path) -> None:
    simulate(tmp_path, seed=3, format=format, **SMALL)
    reference = pyarrow.parquet.read_table(world(accounts=500, seed=3, days=5) / "input" / "payments.parquet")
    path = tmp_path / "input" / f"payments.{format}"
    assert path.is_file()
    if format == "parquet":
        found = pyarrow.parquet.read_table(path).column("payment_id").to_pylist()
    elif format.startswith("csv"):
        found = pyarrow.csv.read_csv(path).column("payment_id").to_pylist()
    else:
        text = gzip.decompress(path.read_bytes()) if format.endswith(".gz") else path.read_bytes()
        found = [json.loads(line)["payment_id"] for line in text.splitlines()]
    assert found == reference.column("payment_id").to_pylist()
    assert len(list((tmp_path / "input" / "requests").glob(f"*.{format}"))) == 5


def test_a_second_run_replaces_the_first_and_nothing_else(tmp_path: Path) -> None:
    simulate(tmp_path, seed=3, format="csv", **SMALL)
    simulate(tmp_path, seed=3, **SMALL)
    assert not list(tmp_path.rglob("*.csv"))
    other = tmp_path / "other"
    (other / "input").mkdir(parents=True)
    (other / "input" / "mine.txt").write_text("keep")
    with pytest.raises(UsageError, match="no simulation wrote it"):
        simulate(other, **SMALL)
    assert (other / "input" / "mine.txt").read_text() == "keep"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"accounts": 10}, "accounts 10"),
        ({"days": 1}, "days 1"),
        ({"seed": -1}, "seed -1"),
        ({"evasion": "rotate+hide"}, "'hide' is no evasion; give none, all, or any of rotate, cards"),
        ({"evasion": ""}, "is no evasion"),
        ({"format": "xlsx"}, "'xlsx' is no format"),
    ],
)
def test_bad_arguments_are_one_plain_line(arguments: dict[str, object], told: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=".*" + told) as caught:
        simulate(tmp_path / "x", **{**SMALL, **arguments})  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "x").exists()
