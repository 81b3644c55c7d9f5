"""All sketches of one kind as flat arrays, and which pieces come again."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import duckdb
import numpy as np
from numpy.typing import NDArray

from linkage.fingerprints.hashing import I64, U64, hash_bytes
from linkage.fingerprints.rows import quoted
from linkage.fingerprints.sketch import BAND, SHINGLE, TEXT, kind_of, unpack

I32 = NDArray[np.int32]
#: pieces that are sorted at once: bounds what sorting takes beside the pieces themselves, and fits a cache
_SORTED_AT_ONCE: Final = 1 << 22
#: threads of ours: what they run is numpy and Arrow, which let others go on meanwhile
WORKERS: Final = min(max(os.cpu_count() or 2, 2), 8)


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
    files: dict[str, int] = {}
    with ThreadPoolExecutor(WORKERS) as pool:
        unpacked: list[Future[dict[int, tuple[U64, I64]]]] = []
        for batch in reader:
            for name, kind_ in types.items():
                columns[name].append(batch.column(name).to_numpy(zero_copy_only=False).astype(kind_))
            file = batch.column("source_file").dictionary_encode()
            places = np.array([files.setdefault(name, len(files)) for name in file.dictionary.to_pylist()], dtype=np.int32)
            columns["file"].append(places[file.indices.to_numpy(zero_copy_only=False)])
            unpacked.append(pool.submit(_by_kind, batch.column("value")))
        parts = [future.result() for future in unpacked]
    flat = {name: np.concatenate([np.empty(0, np.int32), *arrays]) for name, arrays in columns.items()}
    ids = con.sql(f"SELECT account_id FROM {quoted(names)} ORDER BY account").to_arrow_table().column(0)

    def joined(code: int) -> Pieces:
        # taken out of the parts as they are joined, so that they are not in memory twice
        found = [part.pop(code) for part in parts]
        counts = np.concatenate([np.zeros(1, np.int64), *(sizes for _, sizes in found)])
        return Pieces(np.concatenate([np.empty(0, np.uint64), *(values for values, _ in found)]), np.cumsum(counts))

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


def _by_kind(sketches: Any) -> dict[int, tuple[U64, I64]]:
    """Pieces of packed sketches by kind, with how many each text has."""
    found = unpack(sketches)
    what = kind_of(found.values)
    out: dict[int, tuple[U64, I64]] = {}
    for code in (TEXT, BAND, SHINGLE):
        chosen = np.flatnonzero(what == code)
        out[code] = found.values[chosen], np.bincount(found.rows[chosen], minlength=len(sketches)).astype(np.int64)
    return out


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
    slices = 1 + len(pieces.values) // _SORTED_AT_ONCE
    bounds = [(1 << 60) * part // slices for part in range(slices + 1)]
    with ThreadPoolExecutor(WORKERS) as pool:
        parts = list(pool.map(lambda ends: _repeated_between(pieces, *ends), pairwise(bounds)))
    return np.concatenate([place for place, _ in parts]), np.concatenate([text for _, text in parts])


def _repeated_between(pieces: Pieces, low: int, high: int) -> tuple[I64, I64]:
    values = pieces.values
    at = np.flatnonzero((values >= np.uint64(low)) & (values < np.uint64(high)))
    part = values[at]
    ordered = np.sort(part)
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    # most values come once: a bitmap of those that do not leaves few to sort with their places
    bits = np.uint64(min(max(len(twice).bit_length() + 4, 12), 24))
    mask = (np.uint64(1) << bits) - np.uint64(1)
    table = np.zeros(1 << int(bits), dtype=np.bool_)
    table[(twice >> np.uint64(2)) & mask] = True
    near = np.flatnonzero(table[(part >> np.uint64(2)) & mask])
    place = at[near]
    # in the order of places, where a search is ten times as fast as in any other
    text = np.searchsorted(pieces.offsets, place, side="right") - 1
    part = part[near]
    order = np.argsort(part)
    part = part[order]
    same = part[1:] == part[:-1]
    order = order[np.append(same, False)[: len(part)] | np.concatenate([[False], same])[: len(part)]]
    return place[order], text[order]


def _fresh(values: U64) -> NDArray[np.bool_]:
    """Where a sorted array's value differs from the one before."""
    fresh = np.ones(len(values), dtype=np.bool_)
    fresh[1:] = values[1:] != values[:-1]
    return fresh
