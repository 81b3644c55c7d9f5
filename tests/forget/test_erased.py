"""The list of the erased, and the engine's own HMAC against Python's."""

from __future__ import annotations

import hmac
from hashlib import sha256
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linkage.errors import StoreError
from linkage.forget import Erased, hide_erased, install
from linkage.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Path:
    with Store(tmp_path / "store").lock():
        pass
    return tmp_path / "store"


def test_who_was_erased_is_known_and_not_told(store: Path) -> None:
    erased = Erased(store)
    assert erased.digests() == [] and not erased.holds("u1")
    digest = erased.add("u1")
    assert erased.add("u1") == digest and erased.add("u2") != digest
    assert erased.holds("u1") and not erased.holds("u3") and len(erased.digests()) == 2
    for file in (store / "erased").iterdir():
        assert file.stat().st_mode & 0o777 == 0o600 and b"u1" not in file.read_bytes()
    assert sha256(b"u1").hexdigest() not in (store / "erased" / "accounts").read_text()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_the_engine_computes_the_same_digest(store: Path, account: str) -> None:
    erased = Erased(store)
    erased.add("somebody")
    with duckdb.connect(config={"threads": 1}) as con:
        install(con, store)
        (found,) = con.execute("SELECT keyed_digest(?)", [account]).fetchone() or (None,)
    assert found == erased.digest(account) == hmac.new(erased.key(), account.encode(), sha256).hexdigest()


def test_rows_of_the_erased_are_hidden(store: Path) -> None:
    with duckdb.connect(config={"threads": 1}) as con:
        con.execute("CREATE TABLE t AS SELECT * FROM (VALUES ('u1', 'x'), ('u2', 'u1'), ('u3', 'y')) AS t(account_id, value)")
        install(con, store)
        assert hide_erased(con, "t", "seen") == 0 and len(con.execute("FROM seen").fetchall()) == 3
        Erased(store).add("u1")
        install(con, store)
        assert hide_erased(con, "t", "seen") == 1
        assert con.execute("FROM seen ORDER BY 1").fetchall() == [("u2", "u1"), ("u3", "y")]
        assert hide_erased(con, "t", "seen", ("account_id", "value")) == 2
        assert con.execute("FROM seen").fetchall() == [("u3", "y")]
        assert hide_erased(con, "t", "seen", ()) == 0


@pytest.mark.parametrize(("name", "content"), [("accounts", "nonsense\n"), ("key", "short\n"), ("key", None)])
def test_a_damaged_list_stops_a_rebuild_rather_than_letting_them_back_in(store: Path, name: str, content: str | None) -> None:
    erased = Erased(store)
    erased.add("u1")
    file = store / "erased" / name
    if content is None:
        file.unlink()
    else:
        file.write_text(content)
    with duckdb.connect(config={"threads": 1}) as con, pytest.raises(StoreError, match="erased accounts come back"):
        install(con, store)
    with pytest.raises(StoreError):
        erased.add("u2")
