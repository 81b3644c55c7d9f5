from __future__ import annotations

import pytest

from linkage.errors import UsageError
from linkage.store import Snapshot
from linkage.views import neighbours


def test_neighbours_of_an_identifier_are_accounts_wherever_they_are(opened: Snapshot) -> None:
    assert set(neighbours(opened, "harvest", "i/network/203.0.113.0/24")) == {"a/a4", "a/b3", "a/b1"}
    assert set(neighbours(opened, "harvest", "i/network/203.0.113.0/24", among=["elsewhere"])) == {"a/b3", "a/b1"}
    assert neighbours(opened, "harvest", "i/network/203.0.113.0/24", among=["associate"]) == ()


def test_neighbours_of_an_account_are_identifiers_by_kind_and_by_how_connected(opened: Snapshot) -> None:
    assert neighbours(opened, "harvest", "a/a2") == ("i/payment/card-1", "i/scaffold/template-1")
    assert neighbours(opened, "harvest", "a/a2", order="least") == ("i/scaffold/template-1", "i/payment/card-1")
    assert neighbours(opened, "harvest", "a/a2", among=["scaffold"]) == ("i/scaffold/template-1",)


def test_what_is_there_already_is_left_out_and_the_rest_fills_the_limit(opened: Snapshot) -> None:
    assert neighbours(opened, "harvest", "i/payment/card-1", limit=2, without={"a/a1"}) == ("a/a2", "a/a3")
    assert len(neighbours(opened, "harvest", "i/payment/card-1", limit=1)) == 1


def test_what_is_not_there_has_no_neighbours(opened: Snapshot) -> None:
    for node in ("a/nobody", "i/ip/nothing", "g/0", "nonsense", ""):
        assert neighbours(opened, "harvest", node) == ()
    with pytest.raises(UsageError, match="most or least"):
        neighbours(opened, "harvest", "a/a1", order="best")
