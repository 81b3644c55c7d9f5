"""Families that form from all sketches: the same text, scaffolds, near-duplicates.

What a family is depends on what others sent, so it is made anew at each rebuild from the sketches. All of it is
linear in the number of prompts: no two accounts and no two prompts are ever compared.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from linkage import tables
from linkage.config import Config
from linkage.fingerprints.corpus import Corpus, read_corpus
from linkage.fingerprints.duplicates import near_duplicates, of_several_texts, same_texts
from linkage.fingerprints.pieces import Belongs
from linkage.fingerprints.rows import PROMPT_TEXT, SYSTEM_TEXT, quoted
from linkage.fingerprints.scaffolds import scaffolds
from linkage.fingerprints.sketch import encode
from linkage.progress import Progress, Silent


def form_families(
    con: duckdb.DuckDBPyConnection,
    *,
    sightings: str,
    target: str,
    fingerprints: str,
    config: Config,
    progress: Progress | None = None,
) -> None:
    """Families of the row-level sightings that `fingerprint` makes.

    Reads relation `sightings` (the snapshot's columns; kinds prompt_text and system_text; several rows of one account, kind
    and value add up), writes `target` with the same columns and the kinds prompt, scaffold, near_duplicate,
    system_prompt and system_scaffold, and `fingerprints` (the snapshot's table of that name). Both are sorted. Values
    on a single account are left out. Where the configuration keeps samples, also table `{fingerprints}_parts` (kind,
    value, shingle), which `sample_families` reads. `progress` is told of texts as their sketches are read.
    """
    progress = progress or Silent()
    names = f"{target}__names"
    con.execute(
        f"CREATE OR REPLACE TABLE {quoted(names)} AS"
        " SELECT account_id, (row_number() OVER (ORDER BY account_id) - 1)::INTEGER AS account"
        f" FROM (SELECT DISTINCT account_id FROM {quoted(sightings)} WHERE kind IN (?, ?))",
        [PROMPT_TEXT, SYSTEM_TEXT],
    )
    for table, name in ((target, "sightings"), (fingerprints, "fingerprints")):
        columns = ", ".join(f'"{column}" {kind}' for column, kind in tables.SNAPSHOT[name].items())
        con.execute(f"CREATE OR REPLACE TABLE {quoted(table)} ({columns})")
    out: list[Any] = []
    parts: list[Any] = []
    for row_kind, prefix in ((PROMPT_TEXT, ""), (SYSTEM_TEXT, "system_")):
        corpus = read_corpus(con, sightings=sightings, names=names, kind=row_kind, progress=progress)
        with ThreadPoolExecutor(2) as pool:
            # scaffolds take longest, and half of it on one core
            waiting = pool.submit(scaffolds, corpus)
            same = same_texts(corpus)
            out.append(_sightings(corpus, same, f"{prefix}prompt"))
            if not prefix:
                out.append(_sightings(corpus, near_duplicates(corpus), "near_duplicate"))
            found = waiting.result()
        if prefix:
            # one text that many use is a shared system prompt, and not a scaffold besides: it would weigh twice
            found = of_several_texts(found, same, len(corpus.account))
        out.append(_sightings(corpus, found, f"{prefix}scaffold"))
        parts.append(_parts(found, f"{prefix}scaffold"))
        del corpus
    con.register("family_rows", pa.concat_tables(out))
    con.execute(
        f"""
        INSERT INTO {quoted(target)}
        SELECT account_id, kind, value, n, make_timestamp(first), make_timestamp(last), source_file, source_record
        FROM family_rows JOIN {quoted(names)} USING (account) ORDER BY account_id, kind, value
        """
    )
    con.unregister("family_rows")
    con.execute(f"DROP TABLE {quoted(names)}")
    con.register("family_parts", pa.concat_tables(parts))
    con.register("family_words", pa.table({"kind": list(_DESCRIPTIONS), "words": list(_DESCRIPTIONS.values())}))
    con.execute(
        f"""
        INSERT INTO {quoted(fingerprints)}
        SELECT kind, value, members, words || coalesce(' (' || rests || ' sampled runs of five words)', ''), NULL
        FROM (SELECT kind, value, count(*) AS members FROM {quoted(target)} GROUP BY ALL) JOIN family_words USING (kind)
        LEFT JOIN (SELECT kind, value, count(*) AS rests FROM family_parts GROUP BY ALL) USING (kind, value)
        ORDER BY kind, value
        """
    )
    if config.fingerprints.samples:
        con.execute(f"CREATE OR REPLACE TABLE {quoted(fingerprints + '_parts')} AS SELECT * FROM family_parts")
    con.unregister("family_words")
    con.unregister("family_parts")


_DESCRIPTIONS = {
    "prompt": "the same prompt, apart from case, punctuation, numbers, quotes, code and addresses",
    "scaffold": "the same constant text in prompts, whatever fills it",
    "near_duplicate": "prompts that differ in few words",
    "system_prompt": "the same system prompt, apart from case, punctuation, numbers, quotes, code and addresses",
    "system_scaffold": "the same constant text in system prompts, whatever fills it",
}


def _parts(family: Belongs, kind: str) -> Any:
    """What each scaffold rests on, a row per family and shingle."""
    values, shingles = family.parts
    return pa.table({"kind": pa.array([kind] * len(values), pa.string()), "value": encode(values), "shingle": encode(shingles)})


def _sightings(corpus: Corpus, family: Belongs, kind: str) -> Any:
    """One row per account and family from the texts that belong; families left with one account go."""
    accounts = max(len(corpus.account_key), 1)
    values, code = np.unique(family.values, return_inverse=True)
    owner, place = np.unique(code * accounts + corpus.account[family.rows], return_inverse=True)
    alone = np.bincount(owner // accounts, minlength=len(values)) < 2
    # earliest text of each owner: the least (time, file, record)
    names = np.argsort(np.argsort(np.array(corpus.files, dtype=object))) if corpus.files else np.empty(0, np.int64)
    rows = family.rows
    order = np.lexsort((corpus.record[rows], names[corpus.file[rows]], corpus.first[rows], place))
    starts = np.searchsorted(place[order], np.arange(len(owner)))
    head = rows[order][starts]
    last = np.zeros(len(owner), np.int64)
    if len(owner):
        last = np.maximum.reduceat(corpus.last[rows][order], starts)
    n = np.bincount(place, weights=corpus.n[rows], minlength=len(owner)).astype(np.int64)
    keep = ~alone[owner // accounts]
    return pa.table(
        {
            "account": pa.array((owner % accounts)[keep], pa.int32()),
            "kind": pa.array([kind] * int(keep.sum()), pa.string()),
            "value": encode(values[owner[keep] // accounts]),
            "n": n[keep],
            "first": corpus.first[head][keep],
            "last": last[keep],
            "source_file": pa.array(corpus.files, pa.string()).take(pa.array(corpus.file[head][keep])),
            "source_record": corpus.record[head][keep],
        }
    )
