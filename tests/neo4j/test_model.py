"""Which accounts come into the graph."""

from __future__ import annotations

from pathlib import Path

from linkage.neo4j.model import ACCOUNTS, STRONG
from tests.neo4j.factory import World


def test_neighbours_of_flagged_members_come_in_by_strong_identifiers_only(tmp_path: Path) -> None:
    made = World()
    made.cluster("flagged", 0.9, ["f1", "f2"], ["f3"])
    made.cluster("calm", 0.1, ["c1", "c2"], flagged=False)
    for account in ("at", "below", "of_associate", "of_calm"):
        made.account(account)
    made.share("payment", "at the border", STRONG, ["f1", "at"])
    made.share("payment", "below it", STRONG - 0.001, ["f1", "below"])
    made.share("payment", "an associate's", 0.9, ["f3", "of_associate"])
    made.share("payment", "a calm cluster's", 0.9, ["c1", "of_calm"])
    with made.publish(tmp_path / "store") as snapshot:
        found = snapshot.query(ACCOUNTS.sql, {"strong": STRONG}).column("account_id").to_pylist()
    assert found == ["at", "c1", "c2", "f1", "f2", "f3"]
