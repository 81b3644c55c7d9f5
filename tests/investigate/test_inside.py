from __future__ import annotations

import gc
from pathlib import Path

from linkage.investigate import account, shared_identifiers
from linkage.investigate.inside import _MOST, _kept, inside
from linkage.store import Snapshot, open_snapshot
from tests.investigate.factory import world


def test_counts_are_those_of_two_or_more_members_and_an_account_says_one_of_its_own(snapshot: Snapshot) -> None:
    counts = inside(snapshot, "harvest").counts
    assert counts["user_agent", "curl/8"] == 5
    assert min(counts.values()) == 2
    links = {(link.kind, link.value): link.inside for link in account(snapshot, "a1").identifiers}
    assert links == {key: counts.get(key, 1) for key in links}
    assert [(item.kind, item.value) for item in shared_identifiers(snapshot, "harvest", limit=3)] == list(counts)[:3]


def test_a_cluster_is_read_once_and_few_are_kept(tmp_path: Path) -> None:
    world().publish(tmp_path / "store")
    with open_snapshot(tmp_path / "store") as opened:
        assert inside(opened, "harvest") is inside(opened, "harvest")
        for number in range(_MOST + 3):
            inside(opened, f"none-{number}")
        assert len(_kept[opened]) == _MOST


def test_what_was_read_goes_with_its_snapshot(tmp_path: Path) -> None:
    world().publish(tmp_path / "store")
    gc.collect()
    before = len(_kept)
    opened = open_snapshot(tmp_path / "store")
    inside(opened, "harvest")
    assert len(_kept) == before + 1
    opened.close()
    del opened
    gc.collect()
    assert len(_kept) == before
