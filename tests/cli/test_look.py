from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pyarrow.parquet as pq

from tests.cli.factory import Run
from tests.investigate.factory import FORMULA, HOSTILE


def test_the_queue_as_json(linkage: Run, store: Path) -> None:
    outcome = linkage("clusters", "--format", "json", "--store", store)
    rows = json.loads(outcome.out)
    assert (outcome.status, outcome.err) == (0, "")
    assert [row["cluster_id"] for row in rows] == ["harvest", "ring", "office"]
    wanted = {"cluster_id", "risk", "flagged", "size", "first_seen", "last_seen", "families", "reasons"}
    assert all(wanted <= row.keys() for row in rows)
    assert rows[0]["first_seen"] == "2026-03-01T00:00:00Z"
    assert rows[0]["reasons"][0] == {
        "code": "for_code", "side": "for", "points": 3.0, "figure": 0.25, "sentence": "a sentence for harvest",
    }  # fmt: skip


def test_flagged_and_limit(linkage: Run, store: Path) -> None:
    rows = json.loads(linkage("clusters", "--flagged", "--format", "json", "--store", store).out)
    assert [row["cluster_id"] for row in rows] == ["harvest", "ring"]
    assert len(json.loads(linkage("clusters", "--limit", 1, "--format", "json", "--store", store).out)) == 1
    assert json.loads(linkage("clusters", "--limit", 0, "--format", "json", "--store", store).out) == []
    assert linkage("clusters", "--limit", 0, "--store", store).out == "no clusters\n"


def test_the_queue_as_table_and_csv(linkage: Run, store: Path) -> None:
    lines = linkage("clusters", "--store", store).out.splitlines()
    assert lines[0].split()[:4] == ["rank", "cluster", "id", "risk"]
    assert "harvest" in lines[2]
    rows = list(csv.DictReader(io.StringIO(linkage("clusters", "--format", "csv", "--store", store).out)))
    assert (rows[0]["cluster_id"], rows[0]["flagged"], rows[0]["families"]) == ("harvest", "true", "content; payment")


def test_members_to_a_file(linkage: Run, store: Path, tmp_path: Path) -> None:
    outcome = linkage("members", "--out", tmp_path / "m.parquet", "--store", store)
    assert (outcome.status, outcome.out) == (0, "")
    assert "10 accounts" in outcome.err
    assert pq.read_table(tmp_path / "m.parquet").column_names == ["account_id", "cluster_id", "role", "risk", "flagged"]
    wrong = linkage("members", "--out", tmp_path / "m.xlsx", "--store", store)
    assert (wrong.status, wrong.out) == (2, "")


def test_members_of_an_older_snapshot(linkage: Run, store: Path, tmp_path: Path) -> None:
    older = json.loads(linkage("snapshots", "--format", "json", "--store", store).out)[0]["id"]
    linkage("members", "--out", tmp_path / "m.csv", "--snapshot", older, "--store", store)
    assert len((tmp_path / "m.csv").read_text().splitlines()) == 1 + 9


def test_show_reads_top_down(linkage: Run, store: Path) -> None:
    out = linkage("show", "harvest", "--store", store).out
    parts = [
        "cluster harvest: risk 0.95, flagged",
        "for:",
        "+3.00",
        "against:",
        "-1.00",
        "identifiers",
        "card-1",
        "members",
        "a5",
    ]
    places = [out.index(part) for part in parts]
    assert places == sorted(places)
    assert "seen on 11 accounts that share nothing else" in out


def test_show_as_json_and_csv_has_every_member(linkage: Run, store: Path) -> None:
    detail = json.loads(linkage("show", "harvest", "--limit", 1, "--format", "json", "--store", store).out)
    assert [member["account_id"] for member in detail["members"]] == ["a1", "a2", "a3", "a4", "a5"]
    assert len(detail["identifiers"]) == 1
    rows = list(csv.DictReader(io.StringIO(linkage("show", "harvest", "--format", "csv", "--store", store).out)))
    assert [row["account_id"] for row in rows] == ["a1", "a2", "a3", "a4", "a5"]


