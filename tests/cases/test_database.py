"""The database itself: versions, secrets, servers that are away, stores that may only be read."""

from __future__ import annotations

import os
import pwd
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from linkage.audit import AuditLog
from linkage.cases import CaseBook, Status
from linkage.database import AnyText, Database, Schema
from linkage.errors import ConfigError, Conflict, NotFound, ReadOnlyStore, ServerError, StoreError, UsageError
from linkage.store import open_snapshot
from tests.cases.actors import ROOT as PROJECT
from tests.cases.factory import ADA, FIRST, book, publish
from tests.cases.postgres import RunningPostgres

SECRET = "s3cret-canary"


def test_tables_of_a_newer_program_are_refused(store: Path) -> None:
    with book(store) as cases:
        cases.cases()
    with sqlite3.connect(store / "cases.sqlite") as con:
        con.execute("UPDATE linkage_schema SET version = 99 WHERE name = 'cases'")
    with book(store) as cases, pytest.raises(StoreError, match="newer linkage"):
        cases.cases()


def test_tables_of_an_older_program_are_brought_up_step_by_step(tmp_path: Path) -> None:
    publish(tmp_path / "s", FIRST)

    def metadata(*columns: sa.Column[str]) -> tuple[sa.MetaData, sa.Table]:
        made = sa.MetaData()
        return made, sa.Table("things", made, sa.Column("id", sa.Integer, primary_key=True), *columns)

    first, things = metadata()
    with Database(tmp_path / "s", "") as database:
        database.use(Schema("things", first))
        with database.write() as con:
            con.execute(things.insert().values(id=1))
    second, things = metadata(sa.Column("name", sa.Text))
    steps: dict[int, Callable[[sa.Connection], Any]] = {
        2: lambda con: con.exec_driver_sql("ALTER TABLE things ADD COLUMN name TEXT"),
        3: lambda con: con.exec_driver_sql("UPDATE things SET name = 'old'"),
    }
    for _ in range(2):
        with Database(tmp_path / "s", "") as database:
            database.use(Schema("things", second, 3, steps))
            with database.read() as con:
                assert con.execute(sa.select(things)).all() == [(1, "old")]


def test_a_failed_step_leaves_the_old_version(tmp_path: Path) -> None:
    publish(tmp_path / "s", FIRST)
    metadata = sa.MetaData()
    sa.Table("things", metadata, sa.Column("id", sa.Integer, primary_key=True))
    with Database(tmp_path / "s", "") as database:
        database.use(Schema("things", metadata))
        with database.read():
            pass

    def fails(con: sa.Connection) -> None:
        con.exec_driver_sql("ALTER TABLE things ADD COLUMN name TEXT")
        con.exec_driver_sql("nonsense")

    with Database(tmp_path / "s", "") as database, pytest.raises(StoreError):
        database.use(Schema("things", metadata, 2, {2: fails}))
        with database.read():
            pass
    with sqlite3.connect(tmp_path / "s" / "cases.sqlite") as con:
        assert con.execute("SELECT version FROM linkage_schema WHERE name = 'things'").fetchall() == [(1,)]
        assert [row[1] for row in con.execute("PRAGMA table_info(things)")] == ["id"]


@pytest.mark.parametrize("text", ["sqlite:///x.db", "mysql://u:p@h/d", "nonsense", "http://x", "postgresql+nosuch://h/d"])
def test_an_address_that_is_none_is_one_line(store: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="LINKAGE_DATABASE_URL"), CaseBook(store, text) as cases:
        cases.cases()


def test_a_server_that_is_away_is_said_without_its_password(store: Path) -> None:
    url = f"postgresql://me:{SECRET}@127.0.0.1:1/x"
    with CaseBook(store, url) as cases, pytest.raises(ServerError) as error:
        cases.cases()
    assert SECRET not in str(error.value) and "127.0.0.1" in str(error.value) and "\n" not in str(error.value)


def test_a_wrong_password_is_said_without_it(store: Path, postgres: RunningPostgres) -> None:
    url = postgres.database().replace(postgres.password, SECRET)
    with CaseBook(store, url) as cases, pytest.raises(ServerError) as error:
        cases.cases()
    assert SECRET not in str(error.value) and "authentication" in str(error.value)


