from __future__ import annotations

import pytest

from linkage.errors import NotFound, UsageError
from linkage.investigate import explain
from linkage.store import Snapshot


def test_why_an_account_is_in_its_cluster(snapshot: Snapshot) -> None:
    why = explain(snapshot, "a2")
    assert why.sentence == (
        "a2 is a core member of cluster harvest: it shares 2 identifiers that count, of 2 kinds, with other members"
    )
    assert [(path.links[0].kind, path.weight, path.links[0].inside) for path in why.paths] == [
        ("payment", 0.9, 3),
        ("scaffold", 0.8, 2),
    ]
    card = why.paths[0].links[0]
    assert [seen.account_id for seen in card.seen] == ["a2", "a1", "a3"]
    assert (card.seen[0].source.path, card.seen[0].source.record, card.seen[0].n) == ("payments.parquet", 2, 2)
    assert [(link.kind, link.weight, link.note) for link in why.uncounted] == [
        ("user_agent", None, "seen on 11 accounts that share nothing else")
    ]


def test_only_what_the_cluster_shares_speaks_for_it(snapshot: Snapshot) -> None:
    why = explain(snapshot, "a4")
    assert "203.0.113.9" not in [path.links[0].value for path in why.paths]


def test_two_accounts_that_share_identifiers(snapshot: Snapshot) -> None:
    why = explain(snapshot, "b1", "b2")
    assert why.sentence == "b1 and b2 share 3 identifiers that count"
    assert [(path.accounts, path.links[0].kind, path.weight) for path in why.paths] == [
        (("b1", "b2"), "payment", 0.85),
        (("b1", "b2"), "referral", 0.5),
        (("b1", "b2"), "ip", 0.3),
    ]
    assert [seen.account_id for seen in why.paths[0].links[0].seen] == ["b1", "b2"]
    assert [link.kind for link in why.uncounted] == ["user_agent"]


def test_two_accounts_linked_through_a_third(snapshot: Snapshot) -> None:
    why = explain(snapshot, "a1", "a4")
    assert why.sentence == "a1 and a4 share nothing that counts themselves; they are linked through another account"
    assert [(path.accounts, [link.value for link in path.links], path.weight) for path in why.paths] == [
        (("a1", "a2", "a4"), ["card-1", "template-1"], 0.8)
    ]
    assert [[seen.account_id for seen in link.seen] for link in why.paths[0].links] == [["a1", "a2"], ["a2", "a4"]]


def test_a_longer_chain_inside_a_cluster(snapshot: Snapshot) -> None:
    why = explain(snapshot, "a1", "a5")
    assert [path.accounts for path in why.paths] == [("a1", "a2", "a4", "a5")]
    assert why.paths[0].weight == 0.4
    assert "2 accounts in a row" in why.sentence


def test_a_bridge_between_clusters(snapshot: Snapshot) -> None:
    why = explain(snapshot, "b3", "a4")
    assert (why.cluster_id, why.other_cluster_id) == ("ring", "harvest")
    assert [path.links[0].value for path in why.paths] == ["203.0.113.9", "203.0.113.0/24"]


def test_accounts_that_nothing_links(snapshot: Snapshot) -> None:
    why = explain(snapshot, "e1", "a1")
    assert why.paths == ()
    assert "not linked" in why.sentence
    assert [link.kind for link in why.uncounted] == ["user_agent"]
    alone = explain(snapshot, "e1")
    assert alone.cluster_id is None
    assert "in no cluster" in alone.sentence


@pytest.mark.parametrize("pair", [("a1", "b2"), ("a2", "a4"), ("a1", "a5"), ("b1", "b3"), ("e1", "d1")])
def test_a_link_is_the_same_from_both_ends(snapshot: Snapshot, pair: tuple[str, str]) -> None:
    there, back = explain(snapshot, *pair), explain(snapshot, *reversed(pair))
    assert [path.accounts for path in there.paths] == [path.accounts[::-1] for path in back.paths]
    assert [path.weight for path in there.paths] == [path.weight for path in back.paths]


def test_what_cannot_be_explained(snapshot: Snapshot) -> None:
    with pytest.raises(NotFound):
        explain(snapshot, "nobody")
    with pytest.raises(NotFound):
        explain(snapshot, "a1", "nobody")
    with pytest.raises(UsageError, match="one account"):
        explain(snapshot, "a1", "a1")
