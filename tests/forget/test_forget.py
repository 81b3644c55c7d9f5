"""Erasure of an account from a real store: afterwards nothing holds it, and no rebuild brings it back."""

from __future__ import annotations

import csv
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from linkage.access import Action, Identity, Role
from linkage.cases import CaseBook, Status, Verdict
from linkage.errors import Conflict, LockHeld, NotFound
from linkage.forget.forgetting import forget
from linkage.store import Store, list_snapshots, open_snapshot, pin
from linkage.tables import SNAPSHOT
from tests.cases.factory import ADA, ROOT, book
from tests.factory import build

SUBJECT = "acct_to.erase"
#: Begins with the subject's id: must not be taken for it.
NEIGHBOUR = "acct_to.erased2"


def write(folder: Path) -> Path:
    """A ring of eight with the subject in it, whom another account names, among others."""
    folder.mkdir(parents=True)
    ring = [SUBJECT, NEIGHBOUR, *(f"p{n}" for n in range(6))]
    people = [*((account, "ring") for account in ring), *((f"z{n:02}", f"own{n}") for n in range(30))]
    tables = {
        "accounts": [("account_id", "created_at", "email_domain"), *((a, "2026-01-01", f"{a}.example") for a, _ in people)],
        "payments": [("account_id", "payment_id", "seen_at"), *((a, f"card-{w}", "2026-02-01") for a, w in people)],
        "requests": [
            ("account_id", "ts", "ip", "prompt", "output_tokens"),
            *((a, f"2026-02-0{d}T0{d}:00:00", f"10.0.0.{len(w)}", f"please summarise text {d} of {w} for me in ten words", 100)
              for a, w in people for d in (1, 2, 3)),
        ],
        "sightings": [("account_id", "kind", "value"), ("p0", "invited_by", SUBJECT), ("p1", "invited_by", "p2"), (SUBJECT, "device", "d-1"),
                      ("p3", "device", "d-1")],
        "labels": [("account_id", "label"), (SUBJECT, "confirmed_fraud")],
    }  # fmt: skip
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows(rows)
    return folder


@pytest.fixture
def input(tmp_path: Path) -> Path:
    return write(tmp_path / "input")


@pytest.fixture
def built(tmp_path: Path, input: Path) -> Path:
    """Two snapshots that hold the subject."""
    store = tmp_path / "store"
    build(input, store)
    build(input, store)
    return store


@pytest.fixture
def cases(built: Path, url: str | None) -> Iterator[CaseBook]:
    with book(built, url) as opened:
        yield opened


def home(store: Path) -> str:
    with open_snapshot(store) as snapshot:
        return str(snapshot.query("SELECT cluster_id FROM members WHERE account_id = 'p0'")["cluster_id"][0].as_py())


def holders(store: Path, url: str | None, account: str = SUBJECT) -> list[str]:
    """Everything in the store, and in its database, that still holds an account, whatever form it has."""
    found = []
    word = account.encode()
    with duckdb.connect() as con:
        for file in sorted(path for path in store.rglob("*") if path.is_file()):
            if word in file.read_bytes().replace(NEIGHBOUR.encode(), b""):
                found.append(str(file))
            if file.suffix == ".parquet":
                table = con.read_parquet(str(file))
                texts = [name for name, kind in zip(table.columns, table.types, strict=True) if str(kind) == "VARCHAR"]
                found += [
                    f"{file} {name}"
                    for name in texts
                    if con.execute(f'SELECT 1 FROM read_parquet(?) WHERE "{name}" = ?', [str(file), account]).fetchall()
                ]
    if url is not None:
        engine = sa.create_engine(url.replace("postgresql://", "postgresql+pg8000://"))
        with engine.connect() as con:
            for name in sa.inspect(engine).get_table_names():
                for row in con.execute(sa.text(f"SELECT t::text FROM {name} AS t")):
                    if account in row[0].replace(NEIGHBOUR, ""):
                        found.append(f"table {name}")
        engine.dispose()
    return found


