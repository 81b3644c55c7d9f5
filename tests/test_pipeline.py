"""The whole way: what a folder says becomes a snapshot, whatever is missing from it, or a plain line and the last one stays."""

from __future__ import annotations

import csv
import math
import os
import random
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from linkage.config import Config, Kind
from linkage.errors import ConfigError, InputError, LinkageError, LockHeld, Unavailable, UsageError
from linkage.store import Store, current, open_snapshot
from linkage.tables import SNAPSHOT
from tests.factory import AS_OF, ask, build, contents, digests, flagged, folder, fresh, store, tables, world

pytestmark = pytest.mark.xdist_group("pipeline")

DAY = datetime(2026, 2, 2)
Row = Mapping[str, Any]

#: columns of a snapshot that always hold something
FILLED = {
    "accounts": ("account_id", "requests", "input_tokens", "output_tokens", "risk", "flagged"),
    "sightings": ("account_id", "kind", "value", "n", "source_file", "source_record"),
    "identifiers": ("kind", "value", "family", "accounts", "rarity", "corroboration", "strength", "links", "note"),
    "edges": tuple(SNAPSHOT["edges"]),
    "clusters": tuple(set(SNAPSHOT["clusters"]) - {"first_seen", "last_seen", "previous_size", "summary"}),
    "members": tuple(SNAPSHOT["members"]),
    "reasons": tuple(SNAPSHOT["reasons"]),
    "figures": tuple(SNAPSHOT["figures"]),
    "lineage": ("cluster_id", "event", "shared", "joined", "left"),
    "activity": tuple(SNAPSHOT["activity"]),
    "models": tuple(SNAPSHOT["models"]),
    "fingerprints": ("kind", "value", "members", "description"),
    "set_aside": ("file", "record", "effect", "reason"),
}


def sound(path: Path) -> None:
    """No number is none, nothing is null that always holds something, and members agree with accounts and clusters."""
    with open_snapshot(path) as snapshot:
        for table, filled in FILLED.items():
            for row in snapshot.table(table).to_pylist():
                for column, value in row.items():
                    assert value is not None or column not in filled, f"{table}.{column}"
                    assert not isinstance(value, float) or math.isfinite(value), f"{table}.{column}"
    for question in (
        "SELECT account_id FROM members GROUP BY ALL HAVING count(*) > 1",
        "SELECT cluster_id FROM members ANTI JOIN clusters USING (cluster_id)",
        "SELECT account_id FROM members JOIN clusters AS c USING (cluster_id)"
        " WHERE members.flagged <> (c.flagged AND role = 'core')",
        "SELECT account_id FROM members JOIN accounts AS a USING (account_id)"
        " WHERE (a.cluster_id, a.role, a.risk, a.flagged) <> (members.cluster_id, members.role, members.risk, members.flagged)",
        # outside clusters a risk is what labels of linked accounts give, and flags nobody
        "SELECT account_id FROM accounts ANTI JOIN members USING (account_id) LEFT JOIN spread USING (account_id)"
        " WHERE flagged OR cluster_id IS NOT NULL OR risk <> greatest(coalesce(share, 0), 0)",
        "SELECT account_id FROM sightings ANTI JOIN accounts USING (account_id)",
        "SELECT account_id FROM edges ANTI JOIN accounts USING (account_id)",
        "SELECT kind, value FROM edges ANTI JOIN identifiers USING (kind, value)",
        "SELECT kind, value FROM identifiers WHERE accounts < 2",
        "SELECT account_id, kind, value FROM sightings GROUP BY ALL HAVING count(*) > 1",
    ):
        assert ask(path, question) == [], question


def published(path: Path) -> list[Path]:
    """The snapshots of a store, if there is one."""
    return [path / "CURRENT"] * (path / "CURRENT").exists() + sorted((path / "snapshots").glob("*"))


def ring(size: int = 6, **cells: Any) -> list[Row]:
    """A row of one table for each account of a ring."""
    return [{"account_id": f"a{n}", **cells} for n in range(size)]


def sightings(size: int = 6, **cells: Any) -> list[Row]:
    return [
        {"account_id": f"a{n}", "kind": kind, "value": f"{kind}-1", **cells}
        for n in range(size)
        for kind in ("device", "phone")
    ]