def test_explain_one_account(linkage: Run, store: Path) -> None:
    out = linkage("explain", "a2", "--store", store).out
    assert out.startswith("a2 is a core member of cluster harvest")
    assert "Paid with the same payment method." in out
    assert "payments.parquet record 2" in out
    assert "2026-03-01 00:00  2026-03-01 05:00" in out
    assert "user_agent curl/8: seen on 11 accounts that share nothing else" in out


def test_explain_two_accounts_through_a_third(linkage: Run, store: Path) -> None:
    out = linkage("explain", "a1", "a4", "--store", store).out
    assert "a1 - a2 - a4, weight 0.80" in out
    why = json.loads(linkage("explain", "a1", "a4", "--format", "json", "--store", store).out)
    assert why["paths"][0]["accounts"] == ["a1", "a2", "a4"]
    assert why["paths"][0]["links"][0]["seen"][0]["source"]["path"] == "payments.parquet"


def test_explain_as_flat_rows(linkage: Run, store: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(linkage("explain", "a1", "a4", "--format", "csv", "--store", store).out)))
    assert [(row["path"], row["step"], row["kind"], row["account_id"]) for row in rows] == [
        ("1", "1", "payment", "a1"),
        ("1", "1", "payment", "a2"),
        ("1", "2", "scaffold", "a2"),
        ("1", "2", "scaffold", "a4"),
        ("", "1", "user_agent", "a1"),
        ("", "1", "user_agent", "a4"),
    ]
    assert (rows[0]["source_path"], rows[0]["source_record"], rows[0]["n"]) == ("payments.parquet", "1", "1")


def test_hostile_values_are_shown_escaped_and_kept_whole(linkage: Run, store: Path) -> None:
    out = linkage("show", "office", "--store", store).out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "\\u202egnp.exe\\x1b[2J" in out
    detail = json.loads(linkage("show", "office", "--format", "json", "--store", store).out)
    assert {HOSTILE, FORMULA} <= {row["value"] for row in detail["identifiers"]}
    rows = list(csv.DictReader(io.StringIO(linkage("explain", "d1", "--format", "csv", "--store", store).out)))
    assert "'" + FORMULA in {row["value"] for row in rows}
    assert HOSTILE in {row["value"] for row in rows}
    assert linkage("explain", HOSTILE, "--store", store).out.startswith("\\u202egnp.exe\\x1b[2J")


def test_snapshots_oldest_first(linkage: Run, store: Path) -> None:
    rows = json.loads(linkage("snapshots", "--format", "json", "--store", store).out)
    assert [row["current"] for row in rows] == [False, True]
    assert rows[1]["as_of"] == "2026-03-10T00:00:00Z"
    assert rows[1]["accounts"] == 13


def test_what_was_set_aside(linkage: Run, store: Path) -> None:
    rows = json.loads(linkage("set-aside", "--format", "json", "--limit", 1, "--store", store).out)
    assert rows == [
        {"file": "payments.csv", "record": 3, "column": None, "effect": "set aside", "reason": "has 2 fields instead of 4"}
    ]


def test_show_and_explain_carry_the_proof(linkage: Run, store: Path) -> None:
    detail = json.loads(linkage("show", "harvest", "--format", "json", "--store", store).out)
    assert {"summary", "members", "cut_links", "bridges", "counter_evidence"} <= detail.keys()
    assert "card-1" in {cut["value"] for cut in detail["cut_links"]}
    assert [bridge["value"] for bridge in detail["bridges"]["outward"]] == ["203.0.113.9", "203.0.113.0/24"]
    out = linkage("show", "harvest", "--store", store).out
    assert "take one identifier away" in out
    assert "bridges to other clusters" in out
    why = json.loads(linkage("explain", "a2", "--format", "json", "--store", store).out)
    assert {cut["value"] for cut in why["cut_links"]} == {"card-1", "template-1"}
    assert why["in_favour"].keys() == {"a2"}


def test_two_accounts_that_nothing_links_are_status_1(linkage: Run, store: Path) -> None:
    outcome = linkage("explain", "e1", "a1", "--format", "json", "--store", store)
    assert (outcome.status, json.loads(outcome.out)["paths"]) == (1, [])
    assert outcome.err.count("\n") == 1 and "not linked" in outcome.err
    assert linkage("explain", "e1", "--store", store).status == 0
