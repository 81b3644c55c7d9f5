"""Texts of any length fit a server's index, and stay one to one."""

from __future__ import annotations

import hashlib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from linkage.neo4j.model import ACCOUNTS, ID_BYTES, KIND_BYTES, STRONG, indexable
from tests.neo4j.factory import World

TEXTS = st.text(max_size=60) | st.text(alphabet="aé😀", min_size=5, max_size=40)


@given(TEXTS, st.integers(16, 60))
def test_a_text_that_fits_stays_as_it_is(text: str, limit: int) -> None:
    found = indexable(text, limit)
    assert (found == text) == (len(text.encode()) <= limit)


@given(TEXTS, st.integers(16, 60))
def test_a_cut_text_is_bounded_and_ends_in_its_digest(text: str, limit: int) -> None:
    found = indexable(text, limit)
    if found != text:
        assert limit < len(found.encode()) <= limit + 3 + len("sha256:") + 64
        assert found.endswith(hashlib.sha256(text.encode()).hexdigest())


@given(TEXTS, TEXTS)
def test_no_two_texts_become_one(one: str, other: str) -> None:
    assert (indexable(one, 16) == indexable(other, 16)) == (one == other)
    # not even a text made to look like another's cut form
    assert indexable(indexable(one, 16), 16) != indexable(one, 16) or indexable(one, 16) == one


def test_the_longest_pair_fits_a_range_index() -> None:
    # measured on Neo4j 5.26: about 8,160 bytes for all properties of one index entry
    assert len(indexable("k" * 9999, KIND_BYTES)) + len(indexable("v" * 9999, ID_BYTES)) < 8000


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
