"""Families that form from all rows: scaffolds from shingles held by the same accounts, near-duplicates from bands.

No two accounts are ever compared. A shingle's set of accounts is sketched by MinHash (Broder, 1997), shingles with
nearly the same sketch meet in LSH bands, and union-find makes families of them; an account belongs to a family when
it holds enough of its shingles. All of it is linear in the sightings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from linkage import tables
from linkage.config import Config
from linkage.fingerprints.hashing import I64, U64, hash_bytes, mix
from linkage.fingerprints.rows import fingerprint, shingles_of_rows
from linkage.progress import Progress, Silent

_PERMUTATIONS, _LSH_BANDS = 32, 8
_ALIKE = 0.7
_FEWEST_SHINGLES = 3
_SHARE = 0.4


@dataclass(frozen=True)
class Holdings:
    """Which account holds which fingerprint: parallel arrays sorted by item, then account."""

    item: I64
    account: I64
    n: I64
    items: int


@dataclass(frozen=True)
class Grouping:
    """Families over holdings: label per item (-1 = none) and the (family, account) pairs that belong."""

    label: I64
    family: I64
    account: I64


def scaffolds(held: Holdings, account_key: U64) -> Grouping:
    """Families of fingerprints held by nearly the same accounts, and the accounts that hold enough of each."""
    starts = np.searchsorted(held.item, np.arange(held.items))
    sketch = np.empty((held.items, _PERMUTATIONS), dtype=np.uint64)
    for column in range(_PERMUTATIONS):
        sketch[:, column] = np.minimum.reduceat(
            mix(account_key + np.uint64((column + 1) * 0x9E3779B97F4A7C15 & 0xFFFFFFFFFFFFFFFF))[held.account], starts
        )
    left: list[I64] = []
    right: list[I64] = []
    depth = _PERMUTATIONS // _LSH_BANDS
    for band in range(_LSH_BANDS):
        bucket = shingles_of_rows(sketch[:, band * depth : (band + 1) * depth], band)
        _, first, inverse = np.unique(bucket, return_index=True, return_inverse=True)
        leader = first[inverse]
        alike = (sketch[leader] == sketch).mean(axis=1) >= _ALIKE
        left.append(np.flatnonzero(alike))
        right.append(leader[alike])
    a, b = np.concatenate(left), np.concatenate(right)
    _, label = connected_components(
        coo_array((np.ones(len(a), np.int8), (a, b)), shape=(held.items, held.items)), directed=False
    )
    label = label.astype(np.int64)
    size = np.bincount(label)
    label[size[label] < _FEWEST_SHINGLES] = -1
    return _members(held, label)


def _members(held: Holdings, label: I64) -> Grouping:
    if not len(held.item) or label.max(initial=-1) < 0:
        return Grouping(label, np.empty(0, np.int64), np.empty(0, np.int64))
    accounts = int(held.account.max()) + 1
    family = label[held.item]
    inside = family >= 0
    pair, count = np.unique(family[inside] * accounts + held.account[inside], return_counts=True)
    size = np.bincount(label[label >= 0], minlength=int(label.max()) + 1)
    enough = count >= np.maximum(2, np.ceil(size[pair // accounts] * _SHARE))
    pair = pair[enough]
    family, account = pair // accounts, pair % accounts
    alone = np.bincount(family, minlength=len(size)) < 2
    keep = ~alone[family]
    label = np.where((label >= 0) & ~alone[np.maximum(label, 0)], label, -1)
    return Grouping(label, family[keep], account[keep])


def duplicates(held: Holdings, origin: I64) -> Grouping:
    """Families of MinHash bands joined where one row (`origin`, per holding) gave several of them."""
    a, b = held.item, origin
    rows = int(origin.max(initial=-1)) + 1
    graph = coo_array((np.ones(len(a), np.int8), (a, held.items + b)), shape=(held.items + rows, held.items + rows))
    _, label = connected_components(graph, directed=False)
    label = np.unique(label[: held.items], return_inverse=True)[1].astype(np.int64)
    if not len(held.item):
        return Grouping(label, np.empty(0, np.int64), np.empty(0, np.int64))
    accounts = int(held.account.max()) + 1
    pair = np.unique(label[held.item] * accounts + held.account)
    return Grouping(label, pair // accounts, pair % accounts)


_SOURCES = {
    "scaffold": ("prompt_shingle", "constant text around what varies in prompts"),
    "near_duplicate": ("prompt_band", "prompts that differ in few words"),
    "system_scaffold": ("system_shingle", "constant text of system prompts"),
}


def form_families(
    con: duckdb.DuckDBPyConnection,
    *,
    sightings: str,
    target: str,
    fingerprints: str,
    config: Config,
    progress: Progress | None = None,
) -> None:
    """Families of the merged row-level sightings.

    Reads relation `sightings` (the snapshot's columns, with the kinds that `fingerprint` writes), writes `target`
    with the same columns and the kinds scaffold, near_duplicate and system_scaffold, and `fingerprints` (the
    snapshot's table of that name). Both are sorted.
    """
    progress = progress or Silent()
    src, out, table = _quoted(sightings), _quoted(target), _quoted(fingerprints)
    columns = ", ".join(f'"{name}" {kind}' for name, kind in tables.SNAPSHOT["sightings"].items())
    con.execute(f"CREATE OR REPLACE TABLE {out} ({columns})")
    columns = ", ".join(f'"{name}" {kind}' for name, kind in tables.SNAPSHOT["fingerprints"].items())
    con.execute(f"CREATE OR REPLACE TABLE {table} ({columns})")
    work = _quoted(f"{target}__work")
    for kind, (row_kind, words) in _SOURCES.items():
        con.execute(
            f"""
            CREATE OR REPLACE TABLE {work} AS
            SELECT dense_rank() OVER (ORDER BY value) - 1 AS item, dense_rank() OVER (ORDER BY account_id) - 1 AS account,
                   dense_rank() OVER (ORDER BY source_file, source_record) - 1 AS origin, *
            FROM (SELECT * FROM {src} WHERE kind = ?
                  AND value IN (SELECT value FROM {src} WHERE kind = ? GROUP BY value HAVING count(*) >= 2))
            ORDER BY item, account
            """,
            [row_kind, row_kind],
        )
        data = con.execute(f"SELECT item, account, origin, n FROM {work} ORDER BY item, account").fetchnumpy()
        item, account = data["item"].astype(np.int64), data["account"].astype(np.int64)
        if not len(item):
            continue
        held = Holdings(item, account, data["n"].astype(np.int64), int(item.max()) + 1)
        names = (
            con.sql(f"SELECT DISTINCT account, account_id FROM {work} ORDER BY account").to_arrow_table().column("account_id")
        )
        if kind == "near_duplicate":
            grouping = duplicates(held, data["origin"].astype(np.int64))
        else:
            grouping = scaffolds(held, _account_keys(names.combine_chunks()))
        label = pa.table({"item": np.arange(held.items), "family": grouping.label})
        belongs = pa.table({"family": grouping.family, "account": grouping.account})
        con.register("family_label", label)
        con.register("family_account", belongs)
        con.execute(
            f"""
            INSERT INTO {out}
            SELECT account_id, ?, (SELECT min(value) FROM {work} w JOIN family_label l USING (item) WHERE l.family = f.family),
                   max(n), min(first_seen), max(last_seen),
                   arg_min(source_file, (first_seen, source_file, source_record)),
                   arg_min(source_record, (first_seen, source_file, source_record))
            FROM {work} JOIN family_label f USING (item) JOIN family_account a ON a.family = f.family AND a.account = {work}.account
            GROUP BY account_id, f.family
            ORDER BY ALL
            """,
            [kind],
        )
        con.execute(
            f"INSERT INTO {table} SELECT kind, value, count(*), ?, NULL FROM {out} WHERE kind = ? GROUP BY ALL ORDER BY ALL",
            [words, kind],
        )
        con.unregister("family_label")
        con.unregister("family_account")
    con.execute(f"DROP TABLE IF EXISTS {work}")


def _account_keys(names: pa.Array | pa.ChunkedArray) -> U64:
    """A stable hash per account id, whatever its place."""
    return hash_bytes(names)


def families(texts: Sequence[str], owners: Sequence[str] | None = None, *, config: Config | None = None) -> list[str | None]:
    """Scaffold family of each text, or None; `owners` (default: every text its own) send them.

    For tests, documents and measuring: the same code as a rebuild. A text has the family of its owner that comes first.
    """
    config = config or Config()
    owners = owners if owners is not None else [f"{place:09d}" for place in range(len(texts))]
    con = duckdb.connect()
    rows = pa.table(
        {
            "account_id": pa.array(owners, pa.string()),
            "ts": pa.array([0] * len(texts), pa.timestamp("us")),
            "prompt": pa.array(texts, pa.string()),
            "system_prompt": pa.nulls(len(texts), pa.string()),
            "record": pa.array(range(1, len(texts) + 1), pa.int64()),
        }
    )
    con.register("texts", rows)
    fingerprint(con, source="texts", target="rows", config=config)
    con.execute(
        "CREATE VIEW merged AS SELECT account_id, kind, value, n, first_seen, last_seen, '' AS source_file, record AS source_record FROM rows"
    )
    form_families(con, sightings="merged", target="families", fingerprints="fingerprints", config=config)
    found = dict(con.execute("SELECT account_id, min(value) FROM families WHERE kind = 'scaffold' GROUP BY ALL").fetchall())
    return [found.get(owner) for owner in owners]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