def busy(cases: CaseBook, store: Path) -> None:
    """People have written about the subject wherever they can."""
    with open_snapshot(store) as snapshot:
        cluster = home(store)
        cases.set_status(ADA, snapshot, cluster, Status.confirmed, f"{SUBJECT} is the head, {NEIGHBOUR} its friend")
        cases.decide_accounts(ADA, snapshot, cluster, [SUBJECT, "p1"], Verdict.spared, f"not {SUBJECT}!")
        cases.note(ADA, snapshot, cluster, f"see ({SUBJECT})\nand {NEIGHBOUR}")
        cases.tag(ADA, snapshot, cluster, SUBJECT)
        cases.assign(ADA, snapshot, [cluster], SUBJECT)
        cases.split(ADA, snapshot, cluster, [SUBJECT], f"{SUBJECT} is another hand")
        cases.gate.enter(ADA, Action.view, f"account:{SUBJECT}", snapshot.id)
        cases.gate.enter(ADA, Action.view, f"account:{NEIGHBOUR}", snapshot.id, detail={"other": SUBJECT})
        cases.gate.enter(ADA, Action.search, "search", snapshot.id, detail={"text": SUBJECT})
        cases.gate.enter(ADA, Action.export, f"cluster:{cluster}", snapshot.id, "for the lawyer", detail={"file": "b.zip"})
    exports = store / "exports"
    exports.mkdir()
    for name, text in (("holds.zip", f"x {SUBJECT} y"), ("holds-not.zip", f"x {NEIGHBOUR} y")):
        with zipfile.ZipFile(exports / name, "w") as bundle:
            bundle.writestr("data/accounts.jsonl", text)


def test_afterwards_nothing_holds_it(cases: CaseBook, built: Path, url: str | None, input: Path) -> None:
    busy(cases, built)
    (built / "layouts" / list_snapshots(built)[0].id).mkdir(parents=True)
    pin(built, list_snapshots(built)[0].id, "a pin does not hold against erasure")
    assert holders(built, url)
    neighbours = len(holders(built, url, NEIGHBOUR))
    done = forget(built, ROOT, SUBJECT, "request 12", book=cases)
    assert holders(built, url) == []
    assert neighbours and holders(built, url, NEIGHBOUR)
    assert done.left == () and len([one for one in done.removed if one.startswith("snapshot")]) == 2
    assert "bundle holds.zip" in done.removed and (built / "exports" / "holds-not.zip").exists()
    assert [one for one in done.elsewhere if "b.zip" in one] and not [one for one in done.elsewhere if "{" in one]
    [only] = list_snapshots(built)
    assert only.id == done.snapshot and only.current and not (built / "layouts").joinpath("x").exists()
    with open_snapshot(built) as snapshot:
        assert snapshot.verify() == []
        assert snapshot.query("SELECT size FROM clusters WHERE cluster_id = ?", [home(built)])["size"][0].as_py() == 7
    assert cases.gate.log.verify().holds
    for full in (False, True):
        build(input, built, full=full)
        assert holders(built, url) == [] and cases.gate.log.verify().holds
        with open_snapshot(built) as snapshot:
            assert any("erased accounts left out" in notice for notice in snapshot.manifest.notices)
            assert snapshot.query("SELECT count(*) AS n FROM members WHERE account_id = ?", [NEIGHBOUR])["n"][0].as_py() == 1


def test_what_remains_reads_as_before(cases: CaseBook, built: Path) -> None:
    with open_snapshot(built) as snapshot:
        before = {name: snapshot.query(f"SELECT * FROM {name}").to_pylist() for name in SNAPSHOT}
    forget(built, ROOT, SUBJECT, None, book=cases)
    with open_snapshot(built) as snapshot:
        for name in ("accounts", "members", "activity", "models", "sightings"):
            kept = [row for row in before[name] if row["account_id"] != SUBJECT and row.get("value") != SUBJECT]
            assert snapshot.query(f"SELECT * FROM {name}").to_pylist() == kept, name
        for row in snapshot.query("SELECT kind, value, accounts FROM identifiers").to_pylist():
            told = next(one for one in before["identifiers"] if (one["kind"], one["value"]) == (row["kind"], row["value"]))
            held = [
                one
                for one in before["sightings"]
                if (one["kind"], one["value"], one["account_id"]) == (row["kind"], row["value"], SUBJECT)
            ]
            assert row["accounts"] == told["accounts"] - len(held) >= 2
        # the device that the subject shared with one other ties nobody any more
        assert snapshot.query("SELECT * FROM edges WHERE value IN ('d-1', ?)", [SUBJECT]).num_rows == 0
        sums = snapshot.query(
            "SELECT c.size, c.core, c.associates, c.requests, count(*) AS n, count(*) FILTER (WHERE m.role = 'core') AS core_n,"
            " sum(a.requests)::BIGINT AS requests_n FROM clusters AS c JOIN members AS m USING (cluster_id)"
            " JOIN accounts AS a USING (account_id) GROUP BY ALL"
        ).to_pylist()
        for row in sums:
            assert (row["size"], row["core"], row["associates"], row["requests"]) == (
                row["n"], row["core_n"], row["n"] - row["core_n"], row["requests_n"],
            )  # fmt: skip


