"""From rows of the request log to sketches of their text, one row per account and text.

Nothing here looks at what other rows say, so the tables of different files add up: sum n, min first_seen, max last_seen.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.config import Config
from linkage.fingerprints.hashing import I64, U64, argsort, mix
from linkage.fingerprints.pieces import WORKERS
from linkage.fingerprints.public import Public, load_public
from linkage.fingerprints.texts import sketch_texts
from linkage.progress import Progress, Silent

#: Row-level kinds: their value is a packed sketch.
PROMPT_TEXT: Final = "prompt_text"
SYSTEM_TEXT: Final = "system_text"
#: Rows a batch; each worker and its waiting batches hold about 50 MB at 250 characters a prompt.
_BATCH: Final = 32_768
#: Rows hashed at once: what is in hand then stays in the processor's cache, a third faster than a whole batch.
_SLICE: Final = 4_096
#: Rows among which equal texts of an account become one row, in memory; 32 batches hold about 250 MB.
_GATHERED: Final = 32
#: Of a longer text (bytes) only so many characters at the head and at the tail are read, and a digest of the whole.
_LONG, _EDGE = 32_768, 8_192


@dataclass(frozen=True)
class _Sketched:
    """Sketches of a batch: rows of the log by number, and the sketch of each by its place in `sketches`."""

    account: Any
    ts: I64
    record: I64
    pick: U64
    place: I64
    text: U64
    sketches: Any


_Both = tuple[list[_Sketched], list[_Sketched]]


def fingerprint(
    con: duckdb.DuckDBPyConnection, *, source: str, target: str, config: Config, progress: Progress | None = None
) -> None:
    """Sketches of the texts in relation `source` into table `target`, a row per account, kind and value.

    `source` has account_id, ts, prompt, system_prompt and record; `target` gets account_id, kind (prompt_text or
    system_text), value (a packed sketch, see linkage.fingerprints.sketch), n (rows), first_seen, last_seen and record
    (of the earliest occurrence, the smallest of several). Rows add up: of more than a million rows of log, an account
    and text may have several. Where `source` has `pick` (see linkage.fingerprints.picking), `target` has it too, null for
    system prompts, and rows of different picks stay apart; a picked prompt of which nothing is left to sketch takes part in
    the choice all the same, as a row of n 0 with an empty value. Text is read in batches and dropped.

    Raises ConfigError: a public list cannot be read.
    """
    progress = progress or Silent()
    public = load_public(config.fingerprints.public_lists)
    con.execute(
        f"CREATE OR REPLACE TABLE {quoted(target)} (account_id VARCHAR, kind VARCHAR,"
        # random letters: looking for a compression took longer than all the hashing
        " value VARCHAR USING COMPRESSION uncompressed, n BIGINT,"
        " first_seen TIMESTAMP, last_seen TIMESTAMP, record BIGINT, pick UBIGINT)"
    )
    picks = "pick" in con.sql(f"FROM {quoted(source)} LIMIT 0").columns
    query = _QUERY.format(
        source=quoted(source),
        pick="coalesce(pick, 0)" if picks else "0::UBIGINT",
        prompt=_text("prompt"),
        system_prompt=_text("system_prompt"),
    )
    reader = con.sql(query).to_arrow_reader(_BATCH)
    writer = con.cursor()
    pending: deque[tuple[int, Future[_Both]]] = deque()
    gathered: list[_Both] = []
    flushing: deque[Future[None]] = deque()

    def drain(limit: int) -> None:
        while len(pending) > limit:
            rows, future = pending.popleft()
            gathered.append(future.result())
            progress.advance(rows)
            if len(gathered) == _GATHERED:
                flush()

    def flush() -> None:
        # beside the next batches; one at a time, for what is gathered is large
        if flushing:
            flushing.popleft().result()
        flushing.append(aside.submit(store, gathered.copy()))
        gathered.clear()

    def store(found: list[_Both]) -> None:
        for kind, parts in zip((PROMPT_TEXT, SYSTEM_TEXT), zip(*found, strict=True), strict=False):
            writer.register("fingerprint_rows", _aggregate(list(chain.from_iterable(parts)), kind))
            writer.execute(f"INSERT INTO {quoted(target)} SELECT * FROM fingerprint_rows")
            writer.unregister("fingerprint_rows")

    try:
        with ThreadPoolExecutor(WORKERS) as pool, ThreadPoolExecutor(1) as aside:
            for batch in reader:
                pending.append((batch.num_rows, pool.submit(_sketch_batch, batch, public, picks)))
                drain(2 * WORKERS)
            drain(0)
            flush()
            flushing.popleft().result()
        if not picks:
            writer.execute(f"ALTER TABLE {quoted(target)} DROP COLUMN pick")
    finally:
        # an error leaves the connection free for what comes next
        reader.close()
        writer.close()


def quoted(name: str) -> str:
    """A table name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _text(column: str) -> str:
    # the digest in letters, for a word with a digit would be masked
    digest = f"left(translate(md5({column}), '0123456789', 'ghijklmnop'), 24)"
    parts = f"concat_ws(' ', left({column}, {_EDGE}), {digest}, right({column}, {_EDGE}))"
    return f"CASE WHEN strlen({column}) > {_LONG} THEN {parts} ELSE {column} END AS {column}"