def test_a_secret_in_the_environment_goes_nowhere(store: Path) -> None:
    """Neither an address with a password nor anything else of the environment gets into a record, a file or an error."""
    url = f"postgresql://me:{SECRET}@127.0.0.1:1/x"
    environment = {**os.environ, "LINKAGE_DATABASE_URL": url, "LINKAGE_DEBUG": "", "SOME_TOKEN": SECRET}
    for arguments in (["show", "A"], ["case", "A", "--set", "confirmed"], ["cases"], ["audit", "--verify"], ["forget", "a1"]):
        done = subprocess.run(
            [sys.executable, "-m", "linkage", *arguments, "--store", str(store)], cwd=PROJECT, env=environment,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 3 and done.stderr.count("\n") == 1
        assert SECRET not in done.stdout + done.stderr
    for file in store.rglob("*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes()


def test_a_damaged_database_is_one_line(store: Path) -> None:
    (store / "cases.sqlite").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    with CaseBook(store, "") as cases, pytest.raises(StoreError, match=r"cases\.sqlite") as error:
        cases.cases()
    assert "\n" not in str(error.value)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_text_of_any_kind_comes_back_as_it_was(text: str) -> None:
    kind, dialect = AnyText(), sa.create_engine("sqlite://").dialect
    stored = kind.process_bind_param(text, dialect)
    assert stored is not None and "\0" not in stored
    assert kind.process_result_value(stored, dialect) == text


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40))
def test_no_text_gets_out_of_its_place(store: Path, text: str) -> None:
    """Whatever is asked or written: an answer or one of our errors, never another table's rows, never a broken store."""
    with book(store) as cases, open_snapshot(store) as snapshot:
        for question in (cases.find, cases.verdicts, cases.decided, lambda given: cases.cases(assignee=given)):
            assert question(text) in (None, [], {}) or text in FIRST
        assert all(text in case.tags for case in cases.cases(tag=text))
        for deed in (cases.note, cases.tag):
            try:
                deed(ADA, snapshot, "A", text)
            except (UsageError, NotFound, Conflict) as error:
                assert "\n" not in str(error)
            except StoreError as error:
                pytest.fail(str(error))
        cases.gate.log.record(text, "none", "search", text, None, text)
        entries = cases.gate.log.entries(limit=1)
        assert entries[0].actor == text.encode("utf-8", "backslashreplace").decode()
        for other in ("B", "C"):
            assert cases.find(other) is None


@pytest.fixture
def readable() -> Iterator[tuple[Path, dict[str, object]]]:
    """A store that a user without rights may read and not write, and how to be that user."""
    folder = Path(tempfile.mkdtemp(prefix="linkage-readonly-"))
    store = folder / "store"
    publish(store, FIRST)
    be: dict[str, object] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        be = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    folder.chmod(0o755)
    for path in [store, *store.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield store, be
    for path in [store, *store.rglob("*")]:
        path.chmod(0o755)
    shutil.rmtree(folder)


def test_a_store_that_may_only_be_read_can_be_looked_at(readable: tuple[Path, dict[str, object]], tmp_path: Path) -> None:
    store, be = readable
    twin = tmp_path / "twin"
    publish(twin, FIRST)

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        # once with all rights in another store, so that everything is loaded: where Python lives, that user may not look
        program = (
            "import contextlib, io, os, sys\n"
            "from linkage.cli import main\n"
            "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):\n"
            f"    main([*sys.argv[1:], '--store', {str(twin)!r}])\n"
            f"uid, gid = {be.get('user')!r}, {be.get('group')!r}\n"
            "if uid: os.setgroups([]), os.setgid(gid), os.setuid(uid)\n"
            f"main([*sys.argv[1:], '--store', {str(store)!r}])\n"
        )
        return subprocess.run(
            [sys.executable, "-c", program, *arguments, "--actor", "ada"], cwd=PROJECT, capture_output=True,
            text=True, timeout=60, check=False, env={**os.environ, "LINKAGE_DATABASE_URL": ""},
        )  # fmt: skip

    shown = run("show", "A", "--format", "json")
    assert shown.returncode == 0 and '"cluster_id": "A"' in shown.stdout, shown.stderr
    assert shown.stderr.startswith("not recorded in the audit log: ") and shown.stderr.count("\n") == 1
    assert run("clusters").stderr == "" and run("clusters").returncode == 0
    decided = run("case", "A", "--set", "confirmed")
    assert decided.returncode == 3 and decided.stderr.count("\n") == 1 and "may not be" in decided.stderr
    listed = run("cases")
    assert listed.returncode == 3 and listed.stderr.count("\n") == 1


def test_read_only_is_an_error_of_its_own() -> None:
    assert issubclass(ReadOnlyStore, StoreError) and Status.new == "new"
    assert AuditLog(Path("/nonexistent"), "").database.path == Path("/nonexistent/cases.sqlite")
