"""Families that form from all sketches: the same text, scaffolds, near-duplicates.

What a family is depends on what others sent, so it is made anew at each rebuild from the sketches. All of it is
linear in the number of prompts: no two accounts and no two prompts are ever compared.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from linkage import tables
from linkage.config import Config
from linkage.fingerprints.hashing import I64, U64, hash_bytes
from linkage.fingerprints.rows import PROMPT_TEXT, SYSTEM_TEXT, quoted
from linkage.fingerprints.scaffolds import FEWEST_SHINGLES, POPULAR, Holdings, components, group
from linkage.fingerprints.sketch import BAND, SHINGLE, TEXT, Pieces, encode, kind_of, unpack
from linkage.progress import Progress, Silent

#: accounts of this many prompts hold a shingle only when two of their prompts do
_MANY_PROMPTS = 24
#: share of what a family's accounts hold of it on average that makes a member
_SHARE = 0.4


@dataclass(frozen=True)
class Corpus:
    """Texts of one row kind, one per account and text; times in microseconds, files by place in `files`."""

    account: I64
    n: I64
    first: I64
    last: I64
    file: I64
    record: I64
    texts: Pieces
    bands: Pieces
    shingles: Pieces
    account_key: U64
    files: list[str]


@dataclass(frozen=True)
class Family:
    """Texts that belong to families: parallel arrays of text row and family value, and how many shingles each rests on."""

    rows: I64
    values: U64


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
    on a single account are left out.
    """
    progress = progress or Silent()
    names = quoted(f"{target}__names")
    con.execute(
        f"CREATE OR REPLACE TABLE {names} AS SELECT account_id, (row_number() OVER (ORDER BY account_id) - 1)::INTEGER AS account"
        f" FROM (SELECT DISTINCT account_id FROM {quoted(sightings)} WHERE kind IN (?, ?))",
        [PROMPT_TEXT, SYSTEM_TEXT],
    )
    for table, name in ((target, "sightings"), (fingerprints, "fingerprints")):
        columns = ", ".join(f'"{column}" {kind}' for column, kind in tables.SNAPSHOT[name].items())
        con.execute(f"CREATE OR REPLACE TABLE {quoted(table)} ({columns})")
    out: list[pa.Table] = []
    for row_kind, prefix in ((PROMPT_TEXT, ""), (SYSTEM_TEXT, "system_")):
        corpus = _read(con, sightings=sightings, names=names, kind=row_kind)
        out.append(_sightings(corpus, _same(corpus), f"{prefix}prompt"))
        out.append(_sightings(corpus, scaffolds(corpus), f"{prefix}scaffold"))
        if not prefix:
            out.append(_sightings(corpus, _near_duplicates(corpus), "near_duplicate"))
    con.register("family_rows", pa.concat_tables(out))
    con.execute(
        f"""
        INSERT INTO {quoted(target)}
        SELECT account_id, kind, value, n, make_timestamp(first), make_timestamp(last), source_file, source_record
        FROM family_rows JOIN {names} USING (account) ORDER BY account_id, kind, value
        """
    )
    con.unregister("family_rows")
    con.execute(f"DROP TABLE {names}")
    con.execute(
        f"INSERT INTO {quoted(fingerprints)} SELECT kind, value, count(*), '', NULL FROM {quoted(target)} GROUP BY ALL ORDER BY ALL"
    )
    for kind, words in _DESCRIPTIONS.items():
        con.execute(f"UPDATE {quoted(fingerprints)} SET description = ? WHERE kind = ?", [words, kind])


_DESCRIPTIONS = {
    "prompt": "the same prompt, apart from case, punctuation, numbers, quotes, code and addresses",
    "scaffold": "the same constant text in prompts, whatever fills it",
    "near_duplicate": "prompts that differ in few words",
    "system_prompt": "the same system prompt, apart from case, punctuation, numbers, quotes, code and addresses",
    "system_scaffold": "the same constant text in system prompts, whatever fills it",
}


def _read(con: duckdb.DuckDBPyConnection, *, sightings: str, names: str, kind: str) -> Corpus:
    con.execute("SET VARIABLE fingerprint_kind = ?", [kind])
    reader = con.sql(
        f"""
        SELECT account, value, n, epoch_us(first_seen) AS first, epoch_us(last_seen) AS last, source_file, source_record
        FROM {quoted(sightings)} JOIN {names} USING (account_id) WHERE kind = getvariable('fingerprint_kind')
        """
    ).to_arrow_reader(1 << 18)
    columns: dict[str, list[I64]] = {name: [] for name in ("account", "n", "first", "last", "source_record", "file")}
    pieces: dict[int, list[Pieces]] = {TEXT: [], BAND: [], SHINGLE: []}
    files: dict[str, int] = {}
    done = 0
    for batch in reader:
        for name in ("account", "n", "first", "last", "source_record"):
            columns[name].append(batch.column(name).to_numpy(zero_copy_only=False).astype(np.int64))
        file = batch.column("source_file").dictionary_encode()
        places = np.array([files.setdefault(name, len(files)) for name in file.dictionary.to_pylist()], dtype=np.int64)
        columns["file"].append(places[file.indices.to_numpy(zero_copy_only=False)])
        found = unpack(batch.column("value"))
        what = kind_of(found.values)
        for code, parts in pieces.items():
            chosen = what == code
            parts.append(Pieces(found.values[chosen], found.rows[chosen] + done))
        done += batch.num_rows
    flat = {name: np.concatenate(parts) if parts else np.empty(0, np.int64) for name, parts in columns.items()}
    ids = con.sql(f"SELECT account_id FROM {names} ORDER BY account").to_arrow_table().column(0)
    return Corpus(
        account=flat["account"],
        n=flat["n"],
        first=flat["first"],
        last=flat["last"],
        file=flat["file"],
        record=flat["source_record"],
        texts=_joined(pieces[TEXT]),
        bands=_joined(pieces[BAND]),
        shingles=_joined(pieces[SHINGLE]),
        account_key=hash_bytes(ids),
        files=list(files),
    )


