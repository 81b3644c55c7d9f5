"""The same input gives the same bytes, whatever the order of rows and files, their format and the number of threads."""

from __future__ import annotations

import hashlib
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from linkage.config import Config
from linkage.simulate import simulate
from linkage.store import Store, open_snapshot
from tests.factory import ask, build, digests, flagged, folder, fresh, other_name, retell, store, world

DAY = datetime(2026, 2, 2)
#: what tells of the last snapshot as well
TOLD_BEFORE = {"clusters", "lineage"}
#: what names clusters, by ids that they had in the last snapshot
IDS = {"members", "clusters", "reasons", "figures", "lineage", "accounts"}
#: and the same by the accounts that are in them
NAMED = "SELECT min(account_id) AS first, cluster_id FROM members GROUP BY cluster_id"
RISKS = f"""
    SELECT first, size, core, risk, flagged, code, points, figure FROM clusters JOIN ({NAMED}) USING (cluster_id)
    LEFT JOIN reasons USING (cluster_id) ORDER BY ALL
"""

pytestmark = pytest.mark.xdist_group("determinism")


def copied(input: Path, target: Path) -> Path:
    return Path(shutil.copytree(input, target))


def same(one: dict[str, str], other: dict[str, str], *, but: set[str] | None = None) -> None:
    assert {name for name in one if one[name] != other[name]} <= (but or set())


@pytest.mark.parametrize(
    ("how", "threads"),
    [
        ({"seed": 1, "parts": 1, "form": "csv.gz"}, None),
        ({"seed": 2, "parts": 3, "form": "jsonl"}, 1),
        ({"seed": 3, "parts": 4, "form": "parquet", "name": "another name "}, 2),
        ({"seed": 4, "parts": 2, "form": "csv"}, 1),
    ],
    ids=["one csv.gz a table", "shuffled over jsonl", "shuffled over parquet", "shuffled over csv"],
)
def test_order_partitions_format_names_and_threads_do_not_matter(how: dict[str, Any], threads: int | None) -> None:
    other = fresh()
    summary = build(retell(world() / "input", **how), other, threads=threads)
    assert all(not count.set_aside and not count.nulled for count in summary.files)
    same(digests(other), digests(store()))


def test_another_rebuild_of_the_same_input_changes_nothing(tmp_path: Path) -> None:
    again = tmp_path / "store"
    shutil.copytree(store(), again)
    summary = build(world() / "input", again)
    assert set(summary.events) == {"unchanged"}
    assert flagged(again) == flagged(store())
    same(digests(again), digests(store()), but=TOLD_BEFORE)
    question = "SELECT cluster_id, risk, flagged, rank, size, core FROM clusters ORDER BY rank"
    assert ask(again, question) == ask(store(), question)
    assert ask(again, 'SELECT DISTINCT event, joined, "left" FROM clusters') == [("unchanged", 0, 0)]
    assert ask(again, "SELECT count(*) FROM clusters WHERE previous_size <> size") == [(0,)]


def test_a_renamed_file_is_read_no_second_time_and_changes_nothing(tmp_path: Path) -> None:
    again, input = tmp_path / "store", copied(world() / "input", tmp_path / "input")
    shutil.copytree(store(), again)
    for path in sorted((input / "requests").iterdir()):
        path.rename(path.with_stem(f"z{path.stem[::-1]}"))
    (input / "payments").mkdir()
    (input / "payments.parquet").rename(input / "payments" / "all.parquet")
    kept = Store(again).partial_keys()
    build(input, again)
    assert Store(again).partial_keys() == kept
    same(digests(again), digests(store()), but=TOLD_BEFORE)


