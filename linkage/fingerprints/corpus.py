"""All sketches of one kind, as flat arrays."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from linkage.engine import first_row
from linkage.fingerprints.hashing import I64, U64, mix
from linkage.fingerprints.pieces import I32, WORKERS, Pieces, fresh
from linkage.fingerprints.rows import quoted
from linkage.fingerprints.sketch import BAND, SHINGLE, TEXT, kind_of, unpack
from linkage.progress import Progress

_BATCH = 1 << 17


@dataclass(frozen=True)
class Corpus:
    """Texts of one row kind, one per account and text (or more, which add up); times in microseconds."""

    account: I32
    n: I32
    first: I64
    last: I64
    file: I32
    record: I64
    #: pieces by kind: TEXT, BAND, SHINGLE; taken out by whoever needs them last, to free their memory
    pieces: dict[int, Pieces]
    #: what stands for each account where sets of accounts are hashed
    account_key: U64
    files: list[str]


def read_corpus(con: duckdb.DuckDBPyConnection, *, sightings: str, names: str, kind: str, progress: Progress) -> Corpus:
    """Sketches of `kind` in relation `sightings`; `names` numbers the accounts (account_id, account from 0)."""
    con.execute("SET VARIABLE fingerprint_kind = ?", [kind])
    reader = con.sql(
        f"""
        SELECT account, value, n, epoch_us(first_seen) AS first, epoch_us(last_seen) AS last, source_file, source_record
        FROM {quoted(sightings)} JOIN {quoted(names)} USING (account_id) WHERE kind = getvariable('fingerprint_kind')
        """
    ).to_arrow_reader(_BATCH)
    types = {"account": np.int32, "n": np.int32, "first": np.int64, "last": np.int64, "source_record": np.int64}
    columns: dict[str, list[NDArray[Any]]] = {name: [np.empty(0, type_)] for name, type_ in types.items()}
    columns["file"] = [np.empty(0, np.int32)]
    files: dict[str, int] = {}
    pieces = {code: Pieces([], []) for code in (TEXT, BAND, SHINGLE)}
    waiting: deque[Future[dict[int, tuple[U64, I32]]]] = deque()

    def take(most: int) -> None:
        # sketches as text are larger than as numbers: only a few batches may wait
        while len(waiting) > most:
            for code, (values, offsets) in waiting.popleft().result().items():
                pieces[code].values.append(values)
                pieces[code].offsets.append(offsets)

    with ThreadPoolExecutor(WORKERS) as pool:
        for batch in reader:
            for name, type_ in types.items():
                columns[name].append(batch.column(name).to_numpy(zero_copy_only=False).astype(type_))
            file = batch.column("source_file").dictionary_encode()
            places = np.array([files.setdefault(name, len(files)) for name in file.dictionary.to_pylist()], dtype=np.int32)
            columns["file"].append(places[file.indices.to_numpy(zero_copy_only=False)])
            waiting.append(pool.submit(_by_kind, batch.column("value")))
            take(2 * WORKERS)
            progress.advance(batch.num_rows)
        take(0)
    flat: dict[str, NDArray[Any]] = {name: np.concatenate(columns.pop(name)) for name in list(columns)}
    (count,) = first_row(con, f"SELECT count(*) FROM {quoted(names)}")
    keys = account_keys(flat["account"], flat["n"], flat["first"], pieces[TEXT], count)
    return Corpus(record=flat.pop("source_record"), **flat, pieces=pieces, account_key=keys, files=list(files))


def account_keys(account: I32, n: I32, first: I64, texts: Pieces, accounts: int) -> U64:
    """A hash for each of `accounts` of its earliest text and that text's time; no two are equal but by chance.

    Not of its id, since accounts of other names must form the same families. Not of all that it sent, since what it
    sends tomorrow must not reshuffle what formed today: that only tells accounts apart which began with the same text
    in the same microsecond. Accounts that are alike in this too hold the same, so their order makes no difference.
    """
    earliest = np.full(accounts, np.iinfo(np.int64).max)
    np.minimum.at(earliest, account, first)
    began = np.full(accounts, np.iinfo(np.uint64).max)
    sent = np.zeros(accounts, np.uint64)
    # a text has one hash of its own, so their chunks are those of the texts
    for text, begin in zip(texts.values, texts.texts, strict=False):
        part = slice(begin, begin + len(text))
        np.add.at(sent, account[part], mix(text) * n[part].astype(np.uint64))
        at = first[part] == earliest[account[part]]
        np.minimum.at(began, account[part][at], text[at])
    key = mix(began ^ mix(earliest.astype(np.uint64)))
    order = np.lexsort((sent, key))
    starts = np.flatnonzero(fresh(key[order]))
    turn = np.empty(accounts, np.uint64)
    turn[order] = np.arange(accounts) - np.repeat(starts, np.diff(np.append(starts, accounts)))
    return mix(key + turn)


def _by_kind(sketches: Any) -> dict[int, tuple[U64, I32]]:
    """Pieces of packed sketches by kind, with where each text's begin."""
    found = unpack(sketches)
    what = kind_of(found.values)
    out: dict[int, tuple[U64, I32]] = {}
    for code in (TEXT, BAND, SHINGLE):
        chosen = np.flatnonzero(what == code)
        offsets = np.zeros(len(sketches) + 1, dtype=np.int32)
        np.cumsum(np.bincount(found.rows[chosen], minlength=len(sketches)), out=offsets[1:])
        out[code] = found.values[chosen], offsets
    return out