def _joined(parts: list[Pieces]) -> Pieces:
    if not parts:
        return Pieces(np.empty(0, np.uint64), np.empty(0, np.int64))
    return Pieces(np.concatenate([part.values for part in parts]), np.concatenate([part.rows for part in parts]))


def _shared(pieces: Pieces, account: I64) -> tuple[Pieces, I64]:
    """The pieces that two accounts or more hold, sorted by value, and the number of each one's value."""
    order = np.argsort(pieces.values, kind="stable")
    values, rows = pieces.values[order], pieces.rows[order]
    if not len(values):
        return Pieces(values, rows), np.empty(0, np.int64)
    fresh = np.concatenate([[True], values[1:] != values[:-1]])
    starts = np.flatnonzero(fresh)
    holder = account[rows]
    shared = np.minimum.reduceat(holder, starts) != np.maximum.reduceat(holder, starts)
    item = np.cumsum(fresh) - 1
    keep = shared[item]
    return Pieces(values[keep], rows[keep]), (np.cumsum(shared) - 1)[item[keep]]


def _same(corpus: Corpus) -> Family:
    """Texts that are the same."""
    shared, _ = _shared(corpus.texts, corpus.account)
    return Family(shared.rows, shared.values)


def _near_duplicates(corpus: Corpus) -> Family:
    """Texts joined by MinHash bands that they share with other accounts' texts."""
    shared, item = _shared(corpus.bands, corpus.account)
    if not len(item):
        return Family(shared.rows, shared.values)
    order = np.argsort(shared.rows, kind="stable")
    rows, items = shared.rows[order], item[order]
    twice = rows[1:] == rows[:-1]
    label = components(items[:-1][twice], items[1:][twice], int(item.max()) + 1)
    starts = np.flatnonzero(np.concatenate([[True], item[1:] != item[:-1]]))
    least = np.full(int(label.max()) + 1, np.iinfo(np.uint64).max, dtype=np.uint64)
    np.minimum.at(least, label, shared.values[starts])
    pair = np.unique(np.stack([rows, label[items]]), axis=1)
    return Family(pair[0], least[pair[1]])


def scaffolds(corpus: Corpus) -> Family:
    """Texts that hold two shingles or more of a scaffold, of accounts that hold enough of it."""
    nothing = Family(np.empty(0, np.int64), np.empty(0, np.uint64))
    shared, item = _shared(corpus.shingles, corpus.account)
    if not len(item):
        return nothing
    accounts = len(corpus.account_key)
    pair, place = np.unique(item * accounts + corpus.account[shared.rows], return_inverse=True)
    n = np.bincount(place, weights=corpus.n[shared.rows]).astype(np.int64)
    prompts = np.bincount(corpus.account, weights=corpus.n, minlength=accounts)
    pair_item, pair_account = pair // accounts, pair % accounts
    keep = (n >= 2) | (prompts[pair_account] < _MANY_PROMPTS)
    size = np.bincount(pair_item[keep], minlength=int(item.max()) + 1)
    keep &= size[pair_item] >= 2
    items, compact = np.unique(pair_item[keep], return_inverse=True)
    held = Holdings(compact, pair_account[keep], n[keep], len(items))
    family = np.full(int(item.max()) + 1, -1, dtype=np.int64)
    family[items] = group(held, corpus.account_key)
    # accounts: how many shingles of each family they hold
    label = family[pair_item[keep]]
    owner, count = np.unique(label * accounts + pair_account[keep], return_counts=True)
    owner_family, owner_account = owner // accounts, owner % accounts
    shingles = np.bincount(family[family >= 0])
    several = count >= 2
    mean = np.bincount(owner_family[several], weights=count[several], minlength=len(shingles)) / np.maximum(
        np.bincount(owner_family[several], minlength=len(shingles)), 1
    )
    need = np.maximum(np.minimum(FEWEST_SHINGLES, shingles), np.ceil(mean * _SHARE))
    member = (shingles[owner_family] >= 2) & (count >= need[owner_family])
    holders = np.bincount(owner_family[member], minlength=len(shingles))
    strong = (holders >= 2) & (shingles >= np.array([99, 99, 6, 5, 4, 4, 4, 4, 4, 4, 3] + [3] * 29 + [2])[np.minimum(holders, 40)])
    member &= strong[owner_family]
    members = owner[member]
    # texts: those of members that hold two shingles of the family
    text_label = family[item]
    inside = text_label >= 0
    texts = int(shared.rows.max()) + 1
    text, count = np.unique(text_label[inside] * texts + shared.rows[inside], return_counts=True)
    text = text[count >= 2]
    text_family, rows = text // texts, text % texts
    mine = np.isin(text_family * accounts + corpus.account[rows], members)
    text_family, rows = text_family[mine], rows[mine]
    least = np.full(len(shingles), np.iinfo(np.uint64).max, dtype=np.uint64)
    np.minimum.at(least, text_label[inside], shared.values[inside])
    return Family(rows, least[text_family])


def _sightings(corpus: Corpus, family: Family, kind: str) -> pa.Table:
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
