"""From rows of the request log to sketches of their text, one row per account and text.

Nothing here looks at what other rows say, so the tables of different files add up: sum n, min first_seen, max last_seen.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from linkage.config import Config
from linkage.fingerprints.public import Public, load_public
from linkage.fingerprints.sketch import PIECE, pack, sketch
from linkage.fingerprints.text import words
from linkage.progress import Progress, Silent

#: Row-level kinds: their value is a packed sketch.
PROMPT_TEXT: Final = "prompt_text"
SYSTEM_TEXT: Final = "system_text"
#: Rows a batch; two workers and four waiting batches hold about 100 MB at 250 characters a prompt.
_BATCH = 32_768
_WORKERS = 2
#: Of a longer text (bytes) only this many characters at the head and at the tail are read, besides the hash of the whole.
_LONG, _EDGE = 32_768, 8_192


def fingerprint(
    con: duckdb.DuckDBPyConnection, *, source: str, target: str, config: Config, progress: Progress | None = None
) -> None:
    """Sketches of the texts in relation `source` into table `target`, one row per account, kind and value.

    `source` has account_id, ts, prompt, system_prompt and record; `target` gets account_id, kind (prompt_text or
    system_text), value (a packed sketch, see linkage.fingerprints.sketch), n (rows), first_seen, last_seen and record
    (of the earliest occurrence, the smallest of several). Text is read in batches and dropped.

    Raises ConfigError: a public list cannot be read.
    """
    progress = progress or Silent()
    public = load_public(config.fingerprints.public_lists)
    out, stage, system = quoted(target), quoted(f"{target}__stage"), quoted(f"{target}__system")
    con.execute(
        f"CREATE OR REPLACE TABLE {stage} (account_id VARCHAR, ts TIMESTAMP, record BIGINT, prompt VARCHAR, system VARCHAR)"
    )
    con.execute(f"CREATE OR REPLACE TABLE {system} (text VARCHAR, sketch VARCHAR)")
    reader = con.sql(_QUERY.format(source=quoted(source), long=_LONG, edge=_EDGE)).to_arrow_reader(_BATCH)
    writer = con.cursor()
    pending: deque[Future[tuple[pa.Table, pa.Table]]] = deque()

    def drain(limit: int) -> None:
        while len(pending) > limit:
            for table, batch in zip((stage, system), pending.popleft().result(), strict=True):
                writer.register("fingerprint_batch", batch)
                writer.execute(f"INSERT INTO {table} SELECT * FROM fingerprint_batch")
                writer.unregister("fingerprint_batch")
            progress.advance(_BATCH)

    try:
        with ThreadPoolExecutor(_WORKERS) as pool:
            for batch in reader:
                pending.append(pool.submit(_work, batch, public))
                drain(2 * _WORKERS)
            drain(0)
    finally:
        writer.close()
    con.execute(
        _AGGREGATE.format(target=out, stage=stage, system=system, piece=PIECE, prompt_kind=PROMPT_TEXT, system_kind=SYSTEM_TEXT)
    )
    con.execute(f"DROP TABLE {stage}")
    con.execute(f"DROP TABLE {system}")


def quoted(name: str) -> str:
    """A table name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def _work(batch: pa.RecordBatch, public: Public) -> tuple[pa.Table, pa.Table]:
    """Sketches of a batch: per row, and per distinct system prompt (few texts, many rows)."""
    system = batch.column("system_prompt").dictionary_encode()
    sketches = sketch_texts(system.dictionary, public)
    rows = pa.table(
        {
            "account_id": batch.column("account_id"),
            "ts": batch.column("ts"),
            "record": batch.column("record"),
            "prompt": sketch_texts(batch.column("prompt"), public),
            "system": pc.utf8_slice_codeunits(sketches, 0, PIECE).take(system.indices),
        }
    )
    distinct = pa.table({"text": pc.utf8_slice_codeunits(sketches, 0, PIECE), "sketch": sketches}).filter(sketches.is_valid())
    return rows, distinct


def sketch_texts(texts: pa.Array, public: Public) -> pa.StringArray:
    """Packed sketches of texts; null where too little is left after masks and public text."""
    return pack(sketch(public.remove(words(texts))), len(texts))


_QUERY = """
SELECT account_id, ts, record,
       CASE WHEN strlen(prompt) > {long}
            THEN concat_ws(' ', left(prompt, {edge}), left(translate(md5(prompt), '0123456789', 'ghijklmnop'), 24), right(prompt, {edge})) ELSE prompt END AS prompt,
       CASE WHEN strlen(system_prompt) > {long}
            THEN concat_ws(' ', left(system_prompt, {edge}), left(translate(md5(system_prompt), '0123456789', 'ghijklmnop'), 24), right(system_prompt, {edge})) ELSE system_prompt END AS system_prompt
FROM {source} WHERE prompt IS NOT NULL OR system_prompt IS NOT NULL
"""
# The group-by holds numbers only and the sketch follows by its record: strings of 100 characters in a hash table of
# 16 million groups took 4 GB. The earliest occurrence is the least (time, record), both in one 128-bit number.
_AGGREGATE = """
CREATE OR REPLACE TABLE {target} AS
WITH names AS MATERIALIZED (
    SELECT account_id, row_number() OVER ()::INTEGER AS account FROM (SELECT DISTINCT account_id FROM {stage})
), rows AS (
    SELECT account, (epoch_us(ts)::HUGEINT + (1::HUGEINT << 63)) * (1::HUGEINT << 48) + record AS moment, ts, record, prompt, system
    FROM {stage} JOIN names USING (account_id)
), prompts AS (
    SELECT account, prompt[:{piece}] AS text, count(*) AS n, max(ts) AS last_seen, min(moment) AS moment
    FROM rows WHERE prompt IS NOT NULL GROUP BY ALL
), systems AS (
    SELECT account, system AS text, count(*) AS n, max(ts) AS last_seen, min(moment) AS moment
    FROM rows WHERE system IS NOT NULL GROUP BY ALL
), seen AS (
    SELECT account, '{prompt_kind}' AS kind, prompt AS value, n, last_seen, moment
    FROM prompts JOIN (SELECT account, moment, prompt FROM rows) USING (account, moment) WHERE prompt[:{piece}] = text
    UNION ALL
    SELECT account, '{system_kind}', sketch, n, last_seen, moment
    FROM systems JOIN (SELECT text, any_value(sketch) AS sketch FROM {system} GROUP BY text) USING (text)
)
SELECT account_id, kind, value, n, make_timestamp(((moment >> 48) - (1::HUGEINT << 63))::BIGINT) AS first_seen,
       last_seen, (moment & ((1::HUGEINT << 48) - 1))::BIGINT AS record
FROM seen JOIN names USING (account)
"""
