"""last_accounts(): of several rows of one account the last counts, whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linkage.ingest import discover, last_accounts, read
from tests.ingest.factory import AS_OF, Row, write


def last(con: duckdb.DuckDBPyConnection, root: Path) -> Sequence[tuple[str, str | None, str | None]]:
    """account_id, plan and status of every account in a folder."""
    write(root / "sightings.jsonl", [])
    con.execute('CREATE OR REPLACE TEMP TABLE "all" (account_id VARCHAR, created_at TIMESTAMP, email_domain VARCHAR, '
                "country VARCHAR, org_id VARCHAR, plan VARCHAR, status VARCHAR, record BIGINT, ordinal BIGINT)")  # fmt: skip
    # the order in which the rows are handed over says nothing
    for file in reversed(discover(root)):
        if file.table == "accounts":
            read(con, file, as_of=AS_OF, target="part")
            con.execute(f'INSERT INTO "all" SELECT *, {file.ordinal} FROM "part" ORDER BY record DESC')
    last_accounts(con, "all", "last")
    return con.execute('SELECT account_id, plan, status FROM "last"').fetchall()


def test_the_last_row_counts_whole(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write(tmp_path / "accounts" / "1.csv", [{"account_id": "a", "plan": "pro", "status": "active"}])
    write(
        tmp_path / "accounts" / "2.jsonl",
        [{"account_id": "a", "plan": "x"}, {"account_id": "a", "status": "banned"}, {"account_id": "b"}],
    )
    assert last(con, tmp_path) == [("a", None, "banned"), ("b", None, None)]


def test_no_accounts_at_all(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert last(con, tmp_path) == []


ROWS = st.lists(st.fixed_dictionaries({"account_id": st.sampled_from("abc"), "plan": st.sampled_from("xyz")}), max_size=5)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.tuples(ROWS, ROWS))
def test_agrees_with_a_dictionary(con: duckdb.DuckDBPyConnection, tmp_path: Path, parts: tuple[list[Row], list[Row]]) -> None:
    expected: dict[str, str] = {}
    for place, part in enumerate(parts):
        write(tmp_path / "accounts" / f"{place}.parquet", part, ["account_id", "plan"])
        expected |= {row["account_id"]: row["plan"] for row in part}
    assert last(con, tmp_path) == [(account, plan, None) for account, plan in sorted(expected.items())]
