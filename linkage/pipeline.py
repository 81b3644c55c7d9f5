"""The order of the stages: a folder of logs in, a published snapshot out.

Only this module knows what follows what. Each input file becomes a partial (its sightings, usage and set-aside rows),
kept in the store under the digest of the file and of the settings that shaped it; the rest is made anew each time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from linkage import __version__, accounts, clusters, communities, fingerprints, graph, ingest, sightings
from linkage.cases.rebuilding import People, follow, for_rebuild, nobody
from linkage.config import Config
from linkage.engine import engine_memory, engine_refusals, first_row, open_engine
from linkage.partials import TEXT, Partial, Reading, read_files, rows_known, union
from linkage.progress import Progress
from linkage.samples import add_samples
from linkage.store import Build, Draft, InputFile, Snapshot, Stage, Store, open_snapshot
from linkage.tables import SNAPSHOT, create

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


@dataclass
class _Clock:
    """Times each stage, and tells the progress of it."""

    progress: Progress
    stages: list[Stage] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str, rows: int = 0) -> Iterator[None]:
        began = time.monotonic()
        self.progress.start(name, rows or None)
        yield
        self.progress.finish()
        self.stages.append(Stage(name=name, seconds=round(time.monotonic() - began, 3), rows=rows))


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
    clock = _Clock(progress)
    found = ingest.discover(input)
    notices = list(found.notices)
    with engine_refusals(), Store(store).lock() as locked, locked.begin() as draft:
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
            config = _link(con, parts, config=config, as_of=moment, clock=clock, notices=notices)
            # what is settled by now is written while one core looks for communities
            with _previous(store, draft) as previous, con.cursor() as own, ThreadPoolExecutor(1) as writer:
                early = writer.submit(lambda: [draft.write(own, name) for name in _SETTLED])
                people = for_rebuild(store, previous) if decisions else nobody()
                _cluster(con, previous, people, config=config, full=full, clock=clock)
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
                con.execute("SELECT event, count(DISTINCT cluster_id) FROM lineage GROUP BY event ORDER BY event").fetchall()
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
    clock: _Clock,
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
        con.execute("INSERT INTO sightings SELECT * FROM families")
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


def _cluster(
    con: duckdb.DuckDBPyConnection,
    previous: Snapshot | None,
    people: People,
    *,
    config: Config,
    full: bool,
    clock: _Clock,
) -> None:
    """Weighted links to clusters with reasons, ids and members."""
    settings = config.communities
    members = None if previous is None else previous.query("SELECT account_id, cluster_id FROM members ORDER BY account_id")
    with clock.stage("communities"):
        bare = clusters.structure_alone(con)
        edges = graph.strong_edges(con, config=config)
        count = edges.accounts + len(edges.identifiers)
        view = communities.WeightedGraph.of(count, edges.aid, edges.accounts + edges.position, edges.weight)
        initial = _last_partition(con, members, edges) if members is not None and settings.warm_start and not full else None
        labels = _divide(view, edges.accounts, bare=bare, config=config, initial=initial)
    with clock.stage("clusters"):
        account_label, identifier_iid, identifier_label = clusters.apply_edits(
            con,
            people.edits,
            account_label=labels[: edges.accounts],
            identifier_iid=edges.identifiers,
            identifier_label=labels[edges.accounts :],
        )
        clusters.assemble(
            con,
            account_label=account_label,
            identifier_iid=identifier_iid,
            identifier_label=identifier_label,
            config=config,
        )
        if bare:
            clusters.adopt(con, risk=config.risk)
        clusters.assign_ids(con, previous=members)
        with clusters.decisions_told(con, people.decided):
            clusters.assess(con, config=config)
        clusters.write_clusters(con, config=config)
        graph.write_graph(con)


def _divide(
    view: communities.WeightedGraph, accounts: int, *, bare: bool, config: Config, initial: communities.Ints | None
) -> communities.Ints:
    """Communities of the graph's nodes, the first `accounts` of which are accounts.

    Where sightings are all there is (`bare`), chains and trees stay whole at a lower resolution, and what then has more
    accounts than a group may have that structure alone accuses, such as all who used one popular contract, is divided as usual.
    """
    settings = config.communities

    def divide(graph: communities.WeightedGraph, resolution: float, start: communities.Ints | None) -> communities.Ints:
        return communities.divide(
            graph,
            communities.detector(settings.algorithm, iterations=settings.iterations),
            resolution=resolution,
            # modularity breaks any community again; only CPM at its own density comes to rest
            depth=settings.depth if settings.algorithm == "leiden" else 1,
            seed=settings.seed,
            initial=start,
        )

    if not bare:
        return divide(view, settings.resolution, initial)
    labels = divide(view, settings.structure_resolution, initial)
    _, most = config.risk.structure
    for nodes, part in list(view.split(labels, above=most)):
        if np.count_nonzero(nodes < accounts) > most:
            labels[nodes] = labels.max() + 1 + divide(part, settings.resolution, None)
    return communities.renumber(labels)


def _last_partition(con: duckdb.DuckDBPyConnection, members: pa.Table, edges: graph.Edges) -> communities.Ints:
    """The last snapshot's clusters as a partition of today's nodes; whoever was in none starts alone.

    An identifier starts where the most weight of its links was.
    """
    con.register("last_members", members)
    found = con.execute(
        """
        SELECT aid, dense_rank() OVER (ORDER BY cluster_id) - 1 AS label
        FROM graph_accounts JOIN last_members USING (account_id)
        """
    ).fetchnumpy()
    con.unregister("last_members")
    count = edges.accounts + len(edges.identifiers)
    start = np.arange(count, dtype=np.int64) + count
    start[found["aid"]] = found["label"]
    known = start[edges.aid] < count
    order = np.lexsort((start[edges.aid][known], edges.position[known]))
    position, label, weight = edges.position[known][order], start[edges.aid][known][order], edges.weight[known][order]
    if len(position):
        first = np.flatnonzero(np.r_[True, (np.diff(position) != 0) | (np.diff(label) != 0)])
        sums = np.add.reduceat(weight, first)
        heaviest = np.lexsort((-label[first], sums, position[first]))
        start[edges.accounts + position[first][heaviest]] = label[first][heaviest]
    return start


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
