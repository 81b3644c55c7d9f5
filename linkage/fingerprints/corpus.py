"""All sketches of one kind as flat arrays, and which pieces come again."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import duckdb
import numpy as np
from numpy.typing import NDArray

from linkage.fingerprints.hashing import I64, U64, hash_bytes
from linkage.fingerprints.rows import quoted
from linkage.fingerprints.sketch import BAND, SHINGLE, TEXT, kind_of, unpack

I32 = NDArray[np.int32]
#: pieces that are sorted at once: bounds what sorting takes beside the pieces themselves to a few hundred MB
_SORTED_AT_ONCE: Final = 1 << 24


@dataclass(frozen=True)
class Pieces:
    """Pieces of one kind: values sorted by text, and where each text's begin (texts + 1 offsets)."""

    values: U64
    offsets: I64


@dataclass(frozen=True)
class Corpus:
    """Texts of one row kind, one per account and text (or more, which add up); times in microseconds."""

    account: I32
    n: I32
    first: I64
    last: I64
    file: I32
    record: I64
    texts: U64
    bands: Pieces
    shingles: Pieces
    #: a stable hash of each account's id
    account_key: U64
    files: list[str]


@dataclass(frozen=True)
class Shared:
    """Pieces that two accounts or more hold, sorted by value: number of the value, its text, the value of each number."""

    item: I64
    rows: I64
    values: U64


@dataclass(frozen=True)
class Belongs:
    """Texts that belong to families: parallel arrays of text and family value; for scaffolds, what each rests on.

    `parts` are parallel arrays of family value and shingle.
    """

    rows: I64
    values: U64
    parts: tuple[U64, U64] = (np.empty(0, np.uint64), np.empty(0, np.uint64))


def read_corpus(con: duckdb.DuckDBPyConnection, *, sightings: str, names: str, kind: str) -> Corpus:
    """Sketches of `kind` in relation `sightings`; `names` numbers the accounts (account_id, account from 0)."""
    con.execute("SET VARIABLE fingerprint_kind = ?", [kind])
    reader = con.sql(
        f"""
        SELECT account, value, n, epoch_us(first_seen) AS first, epoch_us(last_seen) AS last, source_file, source_record
        FROM {quoted(sightings)} JOIN {quoted(names)} USING (account_id) WHERE kind = getvariable('fingerprint_kind')
        """
    ).to_arrow_reader(1 << 17)
    types = {"account": np.int32, "n": np.int32, "first": np.int64, "last": np.int64, "source_record": np.int64}
    columns: dict[str, list[NDArray[np.integer]]] = {name: [] for name in (*types, "file")}
    values: dict[int, list[U64]] = {TEXT: [], BAND: [], SHINGLE: []}
    sizes: dict[int, list[I64]] = {TEXT: [], BAND: [], SHINGLE: []}
    files: dict[str, int] = {}
    for batch in reader:
        for name, kind_ in types.items():
            columns[name].append(batch.column(name).to_numpy(zero_copy_only=False).astype(kind_))
        file = batch.column("source_file").dictionary_encode()
        places = np.array([files.setdefault(name, len(files)) for name in file.dictionary.to_pylist()], dtype=np.int32)
        columns["file"].append(places[file.indices.to_numpy(zero_copy_only=False)])
        found = unpack(batch.column("value"))
        what = kind_of(found.values)
        for code in values:
            chosen = np.flatnonzero(what == code)
            values[code].append(found.values[chosen])
            sizes[code].append(np.bincount(found.rows[chosen], minlength=batch.num_rows).astype(np.int64))
    flat = {name: np.concatenate([np.empty(0, np.int32), *parts]) for name, parts in columns.items()}
    ids = con.sql(f"SELECT account_id FROM {quoted(names)} ORDER BY account").to_arrow_table().column(0)

    def joined(code: int) -> Pieces:
        counts = np.concatenate([np.zeros(1, np.int64), *sizes.pop(code)])
        return Pieces(np.concatenate([np.empty(0, np.uint64), *values.pop(code)]), np.cumsum(counts))

    return Corpus(
        account=flat["account"].astype(np.int32, copy=False),
        n=flat["n"].astype(np.int32, copy=False),
        first=flat["first"].astype(np.int64, copy=False),
        last=flat["last"].astype(np.int64, copy=False),
        file=flat["file"].astype(np.int32, copy=False),
        record=flat["source_record"].astype(np.int64, copy=False),
        texts=joined(TEXT).values,
        bands=joined(BAND),
        shingles=joined(SHINGLE),
        account_key=hash_bytes(ids),
        files=list(files),
    )


def shared(pieces: Pieces, account: I32) -> Shared:
    """The pieces that two accounts or more hold."""
    at, rows = repeated(pieces)
    values = pieces.values[at]
    fresh = _fresh(values)
    starts = np.flatnonzero(fresh)
    if not len(starts):
        return Shared(at, rows, values)
    holder = account[rows]
    several = np.minimum.reduceat(holder, starts) != np.maximum.reduceat(holder, starts)
    keep = np.flatnonzero(np.repeat(several, np.diff(np.append(starts, len(values)))))
    item = np.cumsum(fresh[keep]) - 1
    return Shared(item, rows[keep], values[starts[several]])


def repeated(pieces: Pieces) -> tuple[I64, I64]:
    """Places of the values that come more than once, sorted by value, and the text of each."""
    values = pieces.values
    places: list[I64] = [np.empty(0, np.int64)]
    texts: list[I64] = [np.empty(0, np.int64)]
    slices = 1 + len(values) // _SORTED_AT_ONCE
    bounds = [np.uint64((1 << 60) * part // slices) for part in range(slices + 1)]
    for low, high in pairwise(bounds):
        at = np.flatnonzero((values >= low) & (values < high)) if slices > 1 else None
        part = values if at is None else values[at]
        ordered = np.sort(part)
        twice = ordered[1:][ordered[1:] == ordered[:-1]]
        if not len(twice):
            continue
        # most values come once: a bitmap of those that do not leaves few to sort with their places
        bits = np.uint64(min(max(len(twice).bit_length() + 5, 12), 27))
        mask = (np.uint64(1) << bits) - np.uint64(1)
        table = np.zeros(1 << int(bits), dtype=np.bool_)
        table[(twice >> np.uint64(2)) & mask] = True
        near = np.flatnonzero(table[(part >> np.uint64(2)) & mask])
        place = near if at is None else at[near]
        # in the order of places, where a search is ten times as fast as in any other
        text = np.searchsorted(pieces.offsets, place, side="right") - 1
        order = np.argsort(part[near])
        same = part[near[order[1:]]] == part[near[order[:-1]]]
        order = order[np.append(same, False) | np.concatenate([[False], same])]
        places.append(place[order])
        texts.append(text[order])
    return np.concatenate(places), np.concatenate(texts)


def _fresh(values: U64) -> NDArray[np.bool_]:
    """Where a sorted array's value differs from the one before."""
    fresh = np.ones(len(values), dtype=np.bool_)
    fresh[1:] = values[1:] != values[:-1]
    return fresh