MISSING: dict[str, dict[str, Sequence[Row]]] = {
    "payments alone": {"payments": ring(payment_id="card", bin="424242")},
    "payments of two cards, times null": {
        "payments": [{"account_id": f"a{n}", "payment_id": f"card{n % 2}", "seen_at": None} for n in range(8)]
    },
    "sightings alone": {"sightings": sightings()},
    "sightings of times before 1970": {"sightings": sightings(seen_at=datetime(1960, 1, 1))},
    "sightings of any text": {
        "sightings": [
            {"account_id": f"a{n}", "kind": kind, "value": value}
            for n in range(4)
            for kind in ("network", "ip", "prompt", "text", "payment", "country", "'; --", "\u202e")
            for value in ("'); DROP TABLE accounts; --", "1.2.3.4/99", "::/::", "\x1b[2J")
        ],
        "networks": [{"cidr": "10.0.0.0/8", "kind": "hosting"}, {"cidr": "2001:db8::/32", "kind": "vpn"}],
    },
    "requests of time and account alone": {"requests": ring(ts=DAY)},
    "requests without an address": {"requests": ring(ts=DAY, model="m", prompt="Tell of a very old tree.")},
    "accounts that are not in accounts": {
        "accounts": [{"account_id": "z", "created_at": DAY}],
        "payments": ring(payment_id="card"),
        "requests": ring(ts=DAY, ip="198.51.100.7", client_id="x"),
    },
    "one account": {"payments": [{"account_id": "a", "payment_id": "card", "seen_at": DAY}]},
    "labels of nobody else": {
        "payments": [{"account_id": "a", "payment_id": "card"}], "labels": [{"account_id": "z", "label": "confirmed_fraud"}],
    },
    "every row set aside": {"payments": [{"account_id": None, "payment_id": "card"}, {"account_id": "a", "payment_id": None}]},
    "nothing in common": {"payments": [{"account_id": f"a{n}", "payment_id": f"card{n}", "seen_at": DAY} for n in range(9)]},
    "all that accounts can lack": {
        "accounts": [
            {"account_id": f"a{n}", "created_at": None, "email_domain": None, "country": None, "org_id": None, "plan": None,
             "status": None} for n in range(6)
        ],
        "sightings": sightings(),
    },
}  # fmt: skip


@pytest.mark.parametrize("what", list(MISSING))
def test_whatever_is_missing_a_snapshot_is_sound(what: str) -> None:
    path = fresh()
    summary = build(folder(**MISSING[what]), path)
    sound(path)
    named = {row["account_id"] for rows in MISSING[what].values() for row in rows if "account_id" in row} - {None}
    known = {row[0] for row in ask(path, "SELECT account_id FROM accounts")}
    assert known == (set() if what == "every row set aside" else named)
    assert summary.accounts == len(known)


def test_a_world_is_sound_and_its_summary_counts_it() -> None:
    sound(store())
    assert flagged(store())
    counts = dict(ask(store(), "SELECT 'clusters', count(*) FROM clusters UNION ALL SELECT 'members', count(*) FROM members"))
    with open_snapshot(store()) as snapshot:
        assert snapshot.manifest.counts["clusters"] == counts["clusters"] > 0
        assert snapshot.manifest.counts["flagged_accounts"] == len(flagged(store()))
    rows = sum(pq.ParquetFile(file).metadata.num_rows for file in tables(world() / "input")["requests"])
    assert ask(store(), "SELECT sum(requests) FROM accounts") == ask(store(), "SELECT sum(requests) FROM activity") == [(rows,)]


@pytest.mark.parametrize("algorithm", ["louvain", "components"])
def test_every_algorithm_runs_the_whole_way(algorithm: str) -> None:
    path = fresh()
    build(world() / "input", path, algorithm=algorithm)
    sound(path)
    with open_snapshot(path) as snapshot:
        assert snapshot.manifest.algorithm == algorithm
    assert digests(path)["edges"] == digests(store())["edges"]
    if algorithm == "components":
        # whatever is linked at all is one: no cluster of another algorithm reaches beyond
        apart = "SELECT count(DISTINCT cluster_id) FROM members WHERE account_id IN (SELECT unnest(?))"
        with open_snapshot(store()) as other, open_snapshot(path) as whole:
            for row in other.query("SELECT list(account_id) AS ids FROM members GROUP BY cluster_id").to_pylist():
                assert whole.query(apart, [row["ids"]]).to_pylist()[0].popitem()[1] == 1


