from __future__ import annotations

import pytest

from linkage.errors import NotFound
from linkage.investigate import identifier
from linkage.store import Snapshot
from tests.investigate.factory import HOSTILE


def test_holders_flagged_first_and_the_clusters_they_are_in(snapshot: Snapshot) -> None:
    detail = identifier(snapshot, "user_agent", "curl/8", holders=4)
    assert (detail.accounts, detail.counts, detail.note) == (11, False, "seen on 11 accounts that share nothing else")
    assert [holder.account_id for holder in detail.holders] == ["a1", "a2", "a3", "a4"]
    assert [(share.cluster_id, share.accounts, share.size) for share in detail.clusters] == [
        ("harvest", 5, 5),
        ("ring", 3, 3),
        ("office", 2, 2),
    ]
    last = identifier(snapshot, "user_agent", "curl/8").holders[-1]
    assert (last.account_id, last.cluster_id, last.source.record) == ("e1", None, 11)


def test_who_is_named_is_a_holder_without_a_sighting(snapshot: Snapshot) -> None:
    detail = identifier(snapshot, "referral", "b1")
    assert detail.accounts == 3
    named = next(holder for holder in detail.holders if holder.account_id == "b1")
    assert (named.n, named.source.sha256) == (None, None)


def test_an_identifier_of_one_account(snapshot: Snapshot) -> None:
    detail = identifier(snapshot, "ip", "192.0.2.1")
    assert (detail.accounts, detail.note) == (1, "seen on one account only")


def test_hostile_values_are_values(snapshot: Snapshot) -> None:
    assert identifier(snapshot, "device", HOSTILE).accounts == 2
    with pytest.raises(NotFound):
        identifier(snapshot, "device'; DROP TABLE sightings; --", HOSTILE)
