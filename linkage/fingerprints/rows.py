"""What one row says by itself: the hash of its text, MinHash bands and sampled shingles of it.

Nothing here looks at other rows, so the tables of different files add up: sum n, min first_seen, max last_seen.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import rensa
from numpy.typing import NDArray

from linkage.config import Config
from linkage.fingerprints.hashing import I64, U64, hash_runs, mix, shingles
from linkage.fingerprints.public import Public, load_public
from linkage.fingerprints.text import MASK, Words, words
from linkage.progress import Progress, Silent

#: Row-level kinds; the place is the code in the low four bits of a key.
KINDS = ("prompt", "prompt_shingle", "prompt_band", "system_prompt", "system_shingle")
PROMPT, SHINGLE, BAND, SYSTEM, SYSTEM_SHINGLE = range(5)
WIDTH = 6
SAMPLED = 4
_FEWEST_WORDS = 4
_BANDS, _BAND_ROWS, _BAND_WORDS, _SEED = 2, 4, 3, 20260101
_FEWEST_BAND_WORDS = 12
_ZONE = 32
_BATCH = 32_768
_CODE = np.uint64(15)


@dataclass(frozen=True)
class Keys:
    """Fingerprint keys of a batch: 60 bits of hash, 4 bits of kind; `rows` ascending."""

    keys: U64
    rows: I64


def shingle_keys(text: Words, kind: int) -> Keys:
    """Sampled shingles of the first and last 32 words of each text, about four a text.

    A shingle is chosen by its own hash against a threshold that falls with the length of the text: the same run of
    words is chosen in every text of like length, and what a longer text chooses a shorter one does too.
    """
    counts = text.counts
    rows = text.rows()
    grams = shingles(text.hashes, WIDTH)
    if not len(grams):
        return Keys(np.empty(0, np.uint64), np.empty(0, np.int64))
    size = len(grams)
    spans = np.minimum(counts - WIDTH + 1, 2 * _ZONE)
    rate = np.minimum(SAMPLED / np.maximum(spans, 1), 1.0)
    limit = (rate * float(2**63)).astype(np.uint64) * np.uint64(2) - np.uint64(1)
    limit[spans <= 0] = 0
    row = rows[:size]
    chosen = grams < limit[row]
    at = np.flatnonzero(chosen)
    at = at[rows[at] == rows[at + WIDTH - 1]]
    place = at - text.offsets[:-1][rows[at]]
    back = text.offsets[1:][rows[at]] - at - WIDTH
    at = at[(place < _ZONE) | (back < _ZONE)]
    masks = np.concatenate([[0], np.cumsum(text.hashes == MASK)])
    at = at[masks[at + WIDTH] - masks[at] <= WIDTH // 3]
    # the hash that chose it is always small; what is stored must use all bits
    return _distinct(mix(grams[at] ^ np.uint64(kind)), rows[at], kind)


def text_keys(text: Words, kind: int) -> Keys:
    """Hash of the whole of each text that has enough words besides masks."""
    real = np.add.reduceat(np.append(text.hashes != MASK, False), text.offsets[:-1]) if len(text.hashes) else None
    enough = (
        np.flatnonzero((text.counts >= _FEWEST_WORDS) & (real >= _FEWEST_WORDS - 1))
        if real is not None
        else np.empty(0, np.int64)
    )
    hashes = hash_runs(text.hashes, text.offsets[:-1][enough], text.offsets[1:][enough])
    return Keys(_key(hashes, kind), enough)


def band_keys(text: Words, kind: int) -> Keys:
    """MinHash bands over the three-word shingles of each text of twelve words and more (Broder, 1997)."""
    chosen = np.flatnonzero(text.counts >= _FEWEST_BAND_WORDS)
    if not len(chosen):
        return Keys(np.empty(0, np.uint64), np.empty(0, np.int64))
    grams = shingles(text.hashes, _BAND_WORDS)
    rows = text.rows()
    valid = rows[: len(grams)] == rows[_BAND_WORDS - 1 :]
    valid &= (text.counts >= _FEWEST_BAND_WORDS)[rows[: len(grams)]]
    offsets = np.concatenate([[0], np.cumsum(text.counts[chosen] - _BAND_WORDS + 1)]).astype(np.uint64)
    matrix = rensa.RMinHash.digest_matrix_from_flat_token_hashes(grams[valid], offsets, _BANDS * _BAND_ROWS, _SEED)
    digest = np.array(matrix.to_rows(), dtype=np.uint64).reshape(len(chosen), _BANDS, _BAND_ROWS)
    out = np.empty((len(chosen), _BANDS), dtype=np.uint64)
    for band in range(_BANDS):
        out[:, band] = shingles_of_rows(digest[:, band, :], band)
    return Keys(_key(out.reshape(-1), kind), np.repeat(chosen, _BANDS))


def shingles_of_rows(table: U64, salt: int) -> U64:
    """One hash per row of a table."""
    out = np.full(len(table), salt + 1, dtype=np.uint64)
    for column in range(table.shape[1]):
        out = mix(out ^ table[:, column]) + np.uint64(column)
    return mix(out)


def _key(hashes: U64, kind: int) -> U64:
    return (hashes & ~_CODE) | np.uint64(kind)


def _distinct(hashes: U64, rows: I64, kind: int) -> Keys:
    keys = _key(hashes, kind)
    order = np.lexsort((keys, rows))
    keys, rows = keys[order], rows[order]
    fresh = np.ones(len(keys), dtype=np.bool_)
    fresh[1:] = (keys[1:] != keys[:-1]) | (rows[1:] != rows[:-1])
    return Keys(keys[fresh], rows[fresh])


def _lists(parts: list[Keys], size: int) -> pa.ListArray:
    """Keys of several kinds as one list a row."""
    rows = np.concatenate([part.rows for part in parts])
    keys = np.concatenate([part.keys for part in parts])
    order = np.argsort(rows, kind="stable")
    offsets = np.zeros(size + 1, dtype=np.int32)
    np.cumsum(np.bincount(rows, minlength=size), out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(keys[order]))


def prompt_keys(texts: pa.Array, public: Public) -> list[Keys]:
    """Every key of a batch of prompts."""
    text = public.remove(words(texts))
    return [text_keys(text, PROMPT), shingle_keys(text, SHINGLE), band_keys(text, BAND)]


def system_keys(texts: pa.Array, public: Public) -> list[Keys]:
    """Every key of a batch of system prompts."""
    text = public.remove(words(texts))
    return [text_keys(text, SYSTEM), shingle_keys(text, SYSTEM_SHINGLE)]


def _work(batch: pa.RecordBatch, public: Public) -> pa.Table:
    size = batch.num_rows
    system = batch.column("system_prompt").dictionary_encode()
    distinct = _lists(system_keys(system.dictionary, public), len(system.dictionary))
    return pa.table(
        {
            "account": batch.column("account"),
            "ts": batch.column("ts"),
            "record": batch.column("record"),
            "keys": _lists(prompt_keys(batch.column("prompt"), public), size),
            "system": distinct.take(system.indices),
        }
    )


def fingerprint(
    con: duckdb.DuckDBPyConnection, *, source: str, target: str, config: Config, progress: Progress | None = None
) -> None:
    """Fingerprints of every row of relation `source` into table `target`, one row per account, kind and value.

    `source` has account_id, ts, prompt, system_prompt and record; `target` gets account_id, kind (one of KINDS),
    value (12 characters of base32hex, 60 bits), n (rows), first_seen, last_seen and record (of the earliest
    occurrence). Text is read in batches and dropped.

    Raises ConfigError: a public list cannot be read.
    """
    progress = progress or Silent()
    public = load_public(config.fingerprints.public_lists)
    src, out, stage, names = (_quoted(name) for name in (source, target, f"{target}__stage", f"{target}__accounts"))
    con.execute(
        f"CREATE OR REPLACE TABLE {names} AS SELECT account_id, (row_number() OVER (ORDER BY account_id))::INTEGER AS account FROM (SELECT DISTINCT account_id FROM {src})"
    )
    con.execute(
        f"CREATE OR REPLACE TABLE {stage} (account INTEGER, ts TIMESTAMP, record BIGINT, keys UBIGINT[], system UBIGINT[])"
    )
    reader = con.sql(
        f"SELECT account, ts, record, prompt, system_prompt FROM {src} JOIN {names} USING (account_id)"
        " WHERE prompt IS NOT NULL OR system_prompt IS NOT NULL"
    ).to_arrow_reader(_BATCH)
    writer = con.cursor()
    pending: deque[Future[pa.Table]] = deque()

    def drain(limit: int) -> None:
        while len(pending) > limit:
            done = pending.popleft().result()
            writer.register("fingerprint_batch", done)
            writer.execute(f"INSERT INTO {stage} SELECT * FROM fingerprint_batch")
            writer.unregister("fingerprint_batch")
            progress.advance(done.num_rows)

    with ThreadPoolExecutor(2) as pool:
        for batch in reader:
            pending.append(pool.submit(_work, batch, public))
            drain(4)
        drain(0)
    writer.close()
    kinds = ", ".join(f"'{kind}'" for kind in KINDS)
    con.execute(
        f"""
        CREATE OR REPLACE TABLE {out} AS
        SELECT account_id, [{kinds}][(key & 15)::BIGINT + 1] AS kind, to_base((key >> 4)::BIGINT, 32, 12) AS value, n,
               make_timestamp((first >> 40)::BIGINT) AS first_seen, last_seen,
               (first & ((1::HUGEINT << 40) - 1))::BIGINT AS record
        FROM (
            SELECT account, key, count(*) AS n, max(ts) AS last_seen, min((epoch_us(ts)::HUGEINT << 40) + record) AS first
            FROM (SELECT account, ts, record, unnest(list_concat(keys, system)) AS key FROM {stage})
            GROUP BY account, key
        ) JOIN {names} USING (account)
        """
    )
    con.execute(f"DROP TABLE {stage}")
    con.execute(f"DROP TABLE {names}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
