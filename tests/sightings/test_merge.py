"""The merge is associative and commutative: no split of the rows into files, and no order of these, changes what is seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sightings.factory import Row, at, digest, extracted, merged, merged_pieces

_TIMES = st.one_of(st.none(), st.integers(-3, 3).map(at), st.just(at(-600_000)))
_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "account_id": st.sampled_from("ab"),
            "kind": st.sampled_from(["device", "phone"]),
            "value": st.sampled_from(["v", "ü", ""]),
            "seen_at": _TIMES,
        }
    ),
    max_size=14,
)


@st.composite
def splits(draw: st.DrawFn) -> tuple[list[Row], list[list[Row]]]:
    """Rows, and the same rows in some order in some files."""
    rows = draw(_ROWS)
    files: list[list[Row]] = [[] for _ in range(draw(st.integers(1, 4)))]
    for row in draw(st.permutations(rows)):
        files[draw(st.integers(0, len(files) - 1))].append(row)
    return rows, files


def reference(files: Sequence[Sequence[Row]]) -> list[tuple[Any, ...]]:
    """What the contract says of rows in files, slowly: the source is of the earliest time, then file, then record."""
    groups: dict[tuple[str, str, str], list[tuple[Any, int, int]]] = {}
    for ordinal, rows in enumerate(files):
        for record, row in enumerate(rows, start=1):
            key = (row["account_id"], row["kind"], row["value"])
            groups.setdefault(key, []).append((row["seen_at"], ordinal, record))
    found = []
    for key, occurrences in groups.items():
        times = [time for time, _, _ in occurrences if time is not None]
        _, ordinal, record = min((time is None, time or at(0), ordinal, record) for time, ordinal, record in occurrences)[1:]
        first, last = (min(times), max(times)) if times else (None, None)
        found.append((*key, len(occurrences), first, last, digest(ordinal), record))
    return sorted(found, key=lambda row: row[:3])


@given(splits())
@settings(deadline=None, max_examples=40)
def test_any_split_into_files_agrees_with_the_slow_reference(split: tuple[list[Row], list[list[Row]]]) -> None:
    rows, files = split
    assert merged("sightings", files) == reference(files)
    whole = merged("sightings", [rows])
    assert [row[:6] for row in merged("sightings", files)] == [row[:6] for row in whole], (
        "the source aside, files are no matter"
    )


@given(splits())
@settings(deadline=None, max_examples=20)
def test_merging_what_was_merged_is_merging_all_at_once(split: tuple[list[Row], list[list[Row]]]) -> None:
    """Associative: (a + b) + c, with the merge of the first two handed on as one file's."""
    _, files = split
    once = merged("sightings", files[:2])
    pieces = [(*row[:6], row[7], 0) for row in once]
    pieces += [(*row, ordinal) for ordinal, rows in enumerate(files[2:], start=1) for row in extracted("sightings", rows)]
    assert [row[:6] for row in merged_pieces(pieces)] == [row[:6] for row in merged("sightings", files)]


def test_the_source_is_the_earliest_occurrence_in_whichever_file() -> None:
    row = {"account_id": "a", "payment_id": "card"}
    files = [
        [{**row, "seen_at": None}, {**row, "seen_at": at(5)}],
        [{**row, "seen_at": at(7)}, {**row, "seen_at": at(-600_000)}],
        [{**row, "seen_at": at(-600_000)}],
    ]
    assert merged("payments", files) == [("a", "payment", "card", 5, at(-600_000), at(7), digest(1), 2)]
    without_times = [[{**row, "seen_at": None}] * 2] * 2
    assert merged("payments", without_times) == [("a", "payment", "card", 4, None, None, digest(0), 1)]


def test_large_record_numbers_and_ordinals_come_back_whole() -> None:
    record, ordinal = 2**40 - 1, 2**20 - 1
    found = merged_pieces([("a", "k", "v", 1, at(-900_000), at(0), record, ordinal)])
    assert found == [("a", "k", "v", 1, at(-900_000), at(0), digest(ordinal), record)]