def test_days_that_come_one_by_one_and_days_that_go(tmp_path: Path) -> None:
    """Incremental and full rebuilds flag the same accounts; a snapshot equals its folder, so what is taken out is gone."""
    grown, input = tmp_path / "store", copied(world() / "input", tmp_path / "input")
    last = sorted((input / "requests").iterdir())[-1]
    digest = hashlib.sha256(last.read_bytes()).hexdigest()
    aside = last.rename(tmp_path / last.name)
    build(input, grown)
    five_days = digests(grown)
    first = {row[0] for row in ask(grown, "SELECT cluster_id FROM clusters WHERE flagged")}

    aside.rename(last)
    build(input, grown)
    assert flagged(grown) == flagged(store()), "a day more, and all days at once"
    same(digests(grown), digests(store()), but=IDS)
    assert ask(grown, RISKS) == ask(store(), RISKS)
    still = {row[0] for row in ask(grown, "SELECT cluster_id FROM clusters WHERE flagged")}
    assert len(first & still) >= 0.9 * len(first), "ids last"
    assert ask(grown, f"SELECT count(*) > 0 FROM sightings WHERE source_file = '{digest}'") == [(True,)]

    build(input, grown, full=True)
    assert flagged(grown) == flagged(store()), "and the same from nothing"
    assert {row[0] for row in ask(grown, "SELECT cluster_id FROM clusters WHERE flagged")} == still, "with the ids they had"

    last.unlink()
    build(input, grown)
    same(digests(grown), five_days, but=IDS)
    assert ask(grown, f"SELECT count(*) FROM sightings WHERE source_file = '{digest}'") == [(0,)]


def test_other_names_for_the_accounts_keep_the_flags() -> None:
    other = fresh()
    build(retell(world() / "input", seed=5, parts=2, form="parquet", renamed=True), other)
    before, after = {other_name(account) for account in flagged(store())}, flagged(other)
    assert before
    assert len(before & after) >= 0.99 * len(before | after)


@pytest.mark.parametrize("seed", [4, 15])
def test_other_names_keep_the_flags_where_operators_evade(seed: int, tmp_path: Path) -> None:
    """A small world in which every campaign is at the edge of what is found."""
    simulate(tmp_path, accounts=1500, seed=seed, evasion="all")
    named, other = fresh(), fresh()
    build(tmp_path / "input", named)
    build(retell(tmp_path / "input", seed=seed, parts=1, form="parquet", renamed=True), other)
    before, after = {other_name(account) for account in flagged(named)}, flagged(other)
    assert len(before) >= 60
    assert len(before & after) >= 0.99 * len(before | after)


def test_the_manifest_tells_what_the_answer_depends_on() -> None:
    with open_snapshot(store()) as snapshot:
        manifest = snapshot.manifest
        assert snapshot.verify() == []
    paths = {str(path.relative_to(world() / "input")): path for path in (world() / "input").rglob("*.parquet")}
    assert {file.path: file.sha256 for file in manifest.inputs} == {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in paths.items()
    }
    assert manifest.algorithm == "leiden" and manifest.engine == "duckdb" and manifest.config_sha256
    assert manifest.stages[0].name == "read"


def test_the_texts_that_are_picked_do_not_depend_on_how_files_were_read(tmp_path: Path) -> None:
    """Of an account's many texts a few are fingerprinted: the same ones whether days come together or one by one, though some
    are public, and some are the same but for what is masked."""
    words = [f"The {what} of the {whose} garden has {n} old trees and a gate" for n, what in enumerate(["wall", "pond", "path"] * 8)
             for whose in ("northern", "southern")]  # fmt: skip
    public = "Let us think about this question step by step and then give the answer in one short sentence"
    listed = tmp_path / "public.txt"
    listed.write_text(f"{public}\n")
    config = Config.model_validate({"fingerprints": {"texts_per_account": 5, "public_lists": [str(listed)]}})
    days = [
        [
            {"account_id": f"a{account}", "ts": DAY + timedelta(days=day, minutes=n), "prompt": text}
            for account in range(4)
            for n, text in enumerate([*words[day::3], *(f"{public} {'!' * mark}" for mark in range(6))])
        ]
        for day in range(3)
    ]
    together, one_by_one, backwards = (fresh() for _ in range(3))
    build(folder(requests=[row for rows in days for row in rows]), together, config=config)
    for path, order in ((one_by_one, range(3)), (backwards, reversed(range(3)))):
        input = tmp_path / path.parent.name
        (input / "requests").mkdir(parents=True)
        for day in order:
            shutil.copy(folder(requests=days[day]) / "requests.parquet", input / "requests" / f"{day}.parquet")
            build(input, path, config=config)
        same(digests(path), digests(together), but=IDS)
    texts = ask(together, "SELECT count(DISTINCT value), sum(n) FROM sightings WHERE kind = 'prompt' AND account_id = 'a0'")
    assert 0 < texts[0][0] <= 5
