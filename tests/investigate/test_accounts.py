from __future__ import annotations

import pytest

from linkage.errors import NotFound
from linkage.investigate import Source, account
from linkage.store import Snapshot
from tests.investigate.factory import HOSTILE, PAYMENTS


def test_identifiers_with_their_sources(snapshot: Snapshot) -> None:
    detail = account(snapshot, "a2")
    assert detail.cluster is not None
    assert (detail.cluster.cluster_id, detail.role, detail.flagged) == ("harvest", "core", True)
    assert [(i.kind, i.weight, i.accounts, i.inside) for i in detail.identifiers] == [
        ("payment", 0.9, 3, 3),
        ("scaffold", 0.8, 2, 2),
        ("user_agent", None, 11, 5),
    ]
    payment = detail.identifiers[0]
    assert payment.says == "Paid with the same payment method."
    assert payment.seen[0].source == Source(path="payments.parquet", sha256=PAYMENTS.sha256, record=2)
    assert len(detail.days) == len(detail.hours) == 2


def test_an_account_in_no_cluster_with_an_identifier_of_its_own(snapshot: Snapshot) -> None:
    detail = account(snapshot, "e2")
    assert detail.cluster is None
    assert detail.risk is None
    assert [(i.value, i.accounts, i.note) for i in detail.identifiers] == [("192.0.2.1", 1, "seen on one account only")]


def test_a_hostile_name_is_a_name(snapshot: Snapshot) -> None:
    assert account(snapshot, HOSTILE).account_id == HOSTILE


def test_no_such_account(snapshot: Snapshot) -> None:
    with pytest.raises(NotFound, match="no account"):
        account(snapshot, "' OR true --")
