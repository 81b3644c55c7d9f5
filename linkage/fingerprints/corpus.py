"""All sketches of one kind, as flat arrays."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from linkage.fingerprints.hashing import I64, U64, hash_bytes
from linkage.fingerprints.pieces import I32, WORKERS, Pieces
from linkage.fingerprints.rows import quoted
from linkage.fingerprints.sketch import BAND, SHINGLE, TEXT, kind_of, unpack

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
    #: a stable hash of each account's id
    account_key: U64
    files: list[str]


def read_corpus(con: duckdb.DuckDBPyConnection, *, sightings: str, names: str, kind: str) -> Corpus:
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
        take(0)
    ids = con.sql(f"SELECT account_id FROM {quoted(names)} ORDER BY account").to_arrow_table().column(0)
    return Corpus(
        **{name: np.concatenate(columns.pop(name)) for name in ("account", "n", "first", "last", "file")},
        record=np.concatenate(columns.pop("source_record")),
        pieces=pieces,
        account_key=hash_bytes(ids),
        files=list(files),
    )


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
