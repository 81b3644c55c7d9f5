"""The order of the stages: a folder of logs in, a published snapshot out.

Only this module knows what follows what. Each input file becomes a partial (its sightings, usage and set-aside rows),
kept in the store under the digest of the file and of the settings that shaped it; the rest is made anew each time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from linkage import __version__, accounts, clusters, fingerprints, graph, ingest, sightings
from linkage.cases.rebuilding import check, follow, for_rebuild, nobody
from linkage.config import Config
from linkage.engine import engine_memory, engine_refusals, first_row, open_engine
from linkage.grouping import find_clusters
from linkage.partials import TEXT, Partial, Reading, read_files, rows_known, union
from linkage.progress import Progress
from linkage.samples import add_samples
from linkage.store import Build, Draft, InputFile, Snapshot, Store, open_snapshot
from linkage.tables import SNAPSHOT, create
from linkage.timing import Clock

#: tables that clusters have no say in
_SETTLED: Final = ("sightings", "activity", "models", "fingerprints", "set_aside")


@dataclass(frozen=True)
class TableCount:
    """Rows of one input table: read in all, set aside, and cells nulled."""

    table: str
    files: int
    rows: int
    set_aside: int
    nulled: int


@dataclass(frozen=True)
class RebuildSummary:
    """What a rebuild did."""

    snapshot_id: str
    files: tuple[TableCount, ...]
    accounts: int
    sightings: int
    identifiers: int
    clusters: int
    flagged: int
    flagged_accounts: int
    events: dict[str, int]
    seconds: float
    notices: tuple[str, ...]


def rebuild(
    input: Path,
    store: Path,
    *,
    config: Config,
    algorithm: str | None = None,
    memory_bytes: int | None = None,
    threads: int | None = None,
    as_of: datetime | None = None,
    full: bool = False,
    actor: str = "",
    decisions: bool = True,
    progress: Progress,
) -> RebuildSummary:
    """Rebuild `store` from the tables in `input` and publish the snapshot.

    `full` drops the kept partials and starts community detection from nothing; cluster ids carry on all the same.
    `threads` are the engine's (None = one a core); `decisions` false leaves out what people decided.
    Raises InputError, ConfigError, StoreError, LockHeld, Unavailable.
    """
    began = time.monotonic()
    moment = (as_of or datetime.now(UTC)).astimezone(UTC).replace(tzinfo=None)
    if algorithm is not None:
        config = config.model_copy(update={"communities": config.communities.model_copy(update={"algorithm": algorithm})})
    clock = Clock(progress)
    found = ingest.discover(input)
    notices = list(found.notices)
    with engine_refusals(), Store(store).lock() as locked, locked.begin() as draft:
        if decisions:
            check(store)
        if full:
            locked.drop_partials()
        budget = engine_memory(memory_bytes, sum(file.size for file in found))
        con = open_engine(draft.work, memory_bytes=budget, threads=threads)
        try:
            for name in SNAPSHOT:
                con.execute(create(name))
            with clock.stage("read", rows_known(found) or 0):
                parts = read_files(con, locked, draft, found, config=config, as_of=moment, progress=progress)
            readings = sorted((r for part in parts for r in part.readings), key=lambda r: r.file.ordinal)
            notices.extend(note for reading in readings for note in reading.notices)
            bare = not any(part.table in ("accounts", "requests") and sum(r.rows for r in part.readings) for part in parts)
            config = _link(con, parts, config=config, as_of=moment, clock=clock, notices=notices)
            # what is settled by now is written while one core looks for communities
            with _previous(store, draft) as previous, con.cursor() as own, ThreadPoolExecutor(1) as writer:
                early = writer.submit(lambda: [draft.write(own, name) for name in _SETTLED])
                people = for_rebuild(store, previous) if decisions else nobody()
                find_clusters(con, store, previous, people, bare=bare, config=config, full=full, clock=clock)
                counts = _counts(con)
                with clock.stage("write", counts["sightings"]):
                    early.result()
                    for name in SNAPSHOT:
                        if name not in _SETTLED:
                            draft.write(con, name)
            build = Build(
                version=__version__,
                config=config.model_dump(mode="json"),
                config_sha256=config.digest(),
                seed=config.communities.seed,
                engine="duckdb",
                engine_version=duckdb.__version__,
                algorithm=config.communities.algorithm,
                as_of=moment,
                actor=actor,
                inputs=tuple(
                    InputFile(
                        table=reading.file.table,
                        path=reading.file.path,
                        bytes=reading.file.size,
                        sha256=reading.file.sha256,
                        rows=reading.rows,
                        set_aside=reading.set_aside,
                        nulled=reading.nulled,
                    )
                    for reading in readings
                ),
                counts=counts,
                stages=tuple(clock.stages),
                notices=tuple(dict.fromkeys(notices)),
            )
            events = dict(
                con.execute(
                    "SELECT event, count(DISTINCT cluster_id) FROM lineage WHERE event <> 'returned' GROUP BY event ORDER BY event"
                ).fetchall()
            )
        finally:
            con.close()
        snapshot_id = draft.publish(build, keep=config.retention.snapshots)
        notices.extend(draft.notices)
        if decisions:
            notices.extend(follow(store))
    return RebuildSummary(
        snapshot_id=snapshot_id,
        files=_by_table(readings),
        accounts=counts["accounts"],
        sightings=counts["sightings"],
        identifiers=counts["identifiers"],
        clusters=counts["clusters"],
        flagged=counts["flagged"],
        flagged_accounts=counts["flagged_accounts"],
        events=events,
        seconds=round(time.monotonic() - began, 1),
        notices=tuple(dict.fromkeys(notices)),
    )


@contextmanager
def _previous(store: Path, draft: Draft) -> Iterator[Snapshot | None]:
    """The snapshot in service, if there is one."""
    if draft.previous is None:
        yield None
        return
    with open_snapshot(store, draft.previous) as snapshot:
        yield snapshot


def _link(
    con: duckdb.DuckDBPyConnection,
    parts: list[Partial],
    *,
    config: Config,
    as_of: datetime,
    clock: Clock,
    notices: list[str],
) -> Config:
    """Partials to the snapshot's sightings and to the weighted links of the graph; the configuration they were read by."""
    with clock.stage("merge sightings", sum(reading.rows for part in parts for reading in part.readings)):
        _register_files(con, parts)
        accounts.merge_accounts(con, parts)
        con.execute(
            f"""CREATE TEMP VIEW all_sightings AS {union(parts, "sightings", sightings.PARTIAL)}
            UNION ALL SELECT * FROM account_sightings"""
        )
        sightings.merge(
            con, source="all_sightings", files="input_files", target="sightings", apart=_kinds_of_one_reading(con, parts)
        )
        clusters.find_network_kinds(con)
        sightings.derive(con, sightings="sightings")
    with clock.stage("prompt families"):
        texts = f"({union(parts, 'text', TEXT)})"
        several = sum("text" in part.tables for part in parts) > 1
        con.execute(
            f"""
            CREATE TEMP VIEW text AS
            SELECT account_id, kind, value, n, first_seen, last_seen, sha256 AS source_file, record AS source_record
            FROM ({fingerprints.still_picked(texts, several=several, config=config)})
            JOIN input_files USING (ordinal)
            """
        )
        con.execute(
            """
            CREATE OR REPLACE TABLE texts_read AS
            SELECT account_id, sum(n)::BIGINT AS texts FROM text WHERE kind = 'prompt_text' GROUP BY account_id
            """
        )
        fingerprints.form_families(
            con, sightings="text", target="families", fingerprints="fingerprints", config=config, progress=clock.progress
        )
        add_samples(con, parts, config=config, as_of=as_of)
        sightings.append(con, source="families", target="sightings")
        con.execute("DROP TABLE families")
    with clock.stage("identifier strength"):
        accounts.fill_accounts(con, parts)
        for kind in graph.naming_kinds(con, sightings="sightings", accounts="accounts", config=config):
            settings = config.kind(kind).model_copy(update={"names_account": True})
            config = config.model_copy(update={"kinds": {**config.kinds, kind: settings}})
            notices.append(
                f"sightings: values of kind '{kind}' name accounts, which it therefore links; "
                f"a section [kinds.{kind}] in the configuration may say otherwise"
            )
        graph.build_incidences(con, sightings="sightings", accounts="accounts", config=config)
        graph.weigh_links(con, config=config)
    return config