def test_an_algorithm_of_no_name_is_wrong_usage() -> None:
    path = fresh()
    with pytest.raises(UsageError, match="leiden, louvain, components"):
        build(folder(**MISSING["payments alone"]), path, algorithm="metis")
    assert published(path) == []


class TestText:
    """Prompts are personal data: fingerprinted and dropped."""

    def test_no_prompt_is_anywhere_in_the_store(self) -> None:
        texts = [
            cell
            for file in tables(world() / "input")["requests"]
            for column in pq.read_table(file, columns=["prompt", "system_prompt"]).columns
            for cell in column.to_pylist()
            if cell and len(cell) >= 60
        ]
        draw = random.Random(1)
        pieces: set[str] = set()
        while len(pieces) < 300:
            text = draw.choice(texts)
            start = draw.randrange(len(text) - 20)
            pieces.add(text[start : start + 20])
        (card,) = ask(store(), "SELECT min(value) FROM sightings WHERE kind = 'payment'")[0]
        met = 0
        for name, content in contents(store()):
            met += card in content
            assert not [piece for piece in pieces if piece in content], name
        assert met >= 2, "what is there is found: in the snapshot and in what is kept for the next rebuild"
        assert ask(store(), "SELECT count(*) FROM fingerprints WHERE sample IS NOT NULL") == [(0,)]
        assert ask(store(), "SELECT count(*) > 0 FROM fingerprints") == [(True,)]

    def test_nothing_is_left_of_the_work(self) -> None:
        assert list((store() / "work").iterdir()) == []


class TestAsOf:
    """Rows over 24 hours after `--as-of` are set aside, and come in when their time has come."""

    def test_rows_wait_for_their_time(self) -> None:
        path = fresh()
        seen = [{"account_id": f"a{n}", "payment_id": "card", "seen_at": DAY + timedelta(days=n)} for n in range(6)]
        input = folder(payments=seen, sightings=sightings(seen_at=DAY))
        totals = {}
        for days in (0, 3, 9, 0):
            moment = (DAY + timedelta(days=days)).replace(tzinfo=UTC)
            summary = build(input, path, as_of=moment)
            if days == 3:
                once = fresh()
                build(input, once, as_of=moment)
                told_before = {"clusters": "", "lineage": ""}
                assert digests(path) | told_before == digests(once) | told_before
                assert ask(path, "FROM set_aside") == ask(once, "FROM set_aside")
            totals[days] = sum(count.set_aside for count in summary.files)
            sound(path)
        assert totals == {0: 4, 3: 1, 9: 0}

    def test_files_without_such_rows_are_not_read_again(self) -> None:
        path, input = fresh(), folder(payments=ring(payment_id="card", seen_at=DAY))
        build(input, path, as_of=AS_OF)
        kept = {file: file.stat().st_mtime_ns for file in (path / "partials").rglob("*") if file.is_file()}
        build(input, path, as_of=AS_OF + timedelta(days=30))
        assert kept == {file: file.stat().st_mtime_ns for file in (path / "partials").rglob("*") if file.is_file()}


