"""Who belongs to a cluster, and who is at its core."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest

from linkage.clusters import assemble
from linkage.config import Clusters, Config
from tests.clusters.factory import crowd, engine, found, ring, rows

CONFIG = Config(clusters=Clusters(minimum_size=3, core_link=0.2, core_weight=0.5, core_attachment=0.5))


@dataclass(frozen=True)
class Link:
    """A link of the weighted graph: to an identifier of a family, with a weight, corroborated by so many others."""

    account: str
    family: str
    identifier: str
    weight: float
    others: int = 0
    once: datetime | None = None
    sole: datetime | None = None
    steady: float | None = None


def community(
    links: list[Link], *, apart: frozenset[str] = frozenset(), scarce: frozenset[str] = frozenset(), config: Config = CONFIG
) -> dict[str, tuple[bool, float]]:
    """Core and attachment of each member, when all are one community but the identifiers named in `apart`, `scarce` in scarce use."""
    con = engine()
    accounts = sorted({link.account for link in links})
    identifiers = sorted({(link.identifier, link.family) for link in links})
    families = sorted({link.family for link in links})
    tables = {
        "graph_accounts": {
            "aid": pa.array(range(len(accounts)), pa.int32()),
            "account_id": accounts,
            "requests": pa.array([account in scarce for account in accounts], pa.bool_()).cast(pa.int64()),
        },
        "graph_identifiers": {
            "iid": pa.array(range(len(identifiers)), pa.int32()),
            "kind": [family for _, family in identifiers],
            "value": [name for name, _ in identifiers],
            "family_id": pa.array([families.index(family) for _, family in identifiers], pa.int32()),
        },
        "graph_edges": {
            "aid": pa.array([accounts.index(link.account) for link in links], pa.int32()),
            "iid": pa.array([identifiers.index((link.identifier, link.family)) for link in links], pa.int32()),
            "weight": pa.array([round(link.weight * 1e6) for link in links], pa.int64()),
            "steady": pa.array(
                [round((link.weight if link.steady is None else link.steady) * 1e6) for link in links], pa.int64()
            ),
            "corroboration": pa.array([0 for _ in links], pa.int64()),
            "families": pa.array([link.others for link in links], pa.int32()),
        },
    }
    tables["graph_incidences"] = {
        **{column: tables["graph_edges"][column] for column in ("aid", "iid")},
        "once": pa.array([link.once for link in links], pa.timestamp("us")),
        "sole": pa.array([link.sole for link in links], pa.timestamp("us")),
    }
    for name, columns in tables.items():
        con.register("made", pa.table(columns))
        con.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM made")
        con.unregister("made")
    assemble(
        con,
        account_label=np.zeros(len(accounts), np.int64),
        identifier_iid=np.arange(len(identifiers)),
        identifier_label=np.array([name in apart for name, _ in identifiers], np.int64),
        config=config,
    )
    return {row["account_id"]: (row["core"], row["attachment"]) for row in rows("cluster_members")}


def firm(*accounts: str) -> list[Link]:
    """Accounts held by a card and a device."""
    return [
        link for account in accounts for link in (Link(account, "payment", "card", 0.6), Link(account, "device", "phone", 0.6))
    ]


def test_two_families_hold_a_core_member() -> None:
    assert community(firm("a", "b", "c")) == {"a": (True, 1.0), "b": (True, 1.0), "c": (True, 1.0)}


@pytest.mark.parametrize(
    ("links", "core"),
    [
        ([Link("x", "payment", "card", 1.0)], False),
        ([Link("x", "payment", "card", 1.0), Link("x", "payment", "other", 1.0)], False),
        ([Link("x", "payment", "card", 0.6), Link("x", "device", "phone", 0.19)], False),
        ([Link("x", "payment", "card", 0.6), Link("x", "device", "phone", 0.2)], True),
        ([Link("x", "payment", "card", 0.25), Link("x", "device", "phone", 0.2)], False),
        ([Link("x", "payment", "card", 0.3), Link("x", "device", "phone", 0.2)], True),
        ([Link("x", "payment", "card", 0.6, others=1)], True),
        ([Link("x", "payment", "card", 0.19, others=3)], False),
        ([Link("x", "payment", "card", 0.6), Link("x", "device", "phone", 0.6), Link("x", "ip", "away", 1.1)], True),
        ([Link("x", "payment", "card", 0.6), Link("x", "device", "phone", 0.6), Link("x", "ip", "away", 1.3)], False),
    ],
    ids=[
        "one family", "twice the same family", "the second too weak", "the second just enough", "together too little",
        "together just enough", "corroborated by another family", "corroborated and too weak", "more inside than away",
        "more away than inside",
    ],
)  # fmt: skip
def test_who_is_core(links: list[Link], core: bool) -> None:
    everyone = community([*firm("a", "b", "c"), *links], apart=frozenset({"away"}))
    assert everyone["x"][0] is core
    inside = sum(link.weight for link in links if link.identifier != "away")
    assert everyone["x"][1] == pytest.approx(inside / sum(link.weight for link in links))


def test_a_community_below_the_least_size_is_no_cluster() -> None:
    assert community(firm("a", "b")) == {}
    two = CONFIG.model_copy(update={"clusters": CONFIG.clusters.model_copy(update={"minimum_size": 2})})
    assert set(community(firm("a", "b"), config=two)) == {"a", "b"}


def test_an_account_whose_links_all_lead_away_is_in_no_cluster() -> None:
    links = [*firm("a", "b", "c"), Link("x", "ip", "away", 0.9), Link("y", "ip", "away", 0.9)]
    assert set(community(links, apart=frozenset({"away"}))) == {"a", "b", "c"}


def test_rings_apart_are_clusters_apart_and_an_account_is_in_one_at_most() -> None:
    rings = [ring(6, prefix) for prefix in ("a", "b", "c")]
    made = found([link for one in rings for link in one], accounts=crowd(300))
    assert len(made.clusters) == 3
    for one in rings:
        assert len({made.members[account]["cluster_id"] for account, _, _ in one}) == 1
    assert sorted(made.members) == sorted({account for one in rings for account, _, _ in one})
    assert set(made.roles().values()) == {"core"}


@pytest.mark.parametrize("kind", ["payment", "device", "ip"])
def test_an_innocent_seen_once_with_a_campaigns_identifier_is_not_core(kind: str) -> None:
    """One forged sighting must not make anybody guilty."""
    campaign = ring(12, kinds=("payment", "device", "ip", "scaffold"))
    made = found([*campaign, ("innocent", kind, f"a-{kind}")], accounts=crowd(500))
    assert made.roles().get("innocent") != "core"
    assert {made.roles()[account] for account, _, _ in campaign} == {"core"}


def test_an_innocent_with_friends_of_its_own_stays_with_them() -> None:
    campaign = ring(12, kinds=("payment", "device", "scaffold"))
    household = [(f"home{place}", kind, f"home-{kind}") for place in range(3) for kind in ("ip", "payment")]
    made = found([*campaign, *household, ("home0", "payment", "a-payment")], accounts=crowd(500))
    assert made.members.get("home0", {}).get("cluster_id") != made.members["a000"]["cluster_id"] or (
        made.roles()["home0"] == "associate"
    )


def test_two_rings_on_one_bridge_stay_two() -> None:
    """Two campaigns that rent from one proxy pool are not one."""
    first, second = ring(10, "a"), ring(10, "b")
    bridge = [(f"{prefix}{place:03d}", "ip", "exit") for prefix in "ab" for place in range(3)]
    made = found([*first, *second, *bridge], accounts=crowd(500))
    assert made.members["a000"]["cluster_id"] != made.members["b000"]["cluster_id"]
    assert {made.roles()[f"{prefix}{place:03d}"] for prefix in "ab" for place in range(10)} == {"core"}


def test_what_was_sent_once_is_a_family_only_beside_two_identifiers_that_hold_as_well() -> None:
    """A forged prompt or card makes nobody core; a habit, a second moment or a second firm identifier does."""
    noon, later = datetime(2026, 2, 1, 12), datetime(2026, 2, 2, 12)
    others = firm("b", "c", "d") + [Link(account, "content", "template", 0.6) for account in "bcd"]
    card = Link("a", "payment", "card", 0.6)

    def core(*links: Link) -> bool:
        return community([*links, *others])["a"][0]

    assert not core(card, Link("a", "content", "template", 0.6, once=noon))
    assert not core(card, Link("a", "content", "template", 0.6, others=1, once=noon))
    assert not core(Link("a", "payment", "card", 0.6, others=1), Link("a", "content", "template", 0.1, once=noon))
    assert core(card, Link("a", "content", "template", 0.6))
    assert core(card, *(Link("a", "content", name, 0.6, once=at) for name, at in (("template", noon), ("other", later))))
    assert core(card, Link("a", "payment", "second card", 0.3), Link("a", "content", "template", 0.6, once=noon))


def test_no_single_sighting_makes_a_core_member() -> None:
    """A forged badge on an account that once came from the campaign's network; what was seen again holds without it."""
    noon, later = datetime(2026, 2, 1, 12), datetime(2026, 2, 2, 12)
    others = firm("b", "c", "d") + [Link(account, family, family, 0.6) for account in "bcd" for family in ("badge", "network")]
    badge = Link("a", "badge", "badge", 0.6, others=1, sole=noon)

    def core(*links: Link, scarce: bool = False) -> bool:
        return community([*links, *others], scarce=frozenset("a" if scarce else ""))["a"][0]

    for scarce, least in ((False, 0.28), (True, 0.38)):
        assert not core(badge, Link("a", "network", "net", least, sole=later), scarce=scarce)
        assert not core(badge, Link("a", "network", "net", least), scarce=scarce)
        # the network comes with the address, the range with the card: one moment is one sighting
        assert not core(badge, Link("a", "badge", "range", 0.3, sole=noon), Link("a", "network", "net", least), scarce=scarce)
        again = Link("a", "network", "other", 0.21, sole=later)
        assert not core(badge, Link("a", "network", "net", 0.28), again, scarce=scarce)
    assert core(badge, Link("a", "network", "net", 0.3), Link("a", "network", "other", 0.3))
    assert core(badge, Link("a", "payment", "card", 0.5, sole=later))
    assert core(badge, Link("a", "badge", "second", 0.3, sole=later), Link("a", "network", "net", 0.38))
    assert core(Link("a", "badge", "badge", 0.6, others=1), Link("a", "network", "net", 0.38, sole=later))


