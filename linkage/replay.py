"""Time to detect: the logs replayed day by day, and the day on which each campaign is first flagged.

On each day the store is rebuilt from the rows up to the end of that day, as it would have been that night, one snapshot
after the other. Files of a day are read once, as the rebuild keeps what they say; a file that holds several days is
read again on each of them. What has no time counts as known from the first day on, and so does what the accounts table
says of an account (its organisation, its country) from the day on which the account was created. Its status has no time
either, but one bound: whoever sent requests later had not been banned yet, so that a status counts from the day of the
account's last request on.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.parquet

from linkage import ingest, pipeline
from linkage.config import Config
from linkage.engine import engine_memory, first_row, open_engine
from linkage.errors import InputError
from linkage.evaluate import WHOLE, Evaluation, check_truth, evaluate
from linkage.partials import AHEAD
from linkage.progress import Progress, Silent
from linkage.store import Snapshot, open_snapshot
from linkage.tables import INPUT

#: the column that says when a row of a table happened
_TIMES: Final = {
    "accounts": "created_at", "payments": "seen_at", "requests": "ts", "sightings": "seen_at", "labels": "decided_at",
}  # fmt: skip
#: later than any row, so that the survey reads all of them
_NEVER: Final = datetime(9000, 1, 1)


@dataclass(frozen=True)
class Milestone:
    """A day on which something became of an actor, and how far the actor had come by the end of it.

    `days` counts from the day of its first request (0 = the same day). `accounts` had been seen by then, of which
    `flagged` were flagged; `requests` had been sent, and `later` is the share of all its requests that came after.
    """

    day: date
    days: int
    accounts: int
    flagged: int
    requests: int
    later: float | None


@dataclass(frozen=True)
class Detection:
    """When an actor was detected; null where it never was.

    `first` is the first day on which any of its accounts is flagged. `whole` is the first day on which a campaign is in
    one piece, or a ring is found: 80 % of its accounts seen by then are in one flagged cluster, or flagged. `clusters`
    are the ids of the flagged cluster that held most of it, from `first` on, each once: one id means it was kept.
    `kept` is the share of its accounts flagged on the last day that are then in the cluster with the first of these ids.
    """

    actor: str
    ring: bool
    size: int
    requests: int
    began: date | None
    first: Milestone | None
    whole: Milestone | None
    clusters: tuple[str, ...]
    kept: float | None


@dataclass(frozen=True)
class Daily:
    """One day's rebuild. Figures are over the accounts seen by the end of it; a share of nothing is null."""

    day: date
    accounts: int
    requests: int
    clusters: int
    flagged_clusters: int
    flagged: int
    precision: float | None
    recall: float | None


@dataclass(frozen=True)
class Replay:
    """All days, what became of every actor, and the evaluation of the last day."""

    daily: tuple[Daily, ...]
    detections: tuple[Detection, ...]
    evaluation: Evaluation

    def as_dict(self) -> dict[str, Any]:
        """The evaluation's figures with `detections` and `daily` besides, as plain values but for days."""
        return {
            **self.evaluation.as_dict(),
            "detections": [asdict(one) for one in self.detections],
            "daily": [asdict(one) for one in self.daily],
        }


@dataclass(frozen=True)
class _File:
    """An input file and its earliest row; None where a row has no time."""

    file: ingest.InputFile
    earliest: datetime | None


def replay(input: Path, truth: Any, *, config: Config, memory_bytes: int | None = None, progress: Progress) -> Replay:
    """Rebuild the folder `input` day by day into a store that goes again, and compare each day with `truth`.

    `truth` is as in `evaluate`. Days run from the first to the last request, or where there are no requests from the
    first to the last payment or sighting. Raises InputError: a table cannot be read, or nothing in it has a time.
    """
    truth = check_truth(truth)
    # one snapshot back is all that a rebuild looks at
    config = config.model_copy(update={"retention": config.retention.model_copy(update={"snapshots": 2})})
    with tempfile.TemporaryDirectory(prefix="linkage-replay-") as folder:
        work = Path(folder)
        (work / "engine").mkdir()
        files = ingest.discover(input)
        memory = engine_memory(memory_bytes, sum(file.size for file in files))
        con = open_engine(work / "engine", memory_bytes=memory)
        try:
            progress.start("survey")
            surveyed, days = _survey(con, files, progress)
            progress.finish()
            con.register("truth_in", truth)
            con.execute("CREATE TABLE truth AS SELECT * FROM truth_in")
            con.execute(_ACTORS)
            daily, evaluation = [], None
            for number, day in enumerate(days):
                progress.start(f"day {day} ({number + 1} of {len(days)})")
                _give(surveyed, day, work / "input")
                _describe(con, day, work / "input")
                pipeline.rebuild(
                    work / "input", work / "store", config=config, memory_bytes=memory_bytes,
                    as_of=_end(day) - AHEAD, decisions=False, progress=Silent(),
                )  # fmt: skip
                with open_snapshot(work / "store") as snapshot:
                    one, evaluation = _compare(con, snapshot, truth, day)
                daily.append(one)
                progress.finish()
            if evaluation is None:
                raise InputError(f"{input}: no day to replay; give logs with times")
            detections = tuple(_detections(con))
            whole = {one.actor: one.whole.days for one in detections if one.whole is not None}
            campaigns = tuple(replace(campaign, days=whole.get(campaign.actor)) for campaign in evaluation.campaigns)
            return Replay(tuple(daily), detections, replace(evaluation, campaigns=campaigns))
        finally:
            con.close()