class TestAccounts:
    """Everyone whom any table names, once."""

    def test_the_last_row_counts_and_wholly(self) -> None:
        path = fresh()
        rows = [
            {"account_id": "a", "email_domain": "old.example", "country": "DE", "created_at": DAY},
            {"account_id": "b", "email_domain": "b.example", "country": "US", "created_at": DAY},
            {"account_id": "a", "email_domain": "new.example", "country": None, "created_at": DAY},
        ]
        build(folder(accounts=rows, payments=ring(2, payment_id="card")), path)
        assert ask(path, "SELECT email_domain, country FROM accounts WHERE account_id = 'a'") == [("new.example", None)]
        assert ask(path, "SELECT value FROM sightings WHERE account_id = 'a' AND kind = 'email_domain'") == [("new.example",)]

    def test_first_and_last_seen_are_of_all_that_was_seen(self) -> None:
        """Requests that say nothing but their time count as well."""
        path = fresh()
        requests = [{"account_id": "a", "ts": DAY + timedelta(hours=hours)} for hours in (-50, 99)]
        requests += [{"account_id": "b", "ts": DAY + timedelta(minutes=30), "client_id": "x"}]
        payments = [{"account_id": name, "payment_id": "card", "seen_at": DAY + timedelta(minutes=40)} for name in "ab"]
        build(folder(requests=requests, payments=payments), path)
        assert ask(path, "SELECT account_id, first_seen, last_seen FROM accounts ORDER BY 1") == [
            ("a", DAY + timedelta(hours=-50), DAY + timedelta(hours=99)),
            ("b", DAY + timedelta(minutes=30), DAY + timedelta(minutes=40)),
        ]

    def test_the_latest_decision_counts_whatever_the_order(self) -> None:
        fraud, benign = "confirmed_fraud", "confirmed_benign"
        decisions: list[tuple[str, str, int | None]] = [
            ("a", fraud, 1), ("a", benign, 2), ("b", benign, None), ("b", fraud, None),
            ("c", fraud, None), ("c", benign, -30_000), ("d", "under_review", 5), ("d", benign, 1),
        ]  # fmt: skip
        labels = [
            {"account_id": name, "label": label, "decided_at": None if days is None else DAY + timedelta(days=days)}
            for name, label, days in decisions
        ]
        for rows in (labels, labels[::-1]):
            path = fresh()
            build(folder(labels=rows, payments=ring(payment_id="card")), path)
            assert ask(path, "SELECT account_id, label FROM accounts WHERE label IS NOT NULL ORDER BY 1") == [
                ("a", benign), ("b", fraud), ("c", benign), ("d", benign),
            ]  # fmt: skip

    def test_a_kind_that_names_accounts_links_to_them(self) -> None:
        path = fresh()
        rows = [{"account_id": f"a{n}", "kind": "referral", "value": "boss"} for n in range(4)]
        referral = Kind(family="referral", alone=1.0, names_account=True)
        config = Config(kinds=Config().kinds | {"referral": referral})
        build(folder(sightings=rows, accounts=[{"account_id": "boss"}]), path, config=config)
        sound(path)
        assert ("boss",) in ask(path, "SELECT account_id FROM edges WHERE kind = 'referral'")


