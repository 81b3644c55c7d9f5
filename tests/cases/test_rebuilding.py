"""What people did by hand, through real rebuilds: it takes effect, lasts while clusters grow, and goes when it is undone."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from linkage.cases import CaseBook, Status
from linkage.cases.rebuilding import for_rebuild
from linkage.errors import ServerError
from linkage.store import open_snapshot
from tests.cases.factory import ADA, book
from tests.factory import build, digests

#: Rings by the card and the address that all of each share.
RINGS = {"p": 8, "q": 8, "r": 6}


def write(folder: Path, rings: dict[str, int], *, labels: Sequence[tuple[str, str]] = ()) -> Path:
    """An input in which ring p has accounts p0, p1, ..., among others who share nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    people = [(ring, f"{ring}{n}") for ring, size in rings.items() for n in range(size)]
    people += [(f"own{n}", f"z{n:03}") for n in range(200)]
    tables = {
        "payments": [("account_id", "payment_id", "seen_at"), *((a, f"card-{ring}", "2026-02-01") for ring, a in people)],
        "requests": [
            ("account_id", "ts", "ip", "output_tokens"),
            *((a, f"2026-02-0{day}T0{day}:00:00", f"10.{sum(map(ord, ring))}.0.{len(ring)}", 100) for ring, a in people for day in (1, 2, 3)),
        ],
        "labels": [("account_id", "label"), *labels],
    }  # fmt: skip
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows(rows)
    return folder


def clusters(store: Path) -> dict[str, set[str]]:
    """Accounts of each cluster."""
    found: dict[str, set[str]] = {}
    with open_snapshot(store) as snapshot:
        for row in snapshot.query("SELECT cluster_id, account_id FROM members").to_pylist():
            found.setdefault(row["cluster_id"], set()).add(row["account_id"])
    return found


def of(store: Path, account: str) -> str | None:
    """The cluster that an account is in."""
    return next((name for name, accounts in clusters(store).items() if account in accounts), None)


@pytest.fixture
def input(tmp_path: Path) -> Path:
    return write(tmp_path / "input", RINGS)


@pytest.fixture
def built(tmp_path: Path, input: Path) -> Path:
    store = tmp_path / "store"
    build(input, store)
    assert sorted(map(len, clusters(store).values())) == [6, 8, 8]
    return store


@pytest.fixture
def people(built: Path, url: str | None) -> Iterator[CaseBook]:
    with book(built, url) as opened:
        yield opened


def test_a_merge_lasts_while_its_parts_grow_and_goes_when_undone(people: CaseBook, built: Path, input: Path) -> None:
    p, q = of(built, "p0"), of(built, "q0")
    assert p and q and p != q
    with open_snapshot(built) as snapshot:
        people.set_status(ADA, snapshot, q, Status.confirmed, "x")
        people.merge(ADA, snapshot, p, [q], "one hand")
    assert [edit.state for edit in people.edits()] == ["waiting for the next rebuild"]
    for growth in (0, 4, 12):
        write(input, {**RINGS, "p": 8 + growth, "q": 8 + growth})
        build(input, built)
        one = of(built, "p0")
        assert one and clusters(built)[one] == {f"{ring}{n}" for ring in "pq" for n in range(8 + growth)}
        assert [edit.state for edit in people.edits()] == ["applied"]
    build(input, built, full=True)
    assert of(built, "p0") == of(built, "q0")
    with open_snapshot(built) as snapshot:
        mine = people.find(one)
        assert mine is not None
        people.undo(ADA, snapshot, one)
    build(input, built)
    assert of(built, "p0") != of(built, "q0") and people.edits() == []
    # the case that was absorbed is its cluster's again
    back = people.find(of(built, "q0") or "")
    assert back is not None and back.status == Status.confirmed