def _end(day: date) -> datetime:
    """The last moment of a day."""
    return datetime.combine(day, time.max)


def _survey(
    con: duckdb.DuckDBPyConnection, files: Sequence[ingest.InputFile], progress: Progress
) -> tuple[list[_File], list[date]]:
    """Read every file once: its earliest row, the requests of each account and day, and the days there are."""
    con.execute("CREATE TABLE sent (account_id VARCHAR, day DATE, n BIGINT)")
    described = ", ".join(f"{name} {kind}" for name, kind in INPUT["accounts"].items())
    con.execute(f"CREATE TABLE described ({described}, ordinal BIGINT, record BIGINT)")
    surveyed: list[_File] = []
    bounds: dict[str, list[datetime]] = {}
    for file in files:
        column = _TIMES.get(file.table)
        if column is None:
            surveyed.append(_File(file, None))
            continue
        ingest.read(con, file, as_of=_NEVER, target="survey", issues="survey_issues", progress=progress)
        low, high, timed, rows = first_row(con, f"SELECT min({column}), max({column}), count({column}), count(*) FROM survey")
        if file.table == "requests":
            con.execute("INSERT INTO sent SELECT account_id, ts::DATE, count(*) FROM survey GROUP BY ALL")
        if file.table == "accounts":  # given day by day by _describe
            con.execute(f"INSERT INTO described SELECT {', '.join(INPUT['accounts'])}, {file.ordinal}, record FROM survey")
        else:
            surveyed.append(_File(file, low if timed == rows else None))
        if timed and file.table in ("requests", "payments", "sightings"):
            bounds.setdefault("requests" if file.table == "requests" else "others", []).extend((low, high))
        for (kind,) in con.execute("SELECT table_type FROM information_schema.tables WHERE table_name = 'survey'").fetchall():
            con.execute(f"DROP {'VIEW' if kind == 'VIEW' else 'TABLE'} survey")
    known = bounds.get("requests") or bounds.get("others")
    if not known:
        raise InputError(
            "replay: no request, payment or sighting has a time; give logs with times, or evaluate without --replay"
        )
    first, last = min(known).date(), max(known).date()
    return surveyed, [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _give(files: Sequence[_File], day: date, folder: Path) -> None:
    """Put the files that have a row of that day or an earlier one into the folder that is rebuilt from."""
    for one in files:
        place = folder / one.file.path
        if (one.earliest is None or one.earliest <= _end(day)) and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(one.file.location, place)
            except OSError:  # another file system, or one without links
                shutil.copyfile(one.file.location, place)


def _describe(con: duckdb.DuckDBPyConnection, day: date, folder: Path) -> None:
    """Write `accounts.parquet` as it was on that day: whom there was, with a status where no request came after it."""
    columns = ", ".join(
        "CASE WHEN account_id NOT IN (SELECT account_id FROM sent WHERE day > $day) THEN status END AS status"
        if name == "status" else name
        for name in INPUT["accounts"]
    )  # fmt: skip
    rows = con.sql(
        f"SELECT {columns} FROM described WHERE created_at IS NULL OR created_at <= $end ORDER BY ordinal, record",
        params={"day": day, "end": _end(day)},
    ).to_arrow_table()
    if rows.num_rows:
        folder.mkdir(parents=True, exist_ok=True)
        pyarrow.parquet.write_table(rows, folder / "accounts.parquet")


_ACTORS: Final = """
CREATE TABLE history (actor VARCHAR, day DATE, seen BIGINT, flagged BIGINT, most BIGINT, cluster VARCHAR, kept BIGINT);
CREATE TABLE actors AS
SELECT actor, bool_and(kind = 'ring') AS ring, count(*) AS size, coalesce(sum(n), 0)::BIGINT AS requests, min(first) AS began
FROM truth
LEFT JOIN (SELECT account_id, sum(n)::BIGINT AS n, min(day) AS first FROM sent GROUP BY account_id) USING (account_id)
WHERE actor <> '' GROUP BY actor
"""
_HISTORY: Final = """
INSERT INTO history
WITH placed AS (
    SELECT actor, t.account_id, coalesce(m.flagged, false) AS flagged, m.cluster_id AS cluster,
           m.cluster_id IN (SELECT cluster_id FROM day_members WHERE flagged) AS in_flagged
    FROM truth AS t SEMI JOIN day_seen USING (account_id) LEFT JOIN day_members AS m USING (account_id) WHERE actor <> ''
),
pieces AS (SELECT actor, cluster, count(*) AS n FROM placed WHERE in_flagged GROUP BY ALL),
largest AS (SELECT actor, max(n) AS n, arg_min(cluster, (-n, cluster)) AS cluster FROM pieces GROUP BY actor),
-- the id under which an actor was first flagged
begun AS (SELECT actor, arg_min(cluster, day) AS cluster FROM history WHERE flagged > 0 GROUP BY actor)
SELECT actor, $day, count(*), count_if(flagged), coalesce(any_value(largest.n), 0), any_value(largest.cluster),
       count_if(flagged AND placed.cluster = coalesce(begun.cluster, largest.cluster))
FROM placed LEFT JOIN largest USING (actor) LEFT JOIN begun USING (actor) GROUP BY actor
"""


def _compare(con: duckdb.DuckDBPyConnection, snapshot: Snapshot, truth: pa.Table, day: date) -> tuple[Daily, Evaluation]:
    """One day's snapshot against the truth about the accounts seen by then; its row of the history of every actor."""
    members = snapshot.query("SELECT account_id, cluster_id, role, risk, flagged FROM members ORDER BY account_id")
    seen = snapshot.query("SELECT account_id FROM accounts WHERE first_seen IS NOT NULL OR requests > 0")
    con.register("day_members", members)
    con.register("day_seen", seen)
    con.execute(_HISTORY, {"day": day})
    known = con.sql("SELECT truth.* FROM truth SEMI JOIN day_seen USING (account_id)").to_arrow_table()
    (requests,) = first_row(con, "SELECT coalesce(sum(n), 0)::BIGINT FROM sent WHERE day <= $day", {"day": day})
    con.unregister("day_members")
    con.unregister("day_seen")
    found, counts = evaluate(members, known), snapshot.manifest.counts
    one = Daily(
        day=day,
        accounts=len(seen),
        requests=requests,
        clusters=counts["clusters"],
        flagged_clusters=counts["flagged"],
        flagged=counts["flagged_accounts"],
        precision=found.precision,
        recall=found.recall,
    )
    return one, evaluate(members, truth)


def _detections(con: duckdb.DuckDBPyConnection) -> Iterator[Detection]:
    """Every actor, campaigns before rings, the largest first."""
    rows = con.execute(
        """
        WITH sums AS (
            SELECT actor, day, sum(n)::BIGINT AS n FROM sent JOIN truth USING (account_id) WHERE actor <> '' GROUP BY ALL
        )
        SELECT actor, h.day, seen, flagged, most, cluster, kept,
               (SELECT coalesce(sum(n), 0)::BIGINT FROM sums WHERE sums.actor = h.actor AND sums.day <= h.day) AS sent
        FROM history AS h ORDER BY actor, h.day
        """
    ).fetchall()
    history: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        history.setdefault(row[0], []).append(row[1:])
    actors = con.execute("SELECT actor, ring, size, requests, began FROM actors ORDER BY ring, size DESC, actor").fetchall()
    for actor, ring, size, requests, began in actors:
        first: Milestone | None = None
        whole: Milestone | None = None
        clusters: list[str] = []
        share: float | None = None
        for day, seen, flagged, most, cluster, kept, sent in history.get(actor, []):
            share = kept / flagged if flagged else None
            if not flagged:
                continue
            later = (requests - sent) / requests if requests else None
            now = Milestone(day, (day - (began or day)).days, seen, flagged, sent, later)
            first = first or now
            clusters.append(cluster)
            if (flagged if ring else most) >= WHOLE * seen:
                whole = whole or now
        yield Detection(actor, ring, size, requests, began, first, whole, tuple(dict.fromkeys(clusters)), share)