class TestFailure:
    """A rebuild that cannot be done is one line, and the last snapshot stays in service."""

    @staticmethod
    def line(error: LinkageError) -> str:
        assert "\n" not in str(error) and "Traceback" not in str(error)
        return str(error)

    def test_a_damaged_file_leaves_the_last_snapshot(self) -> None:
        path, input = fresh(), folder(payments=ring(payment_id="card"), sightings=sightings())
        first = build(input, path).snapshot_id
        before, whole = digests(path), (input / "payments.parquet").read_bytes()
        (input / "payments.parquet").write_bytes(whole[: len(whole) // 2])
        with pytest.raises(InputError) as error:
            build(input, path)
        assert "payments.parquet" in self.line(error.value)
        assert current(path) == first and digests(path) == before
        assert list((path / "work").iterdir()) == []
        (input / "payments.parquet").write_bytes(whole)
        assert build(input, path).events == {"unchanged": 1}

    def test_a_missing_folder_a_missing_column_and_a_table_given_twice(self, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        twice = folder(payments=ring(payment_id="card"))
        (twice / "payments.csv").write_text("account_id,payment_id\na,b\n")
        column = folder(payments=[{"account_id": "a", "card": "x"}])
        for input, named in (
            (tmp_path / "no", "no"),
            (tmp_path / "empty", "payments"),
            (twice, "twice"),
            (column, "payment_id"),
        ):
            path = fresh()
            with pytest.raises(InputError) as error:
                build(input, path)
            assert named in self.line(error.value)
            assert published(path) == []

    def test_only_one_builds_at_a_time(self) -> None:
        path, input = fresh(), folder(payments=ring(payment_id="card"))
        first = build(input, path).snapshot_id
        with Store(path).lock(), pytest.raises(LockHeld) as error:
            build(input, path)
        assert str(os.getpid()) in self.line(error.value) and error.value.exit_code == 3
        assert current(path) == first
        build(input, path)

    def test_a_folder_that_is_no_store_is_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "letter.txt").write_text("dear")
        with pytest.raises(Unavailable) as error:
            build(folder(payments=ring(payment_id="card")), tmp_path)
        assert str(tmp_path) in self.line(error.value)
        assert [entry.name for entry in tmp_path.iterdir()] == ["letter.txt"]

    def test_a_public_list_that_is_missing_is_a_wrong_configuration(self) -> None:
        input = folder(requests=ring(ts=DAY, prompt="Tell me of the old tree that stood on the hill."))
        with pytest.raises(ConfigError) as error:
            build(input, fresh(), config=Config.model_validate({"fingerprints": {"public_lists": ["/nowhere.txt"]}}))
        assert "/nowhere.txt" in self.line(error.value)

    @pytest.mark.parametrize("room", [1, 5, 9])
    def test_a_full_disk_is_one_line_and_publishes_nothing(self, tmp_path: Path, room: int) -> None:
        """Of so many megabytes, which are not enough: in the engine, in what is kept, in the snapshot."""
        if os.geteuid() != 0:
            pytest.skip("mounting a small disk needs root")
        disk = tmp_path / "disk"
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={room}m", "tmpfs", str(disk)]
        if (mounted := subprocess.run(mount, capture_output=True, text=True)).returncode:
            pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
        try:
            with pytest.raises(Unavailable) as error:
                build(world() / "input", disk / "store")
            assert error.value.exit_code == 3
            assert "disk is full" in self.line(error.value) or "No space left" in self.line(error.value)
            assert published(disk / "store") == [] and list((disk / "store" / "work").iterdir()) == []
        finally:
            subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_what_a_public_list_holds_counts_and_not_its_name(tmp_path: Path) -> None:
    """What was kept under an older list is made anew."""
    text = "Please write a short poem about the old lighthouse keeper and his seven grey cats"
    path, listed = fresh(), tmp_path / "public.txt"
    input = folder(requests=ring(ts=DAY, prompt=text))
    config = Config.model_validate({"fingerprints": {"public_lists": [str(listed)]}})
    listed.write_text("nothing that anybody sent in those days, as far as we know\n")
    build(input, path, config=config)
    kept = Store(path).partial_keys()
    build(input, path, config=config)
    assert Store(path).partial_keys() == kept
    listed.write_text(f"{text}\n")
    build(input, path, config=config)
    assert Store(path).partial_keys() != kept


def test_a_file_that_stands_twice_counts_twice(tmp_path: Path) -> None:
    input, path = folder(payments=ring(payment_id="card", seen_at=DAY)), fresh()
    whole = (input / "payments.parquet").read_bytes()
    (input / "payments.parquet").unlink()
    (input / "payments").mkdir()
    for name in ("one", "two"):
        (input / "payments" / f"{name}.parquet").write_bytes(whole)
    for _ in range(2):
        summary = build(input, path)
        assert ask(path, "SELECT DISTINCT n FROM sightings WHERE kind = 'payment'") == [(2,)]
        assert any("same bytes" in notice for notice in summary.notices)


def test_an_input_that_brings_a_value_of_ours_itself_counts_once(tmp_path: Path) -> None:
    shared = "SELECT account_id, kind, value, accounts FROM sightings JOIN identifiers USING (kind, value)"
    account, kind, value, accounts = ask(store(), f"{shared} WHERE kind = 'scaffold' ORDER BY ALL LIMIT 1")[0]
    input = tmp_path / "input"
    shutil.copytree(world() / "input", input)
    with (input / "sightings.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("account_id", "kind", "value"), (account, kind, value), ("stranger", kind, value)])
    build(input, tmp_path / "store")
    told = ask(tmp_path / "store", f"SELECT * FROM ({shared}) WHERE kind = '{kind}' AND value = '{value}'")
    assert len({row[0] for row in told}) == len(told) == accounts + 1
    assert {row[3] for row in told} == {accounts + 1}