def _kinds_of_one_reading(con: duckdb.DuckDBPyConnection, parts: list[Partial]) -> list[str]:
    """Kinds of sightings of which a single partial, or the accounts, tell all."""
    told = [part.tables["sightings"] for part in parts if "sightings" in part.tables] + ["account_sightings"]
    several = " UNION ALL ".join(f"SELECT DISTINCT kind FROM {name}" for name in told)
    query = f"SELECT kind FROM ({several}) GROUP BY kind HAVING count(*) = 1 ORDER BY kind"
    return [str(kind) for (kind,) in con.execute(query).fetchall()]


def _register_files(con: duckdb.DuckDBPyConnection, parts: list[Partial]) -> None:
    files = sorted((reading.file.ordinal, reading.file.sha256) for part in parts for reading in part.readings)
    ordinals, digests = (list(column) for column in zip(*files, strict=True))
    con.register("files_arrow", pa.table({"ordinal": pa.array(ordinals, pa.int32()), "sha256": pa.array(digests, pa.string())}))
    con.execute("CREATE OR REPLACE TABLE input_files AS SELECT * FROM files_arrow")
    con.unregister("files_arrow")


def _counts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    queries = {name: f'SELECT count(*) FROM "{name}"' for name in ("accounts", "sightings", "identifiers", "edges", "clusters")}
    queries["flagged"] = "SELECT count(*) FROM clusters WHERE flagged"
    queries["flagged_accounts"] = "SELECT count(*) FROM members WHERE flagged"
    return {name: int(first_row(con, query)[0]) for name, query in queries.items()}


def _by_table(readings: list[Reading]) -> tuple[TableCount, ...]:
    return tuple(
        TableCount(
            table=table,
            files=sum(reading.file.table == table for reading in readings),
            rows=sum(reading.rows for reading in readings if reading.file.table == table),
            set_aside=sum(reading.set_aside for reading in readings if reading.file.table == table),
            nulled=sum(reading.nulled for reading in readings if reading.file.table == table),
        )
        for table in dict.fromkeys(reading.file.table for reading in readings)
    )
