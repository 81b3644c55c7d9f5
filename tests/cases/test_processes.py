"""Several processes on one database, SQLite and PostgreSQL: nothing is lost, nothing is held twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from linkage.audit import AuditLog
from linkage.cases import CaseBook
from tests.cases.actors import start, together
from tests.cases.factory import publish


def test_no_case_is_handed_out_twice(tmp_path: Path, url: str | None) -> None:
    clusters = {f"K{n:02}": [f"k{n}-{m}" for m in range(3)] for n in range(24)}
    publish(tmp_path / "store", clusters)
    taken = together([start("review", tmp_path / "store", name, url=url) for name in ("ada", "bob", "cid", "dot")])
    everything = [cluster for one in taken for cluster in one]
    assert sorted(everything) == sorted(clusters)
    with CaseBook(tmp_path / "store", url) as book:
        holders = {case.cluster_id: case.lease.holder for case in book.cases() if case.lease is not None}
        assert book.gate.log.verify().holds
    assert holders == {cluster: name for name, one in zip(("ada", "bob", "cid", "dot"), taken, strict=True) for cluster in one}


def test_no_deed_is_lost(store: Path, url: str | None) -> None:
    together([start("tag", store, name, "12", url=url) for name in ("ada", "bob", "cid")])
    with CaseBook(store, url) as book:
        case = book.find("A")
        assert case is not None
        assert set(case.tags) == {f"{name}-{n}" for name in ("ada", "bob", "cid") for n in range(12)}
        # one for opening the case, one for each tag
        assert case.revision == 1 + 36
        assert len(book.file(case.id).history) == 1 + 36
        assert len(book.gate.log.entries()) == 36
        assert book.gate.log.verify().holds


def test_of_two_changes_of_one_revision_one_wins(store: Path, url: str | None) -> None:
    won = together([start("contend", store, name, "8", url=url) for name in ("ada", "bob")])
    revisions = [revision for one in won for revision in one]
    assert len(set(revisions)) == len(revisions) == 16


@pytest.mark.parametrize("count", [25])
def test_the_chain_of_the_audit_log_does_not_fork(store: Path, url: str | None, count: int) -> None:
    numbers = together([start("log", store, name, str(count), url=url) for name in ("ada", "bob", "cid")])
    assert sorted(int(number) for one in numbers for number in one) == list(range(1, 3 * count + 1))
    with AuditLog(store, url) as log:
        found = log.verify()
        assert found.faults == () and found.records == 3 * count
        assert found.checkpoint is not None and found.checkpoint.length == 3 * count