def test_an_account_in_scarce_use_is_held_by_two_families_besides_a_single_sighting() -> None:
    """With a handful of requests a network by chance is as often seen as a habit would be; a forged badge must not decide."""
    noon, later = datetime(2026, 2, 1, 12), datetime(2026, 2, 2, 12)
    others = firm("b", "c", "d") + [Link(account, family, family, 0.6) for account in "bcd" for family in ("badge", "network")]
    badge, network = Link("a", "badge", "badge", 0.6, others=1, sole=noon), Link("a", "network", "net", 0.6)

    def core(*links: Link, scarce: bool) -> bool:
        return community([*links, *others], scarce=frozenset("a" if scarce else ""))["a"][0]

    assert core(badge, network, scarce=False)
    assert not core(badge, network, scarce=True)
    assert not core(badge, network, Link("a", "payment", "card", 0.1), scarce=True)
    assert core(badge, network, Link("a", "payment", "card", 0.3, sole=later), scarce=True)
    assert core(Link("a", "badge", "badge", 0.6, others=1), network, scarce=True)


def test_what_an_odd_sighting_corroborates_does_not_decide_either() -> None:
    """A second card that paid once brings out a network that the account shares with the campaign: without the card neither holds."""
    others = firm("b", "c", "d") + [Link(account, "network", "net", 0.6) for account in "bcd"]
    at = datetime(2026, 2, 1, 12)

    def core(network: float, *more: Link, scarce: bool = False) -> bool:
        card = Link("a", "payment", "card", 0.6, others=1, sole=at, steady=0)
        links = [card, Link("a", "network", "net", 0.6, steady=network), *more, *others]
        return community(links, scarce=frozenset("a" if scarce else ""))["a"][0]

    assert not core(0.49)
    assert core(0.5)
    assert core(0.28, Link("a", "network", "other", 0.6, steady=0.28)), "each of two seen again says something"
    assert core(0.3, Link("a", "device", "phone", 0.6, steady=0.2))
    assert not core(0.5, scarce=True)
    assert not core(0.5, Link("a", "device", "phone", 0.6, steady=0.19), scarce=True)
    assert core(0.5, Link("a", "device", "phone", 0.6, steady=0.2), scarce=True)
