"""A snapshot again without one account, and the removal of everything in the store that holds it."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa

from linkage.engine import open_engine
from linkage.store import Build, Draft, Snapshot, Store, open_snapshot
from linkage.store.catalogue import stored
from linkage.store.files import refusals, remove, settle
from linkage.store.layout import Layout
from linkage.store.locking import unread
from linkage.store.manifest import NAME
from linkage.tables import SNAPSHOT

#: Tables with a row for an account, and with one for what it was seen with.
_BY_ACCOUNT: Final = ("accounts", "members", "activity", "models", "spread")
_BY_VALUE: Final = ("sightings", "edges")
#: Caches that are made again, by folder of the store: what they hold of a snapshot goes with it.
_CACHES: Final = ("layouts",)
_ERASED: Final = "names an account that was erased"


def holds(snapshot: Snapshot, account: str) -> bool:
    """Whether anything in a snapshot names the account."""
    found = snapshot.query(
        r"""
        SELECT 1 FROM accounts WHERE account_id = $a UNION ALL SELECT 1 FROM members WHERE account_id = $a
        UNION ALL SELECT 1 FROM sightings WHERE account_id = $a OR value = $a
        UNION ALL SELECT 1 FROM edges WHERE account_id = $a OR value = $a
        UNION ALL SELECT 1 FROM activity WHERE account_id = $a UNION ALL SELECT 1 FROM models WHERE account_id = $a
        UNION ALL SELECT 1 FROM identifiers WHERE value = $a UNION ALL SELECT 1 FROM spread WHERE account_id = $a
        -- somebody's unreadable cell is quoted there; as a word of its own, so that u1 is not in u12
        UNION ALL SELECT 1 FROM set_aside
        WHERE contains(reason, $a) AND regexp_matches(reason, '(^|\W)' || regexp_escape($a) || '(\W|$)') LIMIT 1
        """,
        {"a": account},
    )
    return bool(found.num_rows)


def republish(store: Store, draft: Draft, snapshot: Snapshot, account: str) -> str:
    """Publish `snapshot` without the account; the new id. Inside Store.lock(). Raises StoreError.

    Sizes and sums of its cluster and the counts of its identifiers are those without it. Risks and reasons stay until
    the next rebuild finds them anew: they are shares over the whole cluster.
    """
    con = open_engine(draft.work)
    counts = dict(snapshot.manifest.counts)
    try:
        for name in SNAPSHOT:
            con.register(name, _without(snapshot, name, account))
            rows = draft.write(con, name).rows
            con.unregister(name)
            if name in counts:
                counts[name] = rows
        known = {name: getattr(snapshot.manifest, name) for name in Build.model_fields}
        notice = "an account was erased since this was built; risks and reasons of its cluster are those of before"
        build = Build(**{**known, "counts": counts, "notices": tuple(dict.fromkeys((*snapshot.manifest.notices, notice)))})
    finally:
        con.close()
    # retention is the rebuild's; what holds the account is removed by its name
    return draft.publish(build, keep=2**31)


def _without(snapshot: Snapshot, name: str, account: str) -> pa.Table:
    """A table of the snapshot without the account."""
    columns = ", ".join(f'"{column}"' for column in SNAPSHOT[name])
    parameters: dict[str, Any] = {"a": account}
    if name in _BY_ACCOUNT:
        return snapshot.query(f"SELECT {columns} FROM {name} WHERE account_id <> $a", parameters)
    if name in _BY_VALUE:
        kept = "" if name == "sightings" else "AND (kind, value) NOT IN (SELECT (kind, value) FROM lone)"
        return snapshot.query(
            f"WITH {_LONE} SELECT {columns} FROM {name} WHERE account_id <> $a AND value <> $a {kept}", parameters
        )
    if name in ("reasons", "figures", "lineage"):
        return snapshot.query(
            f"SELECT {columns} FROM {name} WHERE cluster_id NOT IN (SELECT cluster_id FROM members GROUP BY cluster_id "
            "HAVING count(*) FILTER (WHERE account_id <> $a) = 0)",
            parameters,
        )
    replaced = ", ".join(
        f"{_CHANGED[name].get(column, f't.{_quoted(column)}')} AS {_quoted(column)}" for column in SNAPSHOT[name]
    )
    return snapshot.query(f"WITH {_LONE}, {_MINE} SELECT {replaced} FROM {name} AS t {_JOINS[name]}", parameters)


def _quoted(column: str) -> str:
    return f'"{column}"'


#: What the account shared with one other only: no identifier of two accounts any more.
_LONE: Final = """mine AS (SELECT DISTINCT kind, value FROM sightings WHERE account_id = $a
        UNION SELECT kind, value FROM edges WHERE account_id = $a),
    lone AS (SELECT kind, value FROM identifiers SEMI JOIN mine USING (kind, value) WHERE accounts <= 2
        UNION SELECT kind, value FROM identifiers WHERE value = $a)"""
#: Its cluster without it.
_MINE: Final = """home AS (
        SELECT m.cluster_id, count(*) AS size, count(*) FILTER (WHERE m.role = 'core') AS core,
               min(a.first_seen) AS first_seen, max(a.last_seen) AS last_seen, sum(a.requests)::BIGINT AS requests,
               sum(a.input_tokens)::BIGINT AS input_tokens, sum(a.output_tokens)::BIGINT AS output_tokens
        FROM members AS m JOIN accounts AS a USING (account_id)
        WHERE m.account_id <> $a AND m.cluster_id = (SELECT cluster_id FROM members WHERE account_id = $a)
        GROUP BY m.cluster_id
    )"""
_CHANGED: Final[dict[str, dict[str, str]]] = {
    "clusters": {
        **{
            column: f"coalesce(home.{column}, t.{column})"
            for column in ("size", "core", "first_seen", "last_seen", "requests", "input_tokens", "output_tokens")
        },
        "associates": "coalesce(home.size - home.core, t.associates)",
    },
    "identifiers": {"accounts": "t.accounts - CASE WHEN mine.kind IS NULL THEN 0 ELSE 1 END"},
    "fingerprints": {"sample": "CASE WHEN mine.kind IS NULL THEN t.sample END"},
    "set_aside": {"reason": f"CASE WHEN contains(t.reason, $a) THEN '{_ERASED}' ELSE t.reason END"},
}
_JOINS: Final = {
    "clusters": "LEFT JOIN home USING (cluster_id) WHERE t.cluster_id NOT IN (SELECT cluster_id FROM members "
    "GROUP BY cluster_id HAVING count(*) FILTER (WHERE account_id <> $a) = 0)",
    "identifiers": "LEFT JOIN mine USING (kind, value) ANTI JOIN lone USING (kind, value)",
    "fingerprints": "LEFT JOIN mine USING (kind, value)",
    "set_aside": "",
}


@dataclass
class Removal:
    """What was removed, by kind, and what could not be."""

    removed: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def remove_snapshots(store: Path, account: str, *, keep: str) -> Removal:
    """Remove every snapshot but `keep` that names the account, pinned or not, and the caches of it.

    One that somebody is reading is left, and said so. Inside Store.lock(). Raises StoreError: one cannot be read.
    """
    layout = Layout(store)
    done = Removal()
    for name in stored(layout):
        if name == keep:
            continue
        with _opened(store, name) as snapshot:
            if snapshot is not None and not holds(snapshot, account):
                continue
        folder = layout.snapshot(name)
        with refusals(folder), unread(folder / NAME) as free:
            if not free:
                done.left.append(f"snapshot {name} is being read; end that (a page may hold it), then run it again")
                continue
            gone = layout.work / f"erased-{name}"
            remove(gone)
            folder.rename(gone)
            settle(layout.snapshots)
        remove(gone)
        (layout.pins / name).unlink(missing_ok=True)
        done.removed.append(f"snapshot {name}")
        for cache in _CACHES:
            remove(store / cache / name)
    return done


@contextmanager
def _opened(store: Path, name: str) -> Iterator[Snapshot | None]:
    """A snapshot; None for one that is damaged: what it holds cannot be told, so it goes."""
    from linkage.errors import NotFound, StoreError

    try:
        snapshot = open_snapshot(store, name)
    except (StoreError, NotFound):
        yield None
        return
    with snapshot:
        yield snapshot


def drop_partials(store: Store, con: duckdb.DuckDBPyConnection, account: str) -> int:
    """Forget what was kept of input files that name the account; how many. They go with the next publication."""
    dropped = 0
    for key in store.partial_keys():
        folder = store.partials(key)
        if folder is None or any(_names(con, file, account) for file in sorted(folder.glob("*.parquet"))):
            store.drop_partial(key)
            dropped += 1
    return dropped


def _names(con: duckdb.DuckDBPyConnection, file: Path, account: str) -> bool:
    relation = con.read_parquet(str(file), hive_partitioning=False)
    texts = [name for name, kind in zip(relation.columns, relation.types, strict=True) if str(kind) == "VARCHAR"]
    relation.create_view("looked_into", replace=True)
    if not texts:
        return False
    tests = " OR ".join(f"contains({_quoted(name)}, $a)" if name == "reason" else f"{_quoted(name)} = $a" for name in texts)
    return bool(con.execute(f"SELECT 1 FROM looked_into WHERE {tests} LIMIT 1", {"a": account}).fetchall())


def remove_bundles(store: Path, account: str) -> list[str]:
    """Remove bundles that the pages keep for download and that name the account; their names."""
    removed = []
    word = re.compile(rb"(?<![\w])" + re.escape(account.encode("utf-8", "surrogatepass")) + rb"(?![\w])")
    folder = store / "exports"
    for file in sorted(folder.glob("*.zip")) if folder.is_dir() else ():
        with refusals(file):
            if _bundle_names(file, word):
                file.unlink()
                removed.append(f"bundle {file.name}")
    return removed


def _bundle_names(file: Path, word: re.Pattern[bytes]) -> bool:
    try:
        with zipfile.ZipFile(file) as bundle:
            return any(word.search(bundle.read(name)) for name in bundle.namelist() if not name.endswith((".parquet", "/")))
    except (zipfile.BadZipFile, OSError):
        return True  # what it holds cannot be told
