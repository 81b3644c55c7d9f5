"""Erasure from a store in which a cluster is tied to a banned one before it, and from what is told of unreadable cells."""

from __future__ import annotations

from pathlib import Path

import pytest

from linkage.cases import CaseBook
from linkage.forget.forgetting import forget
from linkage.store import list_snapshots, open_snapshot
from tests.cases.factory import ROOT
from tests.factory import build, folder
from tests.forget.test_forget import SUBJECT, holders
from tests.test_returning import AS_OF, FIRST, SECOND, input, rebuilt, returned


def erase(store: Path, account: str) -> None:
    with CaseBook(store, "") as book:
        forget(store, ROOT, account, None, book=book)
        assert book.gate.log.verify().holds
    assert holders(store, None, account) == []
    with open_snapshot(store) as snapshot:
        assert snapshot.verify() == []


@pytest.mark.parametrize("account", [FIRST[3], SECOND[3]])
def test_a_member_of_either_leaves_no_trace_and_the_tie_stays(account: str) -> None:
    store = rebuilt(input(FIRST), input(SECOND))
    [tie] = returned(store)
    # a page has drawn the ring of either snapshot
    for one, ring in zip(list_snapshots(store), (FIRST, SECOND), strict=True):
        cache = store / "layouts" / one.id
        cache.mkdir(parents=True)
        (cache / "drawn.json").write_text(" ".join(ring))
    erase(store, account)
    assert returned(store) == [tie]
    build(input(SECOND), store, as_of=AS_OF)
    assert holders(store, None, account) == [] and returned(store) == [tie]


def test_all_of_the_new_cluster_takes_its_tie_along() -> None:
    store = rebuilt(input(FIRST[:4]), input(SECOND[:4]))
    assert returned(store)
    for account in SECOND[:4]:
        erase(store, account)
    assert returned(store) == []


def test_what_grows_back_after_a_member_of_the_first_was_erased_is_tied_to_it() -> None:
    store = rebuilt(input(FIRST))
    erase(store, FIRST[3])
    build(input(SECOND), store, as_of=AS_OF)
    assert len(returned(store)) == 1 and holders(store, None, FIRST[3]) == []


def test_an_older_snapshot_that_only_quotes_it_goes_too(tmp_path: Path) -> None:
    """Its id stood in another account's cell that was no time; a longer id that begins with it is another one's."""
    store = tmp_path / "store"
    for cell in (SUBJECT, f"{SUBJECT}d2", "yesterday"):
        rows = [{"account_id": "other", "kind": "device", "value": "d", "seen_at": cell}]
        rows += [{"account_id": f"p{n}", "kind": "device", "value": "d", "seen_at": "2026-01-01"} for n in range(5)]
        if cell == "yesterday":
            rows.append({"account_id": SUBJECT, "kind": "device", "value": "d", "seen_at": "2026-01-01"})
        build(folder(sightings=rows), store)
    first, second, third = (one.id for one in list_snapshots(store))
    with open_snapshot(store, first) as snapshot:
        assert any(SUBJECT in row["reason"] for row in snapshot.query("SELECT reason FROM set_aside").to_pylist())
    erase(store, SUBJECT)
    left = [one.id for one in list_snapshots(store)]
    assert first not in left and third not in left and second in left