def test_cases_go_on_without_it(cases: CaseBook, built: Path, input: Path) -> None:
    busy(cases, built)
    cluster = home(built)
    done = forget(built, ROOT, SUBJECT, None, book=cases)
    case = cases.find(cluster)
    assert case is not None and case.decision is not None
    assert case.decision.reason == f"[erased] is the head, {NEIGHBOUR} its friend"
    assert case.tags == () and case.spared == 2
    assert set(cases.verdicts(cluster)) == {done.pseudonym, "p1"}
    [note] = cases.file(case.id).notes
    assert note.text == f"see ([erased])\nand {NEIGHBOUR}"
    with open_snapshot(built) as snapshot:
        changed = cases.changed(case, snapshot)
        assert changed is not None and changed.sentence == ""
    build(input, built)
    after = cases.find(cluster)
    assert after is not None and after.status == Status.confirmed and not after.gone


def test_the_audit_log_says_what_was_done_and_holds(cases: CaseBook, built: Path) -> None:
    busy(cases, built)
    done = forget(built, ROOT, SUBJECT, "request 12", book=cases)
    newest = cases.gate.log.entries(limit=1)[0]
    assert (newest.actor, newest.action, newest.subject, newest.why) == ("root", "erase", done.pseudonym, "request 12")
    assert done.records >= 6
    found = cases.gate.log.verify()
    assert found.holds and found.erased == done.records
    # the same words removed without an erasure that says so is found
    if not cases.database.server:
        with sqlite3.connect(built / "cases.sqlite") as con:
            con.execute("DELETE FROM audit_texts WHERE seq = (SELECT max(seq) FROM audit_texts)")
        assert not cases.gate.log.verify().holds


@pytest.mark.parametrize("how", ["cluster", "account", "decided"])
def test_legal_hold_refuses(cases: CaseBook, built: Path, url: str | None, how: str) -> None:
    cluster = home(built)
    with open_snapshot(built) as snapshot:
        if how == "account":
            cases.hold_account(ROOT, snapshot, SUBJECT, "matter 7")
        else:
            cases.hold(ROOT, snapshot, cluster, "matter 7")
        if how == "decided":
            # the account is elsewhere by now: it was in the cluster when that was decided on
            cases.set_status(ADA, snapshot, cluster, Status.confirmed, "x")
            with cases.database.write() as con:
                con.execute(sa.text("UPDATE cases SET cluster_id = 'elsewhere'"))
    before = holders(built, url)
    with pytest.raises(Conflict, match="matter 7"):
        forget(built, ROOT, SUBJECT, None, book=cases)
    assert holders(built, url)[: len(before)] != [] and len(list_snapshots(built)) == 2 and not (built / "erased").exists()
    newest = cases.gate.log.entries(limit=1)[0]
    assert (newest.action, newest.outcome, newest.why) == ("erase", "denied", "under legal hold: matter 7")
    with open_snapshot(built) as snapshot:
        if how == "account":
            cases.hold_account(ROOT, snapshot, SUBJECT, None)
        elif how == "cluster":
            cases.hold(ROOT, snapshot, cluster, None)
        else:
            return
    forget(built, ROOT, SUBJECT, None, book=cases)
    assert holders(built, url) == []


def test_who_is_not_there_is_not_erased(cases: CaseBook, built: Path) -> None:
    with pytest.raises(NotFound, match="nothing in"):
        forget(built, ROOT, "nosuch", None, book=cases)
    assert not (built / "erased").exists() and len(list_snapshots(built)) == 2


def test_again_is_fine(cases: CaseBook, built: Path) -> None:
    first = forget(built, ROOT, SUBJECT, None, book=cases)
    again = forget(built, ROOT, SUBJECT, None, book=cases)
    assert again.pseudonym == first.pseudonym and again.snapshot == first.snapshot and again.removed == ()


def test_a_snapshot_that_is_being_read_is_left_and_taken_the_next_time(cases: CaseBook, built: Path, url: str | None) -> None:
    old = list_snapshots(built)[0].id
    with open_snapshot(built, old) as reader:
        done = forget(built, ROOT, SUBJECT, None, book=cases)
        assert len(done.left) == 1 and old in done.left[0]
        assert reader.query("SELECT count(*) AS n FROM accounts")["n"][0].as_py() == 38
    done = forget(built, ROOT, SUBJECT, None, book=cases)
    assert done.left == () and holders(built, url) == []


def test_not_while_a_rebuild_is_under_way(cases: CaseBook, built: Path) -> None:
    with Store(built).lock(), pytest.raises(LockHeld):
        forget(built, ROOT, SUBJECT, None, book=cases)


def test_whoever_may_not_erase_does_not(cases: CaseBook, built: Path, url: str | None) -> None:
    from linkage.errors import Denied

    with pytest.raises(Denied):
        forget(built, Identity("eve", Role.approver), SUBJECT, None, book=cases)
    assert len(list_snapshots(built)) == 2