_QUERY = """
SELECT account_id, ts, record, {pick} AS pick, {prompt}, {system_prompt}
FROM {source} WHERE prompt IS NOT NULL OR system_prompt IS NOT NULL
"""


def _sketch_batch(batch: Any, public: Public, picks: bool) -> _Both:
    """Sketches of a batch's prompts and system prompts (few texts, many rows: each distinct one once)."""
    account = batch.column("account_id")
    ts = batch.column("ts").cast(pa.int64()).to_numpy()
    record = batch.column("record").to_numpy()
    pick = batch.column("pick").to_numpy()
    texts = batch.column("prompt")
    prompts = [
        _sketched(
            account.slice(begin, _SLICE),
            ts[begin : begin + _SLICE],
            record[begin : begin + _SLICE],
            pick[begin : begin + _SLICE],
            np.arange(len(texts.slice(begin, _SLICE))),
            texts.slice(begin, _SLICE),
            public,
            empty=picks,
        )
        for begin in range(0, batch.num_rows, _SLICE)
    ]
    system = batch.column("system_prompt").dictionary_encode()
    place = system.indices.fill_null(-1).to_numpy()
    return prompts, [_sketched(account, ts, record, np.zeros_like(pick), place, system.dictionary, public)]


def _sketched(
    account: Any, ts: I64, record: I64, pick: U64, place: I64, texts: Any, public: Public, *, empty: bool = False
) -> _Sketched:
    """Rows of which something is left to sketch, and where `empty` every row that has a text."""
    whole, sketches = sketch_texts(texts, public)
    # one more at the end, for rows without a text
    text = np.append(whole, np.uint64(0))
    there = text[place] != 0
    some = np.flatnonzero(there | texts.is_valid().to_numpy(zero_copy_only=False)[place] if empty else there)
    return _Sketched(
        account.take(pa.array(some)),
        ts[some],
        record[some],
        pick[some],
        place[some],
        text[place[some]],
        sketches,
    )


def _aggregate(parts: list[_Sketched], kind: str) -> Any:
    """One row per account, text and pick of what was gathered, in the order of their earliest occurrences."""
    account = pa.chunked_array([part.account for part in parts], pa.string()).combine_chunks().dictionary_encode()
    code = account.indices.to_numpy().astype(np.uint64)
    ts = np.concatenate([part.ts for part in parts])
    record = np.concatenate([part.record for part in parts])
    text = np.concatenate([part.text for part in parts])
    pick = np.concatenate([part.pick for part in parts])
    begins = np.cumsum([0, *(len(part.sketches) for part in parts)])
    place = np.concatenate([part.place + begin for part, begin in zip(parts, begins[:-1], strict=True)])
    order = argsort(mix(text ^ mix(code ^ mix(pick))))
    fresh = np.ones(len(order), dtype=np.bool_)
    fresh[1:] = False
    for key in (text, code, pick):
        fresh[1:] |= key[order[1:]] != key[order[:-1]]
    starts = np.flatnonzero(fresh)
    n = np.diff(np.append(starts, len(order)))
    repeated = np.repeat(n > 1, n)
    # within a group of several the earliest comes first
    some, group = order[repeated], np.cumsum(fresh)[repeated]
    order[repeated] = some[np.lexsort((record[some], ts[some], group))]
    head = order[starts]
    last = np.maximum.reduceat(ts[order], starts) if len(starts) else ts
    rank = np.argsort(head)
    head, last, n = head[rank], last[rank], n[rank]
    sketches = pc.fill_null(pa.chunked_array([part.sketches for part in parts], pa.string()), "")
    nothing = text[head] == 0
    n[nothing] = 0
    moment = pa.timestamp("us")
    return pa.table(
        {
            "account_id": account.take(pa.array(head)).cast(pa.string()),
            "kind": pa.array([kind], pa.string()).take(pa.array(np.zeros(len(head), np.int32))),
            "value": sketches.take(pa.array(place[head])),
            "n": n,
            "first_seen": pa.array(ts[head], mask=nothing).cast(moment),
            "last_seen": pa.array(last, mask=nothing).cast(moment),
            "record": record[head],
            "pick": pa.array(pick[head], mask=np.full(len(head), kind == SYSTEM_TEXT)),
        }
    )