def test_a_split_lasts_while_both_sides_grow_and_goes_when_undone(people: CaseBook, built: Path, input: Path) -> None:
    p = of(built, "p0")
    assert p
    off = [f"p{n}" for n in range(4)]
    with open_snapshot(built) as snapshot:
        people.split(ADA, snapshot, p, off, "two hands")
    for growth in (0, 1, 3):
        write(input, {**RINGS, "p": 8 + growth})
        build(input, built)
        mine, other = of(built, "p0"), of(built, "p7")
        assert mine and other and mine != other
        assert set(off) <= clusters(built)[mine] and {f"p{n}" for n in range(4, 8)} <= clusters(built)[other]
        assert [edit.state for edit in people.edits()] == ["applied"]
    build(input, built, full=True)
    assert of(built, "p0") != of(built, "p7")
    with open_snapshot(built) as snapshot:
        home = people.get(people.edits()[0].case_id).cluster_id
        event = next(one for one in people.file(people.edits()[0].case_id).history if one.kind == "split")
        people.undo(ADA, snapshot, home, event.id)
    build(input, built)
    assert of(built, "p0") == of(built, "p7")


def test_one_account_split_off_stays_out(people: CaseBook, built: Path, input: Path) -> None:
    p = of(built, "p0")
    assert p
    with open_snapshot(built) as snapshot:
        people.split(ADA, snapshot, p, ["p3"], "an honest neighbour")
    for _ in range(2):
        build(input, built)
        assert of(built, "p3") is None and of(built, "p0") == p and len(clusters(built)[p]) == 7


def test_a_decision_is_a_label_of_what_its_accounts_are_in_later_not_of_its_own_cluster(
    people: CaseBook, built: Path, input: Path
) -> None:
    p, r = of(built, "p0"), of(built, "r0")
    assert p and r
    with open_snapshot(built) as snapshot:
        before = snapshot.query("SELECT cluster_id, risk FROM clusters ORDER BY 1").to_pylist()
        people.set_status(ADA, snapshot, p, Status.confirmed, "x")
        people.set_status(ADA, snapshot, r, Status.dismissed, "y")
    build(input, built)
    with open_snapshot(built) as snapshot:
        assert snapshot.query("SELECT cluster_id, risk FROM clusters ORDER BY 1").to_pylist() == before
    write(input, {**RINGS, "q": 20})
    build(input, built)
    with open_snapshot(built) as snapshot:
        # now p's accounts come under the hand of q, which is the larger and keeps its name
        q = of(built, "q0")
        assert q
        people.merge(ADA, snapshot, q, [p], "one hand")
    build(input, built)
    with open_snapshot(built) as snapshot:
        reasons = snapshot.query(
            "SELECT code, figure FROM reasons WHERE cluster_id = ? AND code = 'fraud_labels'", [q]
        ).to_pylist()
        assert [round(row["figure"], 3) for row in reasons] == [round(8 / 28, 3)]
        assert snapshot.query("SELECT * FROM accounts WHERE label IS NOT NULL").num_rows == 0


def test_the_same_decisions_give_the_same_bytes(people: CaseBook, built: Path, input: Path, tmp_path: Path) -> None:
    import shutil

    with open_snapshot(built) as snapshot:
        people.merge(ADA, snapshot, of(built, "p0") or "", [of(built, "q0") or ""], "x")
        people.split(ADA, snapshot, of(built, "r0") or "", ["r1", "r2"], "x")
    if people.database.server:
        build(input, built)
        assert of(built, "p0") == of(built, "q0")
        return
    shutil.copytree(built, tmp_path / "twin")
    build(input, built, threads=1)
    build(input, tmp_path / "twin", threads=2)
    assert digests(built) == digests(tmp_path / "twin")


def test_a_store_nobody_decided_in_gets_no_database(tmp_path: Path, input: Path) -> None:
    build(input, tmp_path / "fresh")
    assert not list((tmp_path / "fresh").glob("cases.sqlite*")) and not (tmp_path / "fresh" / "audit").exists()
    people = for_rebuild(tmp_path / "fresh", None)
    assert people.edits.num_rows == people.decided.num_rows == 0


def test_a_rebuild_does_not_go_on_without_what_people_decided(
    built: Path, input: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_snapshot(built) as snapshot:
        before = snapshot.id
    monkeypatch.setenv("LINKAGE_DATABASE_URL", "postgresql://me:s3cret@127.0.0.1:1/x")
    with pytest.raises(ServerError) as error:
        build(input, built)
    assert "s3cret" not in str(error.value) and "127.0.0.1" in str(error.value)
    with open_snapshot(built) as snapshot:
        assert snapshot.id == before
