"""Rows for the server: texts of any length fit its index and stay one to one, and input text never becomes Cypher."""

from __future__ import annotations

import hashlib
from datetime import datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.neo4j.batches import KEY_BYTES, batches, indexable, packed, parts
from linkage.neo4j.model import IDENTIFIERS

TEXTS = st.text(max_size=60) | st.text(alphabet="aé😀", min_size=5, max_size=40)


@settings(deadline=None)
@given(TEXTS, st.integers(16, 60))
def test_a_text_that_fits_stays_as_it_is(text: str, limit: int) -> None:
    found = indexable(text, limit)
    assert (found == text) == (len(text.encode()) <= limit)


@settings(deadline=None)
@given(TEXTS, st.integers(16, 60))
def test_a_cut_text_is_bounded_and_ends_in_its_digest(text: str, limit: int) -> None:
    found = indexable(text, limit)
    if found != text:
        assert limit < len(found.encode()) <= limit + 3 + len("sha256:") + 64
        assert found.endswith(hashlib.sha256(text.encode()).hexdigest())


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_no_two_texts_become_one(one: str, other: str) -> None:
    assert (indexable(one, 16) == indexable(other, 16)) == (one == other)
    # not even a text made to look like another's cut form
    assert indexable(indexable(one, 16), 16) != indexable(one, 16) or indexable(one, 16) == one


def test_the_longest_pair_fits_a_range_index() -> None:
    # measured on Neo4j 5.26: about 8,160 bytes for all properties of one index entry
    assert len(indexable("k" * 9999, KEY_BYTES["kind"])) + len(indexable("v" * 9999, KEY_BYTES["value"])) < 8000


def table(times: list[datetime | None], kinds: list[str]) -> pa.Table:
    columns = {"kind": kinds, "value": [f"v{n}" for n in range(len(kinds))], "first_seen": pa.array(times, pa.timestamp("us"))}
    return pa.table(columns)


def test_rows_are_lists_with_times_as_text_and_long_keys_in_full() -> None:
    long = "k" * 2000
    given = table([datetime(2026, 3, 1, 4, 5, 6, 789), None], ["ip", long])
    assert packed(IDENTIFIERS, given) == [
        ["ip", "v0", "2026-03-01T04:05:06.000789", None, None],
        [indexable(long, 1000), "v1", None, long, None],
    ]


def test_a_time_that_text_cannot_say_is_left_out() -> None:
    far = pa.array([2**62, -(2**62), 0], pa.timestamp("us"))
    given = pa.table({"kind": ["ip"] * 3, "value": ["a", "b", "c"], "first_seen": far})
    assert [row[2] for row in packed(IDENTIFIERS, given)] == [None, None, "1970-01-01T00:00:00.000000"]


def test_a_statement_a_kind_and_names_only_from_the_columns() -> None:
    kinds = ["ip", "ip", "x`) DETACH DELETE (n", "x`) DETACH DELETE (n", "y"]
    found = [(statement, part.num_rows) for statement, part in parts(IDENTIFIERS, table([None] * 5, kinds))]
    assert [rows for _, rows in found] == [2, 2, 1]
    assert found[0][0] == (
        "UNWIND $rows AS row MERGE (x:Identifier {kind: row[0], value: row[1]}) "
        "SET x += {first_seen: localdatetime(row[2]), full_kind: row[3], full_value: row[4]}, x.snapshot = $snapshot, x:Ip"
    )
    assert "`" not in found[1][0]
    assert found[2][0].endswith(", x:Y")
    assert list(parts(IDENTIFIERS, table([], []))) == []


@settings(deadline=None)
@given(st.integers(1, 7), st.lists(st.integers(0, 40), max_size=30), st.integers(1, 200))
def test_batches_keep_every_row_in_order_and_within_bounds(rows: int, sizes: list[int], limit: int) -> None:
    values = [f"{number}" + "v" * size for number, size in enumerate(sizes)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("linkage.neo4j.batches.BATCH_BYTES", limit)
        found = list(batches(pa.table({"value": pa.array(values, pa.string())}), rows))
    assert [value for batch in found for value in batch.column("value").to_pylist()] == values
    assert all(batch.num_rows == 1 or (batch.num_rows <= rows and batch.nbytes <= limit) for batch in found)
