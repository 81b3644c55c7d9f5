"""Time to detect, on a small world replayed day by day and on logs told by hand."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from linkage import pipeline
from linkage.config import Config
from linkage.errors import InputError
from linkage.evaluate import read_truth
from linkage.investigate import members
from linkage.progress import Silent
from linkage.replay import Replay, replay
from linkage.store import open_snapshot
from tests.simulate.factory import ask, one, world

DAYS = 8


@pytest.fixture(scope="module")
def small() -> Path:
    return world(1500, seed=5, days=DAYS)


@pytest.fixture(scope="module")
def replayed(small: Path) -> Replay:
    return replay(small / "input", read_truth(small / "truth.parquet"), config=Config(), progress=Silent())


def test_every_day_is_told_with_what_was_there_by_then(small: Path, replayed: Replay) -> None:
    sent = ask(small, "SELECT ts::DATE, count(*) FROM requests GROUP BY ALL ORDER BY ALL")
    assert [daily.day for daily in replayed.daily] == [day for day, _ in sent]
    total = 0
    for daily, (_, requests) in zip(replayed.daily, sent, strict=True):
        total += requests
        assert daily.requests == total
    assert [daily.accounts for daily in replayed.daily] == sorted(daily.accounts for daily in replayed.daily)


def test_the_last_day_is_a_rebuild_of_everything(small: Path, replayed: Replay, tmp_path: Path) -> None:
    pipeline.rebuild(small / "input", tmp_path / "store", config=Config(), progress=Silent())
    with open_snapshot(tmp_path / "store") as snapshot:
        flagged = sum(members(snapshot)["flagged"].to_pylist())
    assert replayed.daily[-1].flagged == replayed.evaluation.flagged == flagged


def test_detections_add_up(small: Path, replayed: Replay) -> None:
    actors = one(small, "SELECT count(DISTINCT actor) FROM truth WHERE actor <> ''")
    assert len(replayed.detections) == actors
    found = [detection for detection in replayed.detections if detection.first is not None]
    assert found, "a world whose operators hide nothing is detected within eight days"
    for detection in found:
        assert detection.first is not None and detection.began is not None
        of_actor = "FROM requests JOIN truth USING (account_id) WHERE actor = '" + detection.actor + "'"
        until = f"AND ts < DATE '{detection.first.day}' + INTERVAL 1 DAY"
        assert detection.requests == one(small, f"SELECT count(*) {of_actor}")
        assert detection.first.requests == one(small, f"SELECT count(*) {of_actor} {until}")
        assert detection.first.later == pytest.approx(1 - detection.first.requests / detection.requests)
        assert detection.began == one(small, f"SELECT min(ts)::DATE {of_actor}")
        assert detection.first.days == (detection.first.day - detection.began).days >= 0
        assert 0 < detection.first.flagged <= detection.first.accounts <= detection.size
        if detection.whole is not None:
            assert detection.whole.day >= detection.first.day
            assert detection.whole.flagged >= 0.5 * detection.whole.accounts
        assert len(detection.clusters) == 1, "what was detected keeps its id"
        assert detection.kept == 1, "and whoever is flagged of it on the last day is under it"


def test_the_evaluation_knows_the_days(replayed: Replay) -> None:
    whole = {one.actor: one.whole.days for one in replayed.detections if one.whole is not None}
    assert {campaign.actor: campaign.days for campaign in replayed.evaluation.campaigns} == {
        campaign.actor: whole.get(campaign.actor) for campaign in replayed.evaluation.campaigns
    }
    told = json.loads(json.dumps(replayed.as_dict(), default=str))
    assert {"precision", "campaigns", "detections", "daily"} <= told.keys()


def by_hand(folder: Path, *, timed: bool = True) -> tuple[Path, pa.Table]:
    """Ten accounts that share a card and a device from the third day on, among sixty others, in one file a table."""
    start, rows = date(2026, 3, 1), []
    for number in range(70):
        ring = number < 10
        for day in range(2 if ring else 0, 4):
            seen = f"{start + timedelta(days=day)}T{number % 24:02}:00:00Z" if timed else None
            for kind in ("payment", "device"):
                rows.append((f"a{number:02}", kind, f"{kind}-ring" if ring else f"{kind}-{number}", seen))
    folder.mkdir(parents=True)
    columns = {
        name: pa.array([row[place] for row in rows], pa.string())
        for place, name in enumerate(("account_id", "kind", "value", "seen_at"))
    }
    pq.write_table(pa.table(columns), folder / "sightings.parquet")
    names = [f"a{number:02}" for number in range(70)]
    actors = ["op" if number < 10 else "" for number in range(70)]
    return folder, pa.table({"account_id": names, "actor": actors, "kind": ["campaign" if actor else "" for actor in actors]})


def test_one_file_of_several_days_and_no_requests(tmp_path: Path) -> None:
    folder, truth = by_hand(tmp_path / "in")
    told = replay(folder, truth, config=Config(), progress=Silent())
    assert [daily.day for daily in told.daily] == [date(2026, 3, day) for day in (1, 2, 3, 4)]
    assert [daily.accounts for daily in told.daily] == [60, 60, 70, 70]
    (detection,) = told.detections
    assert (detection.size, detection.requests, detection.began) == (10, 0, None)
    if detection.first is not None:
        assert detection.first.day >= date(2026, 3, 3)
        assert (detection.first.accounts, detection.first.requests, detection.first.later) == (10, 0, None)


def test_nobody_is_banned_before_the_last_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    days = [datetime(2026, 3, 1, 12) + timedelta(days=number) for number in range(3)]
    sent = [("stays", day) for day in days] + [("goes", day) for day in days[:2]]
    pq.write_table(pa.table({"account_id": [a for a, _ in sent], "ts": [t for _, t in sent]}), folder / "requests.parquet")
    (folder / "accounts.csv").write_text(
        "account_id,created_at,status,org_id\ngoes,2026-02-01,active,\ngoes,2026-02-01,banned,o\nstays,,active,\n"
        "silent,2026-03-02,banned,\n"
    )
    told: list[dict[str, tuple[str | None, str | None]]] = []
    rebuild = pipeline.rebuild

    def watched(input: Path, store: Path, **rest: Any) -> Any:
        summary = rebuild(input, store, **rest)
        with open_snapshot(store) as snapshot:
            rows = snapshot.query("SELECT account_id, status, org_id FROM accounts ORDER BY account_id").to_pylist()
        told.append({row["account_id"]: (row["status"], row["org_id"]) for row in rows})
        return summary

    monkeypatch.setattr(pipeline, "rebuild", watched)
    truth = pa.table({"account_id": ["goes", "stays"], "actor": ["op", ""], "kind": ["ring", ""]})
    replay(folder, truth, config=Config(), progress=Silent())
    assert told == [
        {"goes": (None, "o"), "stays": (None, None)},
        {"goes": ("banned", "o"), "stays": (None, None), "silent": ("banned", None)},
        {"goes": ("banned", "o"), "stays": ("active", None), "silent": ("banned", None)},
    ]


def test_logs_without_any_time_cannot_be_replayed(tmp_path: Path) -> None:
    folder, truth = by_hand(tmp_path / "in", timed=False)
    with pytest.raises(InputError, match="give logs with times"):
        replay(folder, truth, config=Config(), progress=Silent())


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temp"))
    (tmp_path / "temp").mkdir()
    folder, truth = by_hand(tmp_path / "in")
    replay(folder, truth, config=Config(), progress=Silent())
    assert not list((tmp_path / "temp").iterdir())
    assert [path.name for path in folder.iterdir()] == ["sightings.parquet"]
