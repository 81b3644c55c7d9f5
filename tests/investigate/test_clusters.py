from __future__ import annotations

from datetime import date

import pytest

from linkage.errors import NotFound
from linkage.investigate import cluster, cluster_members, shared_identifiers
from linkage.store import Snapshot


def test_identifiers_are_those_two_members_share_strongest_first(snapshot: Snapshot) -> None:
    detail = cluster(snapshot, "harvest")
    assert [(i.kind, i.value, i.inside, i.everywhere, i.counts) for i in detail.identifiers] == [
        ("payment", "card-1", 3, 3, True),
        ("scaffold", "template-1", 2, 2, True),
        ("ip", "198.51.100.7", 2, 2, True),
        ("user_agent", "curl/8", 5, 11, False),
    ]
    assert detail.identifiers[1].description == "a constant head of 120 characters"
    assert detail.identifiers[3].note == "seen on 11 accounts that share nothing else"


def test_a_named_account_holds_its_own_name(snapshot: Snapshot) -> None:
    referral = next(i for i in shared_identifiers(snapshot, "ring") if i.kind == "referral")
    assert (referral.value, referral.inside) == ("b1", 3)


def test_members_core_first_then_risk_then_name(snapshot: Snapshot) -> None:
    members = cluster_members(snapshot, "harvest")
    assert [(m.account_id, m.role, m.flagged) for m in members] == [
        ("a1", "core", True),
        ("a2", "core", True),
        ("a3", "core", True),
        ("a4", "core", True),
        ("a5", "associate", False),
    ]
    assert (members[0].requests, members[0].output_tokens, members[0].email_domain) == (70, 7000, "mail.example")
    assert cluster_members(snapshot, "harvest", limit=2, offset=3) == members[3:5]


def test_activity_models_and_lineage(snapshot: Snapshot) -> None:
    detail = cluster(snapshot, "ring")
    assert [(d.day, d.requests, d.accounts) for d in detail.days] == [(date(2026, 3, 1), 105, 3), (date(2026, 3, 2), 105, 3)]
    # 2026-03-01 is a Sunday
    assert [(h.weekday, h.hour, h.requests) for h in detail.hours] == [(0, 2, 105), (6, 0, 105)]
    assert [(m.model, m.accounts, m.requests) for m in detail.models] == [("m-1", 3, 210)]
    assert [(line.event, line.joined) for line in detail.lineage] == [("grown", 1)]


def test_no_such_cluster(snapshot: Snapshot) -> None:
    with pytest.raises(NotFound, match="no cluster 'nothing'"):
        cluster(snapshot, "nothing")
