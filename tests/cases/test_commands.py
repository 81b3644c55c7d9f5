"""The commands as an investigator uses them: what they print, how they end, and what each leaves in the audit log."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from linkage.audit import AuditLog
from linkage.store import open_snapshot
from tests.cases.factory import FIRST, publish
from tests.cli.factory import Run, runner
from tests.investigate.factory import World


@pytest.fixture
def linkage(capsys: pytest.CaptureFixture[str], store: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("LINKAGE_STORE", str(store))
    return runner(capsys)


def records(store: Path) -> list[tuple[str, str, str | None, str]]:
    """Who, what, about what, and how it ended; oldest first."""
    with AuditLog(store) as log:
        return [(one.actor, one.action, one.subject, one.outcome) for one in reversed(log.entries())]


def test_a_decision_is_set_and_shown(linkage: Run, store: Path) -> None:
    done = linkage("case", "A", "--set", "confirmed", "--note", "one card", "--actor", "ada")
    assert done == (0, "status: confirmed\n", "")
    told = json.loads(linkage("case", "A", "--format", "json", "--actor", "ada").out)
    assert told["case"]["status"] == "confirmed" and told["case"]["decision"]["reason"] == "one card"
    assert told["changed"]["sentence"] == ""
    shown = linkage("case", "A", "--actor", "ada").out
    assert shown.startswith("case 1 of cluster A: confirmed by ada on 6 accounts of snapshot ")
    assert records(store) == [
        ("ada", "decide", "cluster:A", "done"),
        ("ada", "view", "cluster:A", "done"),
        ("ada", "view", "cluster:A", "done"),
    ]


@pytest.mark.parametrize(
    "status", ["new", "in review", "in-review", "In_Review", "confirmed", "dismissed", "escalated", "actioned"]
)
def test_every_status_of_the_contract(linkage: Run, status: str) -> None:
    assert linkage("case", "A", "--set", status).status == 0
    [row] = csv.DictReader(io.StringIO(linkage("case", "A", "--format", "csv").out))
    assert row["status"] == status.lower().replace("-", " ").replace("_", " ")


def test_a_cluster_nobody_touched_is_new(linkage: Run) -> None:
    assert json.loads(linkage("case", "B", "--format", "json").out) == {
        "case": {"cluster_id": "B", "status": "new"},
        "changed": None,
    }
    assert "new" in linkage("case", "B").out


def test_what_changed_since_the_decision_is_said(linkage: Run, store: Path) -> None:
    linkage("case", "A", "--set", "confirmed", "--note", "x")
    publish(store, {**FIRST, "A": [*FIRST["A"][1:], "n1", "n2"]}, day=2, lineage=[("A", "A", "grown", 5)])
    shown = linkage("case", "A").out
    assert "changed since your decision: +2 accounts, -1\n  joined: n1, n2\n  left: a0\n" in shown
    assert "  A  " in linkage("cases", "--changed").out


def test_many_options_at_once_are_a_record_each(linkage: Run, store: Path, tmp_path: Path) -> None:
    spared = tmp_path / "spared.txt"
    spared.write_text("a1\na2\n")
    done = linkage(
        "case", "A", "--spare", f"@{spared}", "--confirm", "a3", "--tag", "proxy", "--tag", "card", "--assign", "bob", "--link", "B",
        "--merge", "C", "--split", "a0", "--note", "why",
    )  # fmt: skip
    assert done.status == 0 and done.err == ""
    assert [action for _, action, _, _ in records(store)] == [
        "assign",
        "tag",
        "tag",
        "link",
        "decide",
        "decide",
        "merge",
        "split",
    ]
    told = json.loads(linkage("case", "A", "--format", "json").out)
    assert told["case"]["tags"] == ["card", "proxy"] and told["case"]["spared"] == 2 and told["case"]["assignee"] == "bob"
    assert {edit["kind"]: edit["state"] for edit in told["edits"]} == dict.fromkeys(
        ("merge", "split"), "waiting for the next rebuild"
    )


def test_undo_takes_back_the_last_or_a_certain_one(linkage: Run) -> None:
    linkage("case", "A", "--tag", "x")
    linkage("case", "A", "--assign", "bob")
    told = json.loads(linkage("case", "A", "--format", "json").out)
    tag = next(one["id"] for one in told["history"] if one["kind"] == "tag")
    assert linkage("case", "A", "--undo", "--event", tag).out == "taken back: added the tag x\n"
    assert linkage("case", "A", "--undo").out == "taken back: assigned it to bob\n"
    assert linkage("case", "A", "--undo").status == 1


def test_no_note_is_lost_whatever_it_is_given_with(linkage: Run) -> None:
    assert linkage("case", "A", "--assign", "bob", "--tag", "x", "--note", "look at the cards").status == 0
    assert linkage("case", "A", "--spare", "a1", "--note", "declared late").status == 0
    told = json.loads(linkage("case", "A", "--format", "json").out)
    assert [note["text"] for note in told["notes"]] == ["look at the cards"]
    assert [one["reason"] for one in told["decisions"]] == ["declared late"]


def test_review_holds_a_case_each(linkage: Run) -> None:
    assert linkage("review", "--actor", "ada").out.startswith("A is yours until")
    assert linkage("review", "--actor", "bob").out.startswith("B is yours until")
    busy = linkage("case", "A", "--set", "dismissed", "--note", "x", "--actor", "bob")
    assert busy.status == 3 and busy.err.startswith("linkage: ada is reviewing the case of cluster A until ")
    assert linkage("review", "--actor", "bob", "--give-back", "B").status == 0
    assert linkage("review", "--actor", "cid").out.startswith("B is yours until")
    [row] = json.loads(linkage("review", "--actor", "ada", "--format", "json").out)
    assert row["cluster_id"] == "A" and row["until"]
    for actor in ("dot", "eli", "fay"):
        last = linkage("review", "--actor", actor)
    assert last.status == 1 and "nothing waits" in last.err


def test_a_second_person_approves(linkage: Run, store: Path) -> None:
    (store / "access.toml").write_text(
        '[roles]\ninvestigator = ["ada"]\napprover = ["eve"]\n[approval]\naccounts = 4\nstatuses = ["confirmed"]\n'
    )
    done = linkage("case", "A", "--set", "confirmed", "--note", "x", "--actor", "ada")
    assert done.status == 0 and "waits for a second person" in done.out
    [row] = json.loads(linkage("cases", "--pending", "--actor", "ada", "--format", "json").out)
    own = linkage("approve", row["request"], "--actor", "ada")
    assert own.status == 3 and "at least approver" in own.err
    assert linkage("approve", row["request"], "--actor", "eve").out == "request 1 approved; the case of A is confirmed\n"
    assert linkage("cases", "--pending", "--actor", "ada").out == "nothing waits\n"
    nobody = linkage("show", "A", "--actor", "mallory")
    assert nobody.status == 3 and nobody.out == "" and "mallory has no role here" in nobody.err


def test_many_decisions_from_a_file(linkage: Run, tmp_path: Path, store: Path) -> None:
    file = tmp_path / "decisions.csv"
    file.write_text("cluster_id,status,reason\nA,confirmed,one card\nB,in-review,later\n")
    rows = json.loads(linkage("cases", "--decide", file, "--format", "json").out)
    assert [(row["cluster_id"], row["status"]) for row in rows] == [("A", "confirmed"), ("B", "in review")]
    for content, named in (
        ("cluster_id,status,reason\nA,confirmed,\n", "record 1: reason is missing"), ("cluster_id,status\nA,confirmed\n", "reason"),
        ("cluster_id,status,reason\nA,guilty,x\n", "guilty"), ("\xff\xfe", "decisions.csv"),
    ):  # fmt: skip
        file.write_bytes(content.encode("latin-1"))
        wrong = linkage("cases", "--decide", file)
        assert wrong.status == 2 and named in wrong.err
    assert len(records(store)) == 2


def test_a_file_that_cannot_be_read_is_said_in_words(linkage: Run, tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"a\xff")
    for arguments, wanted in (
        (("cases", "--decide", "nofile"), "nofile: No such file or directory; name a CSV file of cluster_id, status, reason"),
        (("cases", "--decide", str(binary)), "binary: is not UTF-8 from byte 2 on; name a CSV file of"),
        (("case", "A", "--spare", "@nofile", "--note", "x"), "nofile: No such file or directory; name a text file with"),
        (("case", "A", "--spare", f"@{binary}", "--note", "x"), "binary: is not UTF-8 from byte 2 on; name a text file with"),
        (("actions", "A", "--action", "nuke"), "invalid value for '--action': 'nuke' is not one of 'suspend', "),
        (("approve", "99"), "there is no request 99; 'linkage cases --pending' lists those that wait"),
    ):
        done = linkage(*arguments)
        assert done.status in (1, 2) and wanted in done.err and done.err.count("\n") == 1


def test_actions_are_looked_at_first_and_written_then(linkage: Run, tmp_path: Path) -> None:
    out = tmp_path / "actions.csv"
    linkage("case", "A", "--set", "confirmed", "--note", "x")
    dry = linkage("actions", "A", "--action", "suspend")
    assert dry.status == 0 and "innocents hit: about" in dry.out and "nothing was written" in dry.err
    plan = json.loads(linkage("actions", "A", "--action", "suspend", "--format", "json").out)["digest"]
    assert plan in dry.out and not out.exists()
    assert linkage("actions", "A", "--action", "suspend", "--out", out).status == 2
    assert linkage("actions", "A", "--action", "suspend", "--out", out, "--plan", "0000").status == 3
    assert linkage("actions", "A", "--action", "rate-limit").status == 2
    assert linkage("actions", "A", "--action", "suspend", "--out", tmp_path / "a.xlsx", "--plan", plan).status == 2
    assert not out.exists()
    assert linkage("actions", "A", "--action", "suspend", "--out", out, "--plan", plan).status == 0
    assert [row["account_id"] for row in csv.DictReader(out.open())] == FIRST["A"] and out.stat().st_mode & 0o777 == 0o600
    lines = tmp_path / "actions.jsonl"
    assert linkage("actions", "A", "--action", "suspend", "--out", lines, "--plan", plan).status == 0
    assert [json.loads(line)["account_id"] for line in lines.read_text().splitlines()] == FIRST["A"]


def test_a_canary_traces_to_account_cluster_and_case(linkage: Run, store: Path, tmp_path: Path) -> None:
    def grow(world: World) -> None:
        world.share("canary", "zx-canary-77", 0.0, ["a1"])

    file = tmp_path / "dump.txt"
    file.write_text("... zx-canary-77 ...")
    assert linkage("trace", file).status == 1
    publish(store, FIRST, day=2, grow=grow)
    linkage("case", "A", "--set", "escalated", "--note", "x")
    [row] = json.loads(linkage("trace", file, "--format", "json").out)
    assert (row["account_id"], row["cluster_id"], row["case"], row["status"], row["times"]) == ("a1", "A", 1, "escalated", 1)
    file.write_text("nothing")
    missed = linkage("trace", file, "--format", "json")
    assert missed.status == 1 and json.loads(missed.out) == [] and "none of the 1 markers" in missed.err


def test_the_audit_log_is_read_and_verified(linkage: Run, store: Path, tmp_path: Path) -> None:
    linkage("case", "A", "--set", "confirmed", "--note", "x", "--actor", "ada")
    linkage("show", "B", "--actor", "bob")
    rows = json.loads(linkage("audit", "--format", "json").out)
    assert [(row["actor"], row["action"], row["subject"]) for row in rows] == [
        ("bob", "view", "cluster:B"),
        ("ada", "decide", "cluster:A"),
    ]
    assert [row["seq"] for row in json.loads(linkage("audit", "--by", "ada", "--format", "json").out)] == [1]
    assert linkage("audit", "--verify").status == 0
    assert json.loads(linkage("audit", "--verify", "--format", "json").out)["holds"] is True
    kept = tmp_path / "kept.json"
    assert linkage("audit", "--checkpoint", kept).status == 0
    assert linkage("audit", "--verify", "--against", kept).status == 0
    import sqlite3

    with sqlite3.connect(store / "cases.sqlite") as con:
        con.execute("DROP TRIGGER audit_records_no_delete")
        con.execute("DELETE FROM audit_records WHERE seq = 2")
    bad = linkage("audit", "--verify")
    assert bad.status == 1 and "the end was cut off" in bad.out and bad.err.count("\n") == 1
    told = linkage("audit", "--verify", "--format", "json")
    assert told.status == 1 and json.loads(told.out)["holds"] is False
    assert linkage("audit", "--verify", "--against", tmp_path / "nosuch").status == 3


#: Every command that shows something, and the one record it leaves; None for what is no view of one thing.
VIEWS: dict[tuple[str, ...], tuple[str, str] | None] = {
    ("show", "A"): ("view", "cluster:A"),
    ("show", "A", "--format", "json"): ("view", "cluster:A"),
    ("show", "A", "--format", "csv"): ("view", "cluster:A"),
    ("explain", "a1"): ("view", "account:a1"),
    ("explain", "a1", "a2"): ("view", "account:a1"),
    ("case", "A"): ("view", "cluster:A"),
    ("actions", "A", "--action", "watch"): ("view", "cluster:A"),
    ("members", "--out", "OUT"): ("export", "store"),
    ("clusters",): None,
    ("clusters", "--format", "json"): None,
    ("set-aside",): None,
    ("snapshots",): None,
    ("diff",): None,
    ("cases",): None,
    ("audit",): None,
    ("audit", "--verify"): None,
    ("access",): None,
}


@pytest.mark.parametrize("arguments", VIEWS, ids=" ".join)
def test_a_view_leaves_exactly_one_record(linkage: Run, store: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    publish(store, FIRST, day=2)
    given = [str(tmp_path / "m.csv") if part == "OUT" else part for part in arguments]
    takes_actor = arguments[0] != "snapshots"
    done = linkage(*given, *(["--actor", "ada"] if takes_actor else []))
    assert done.status == 0 and ("--format" not in arguments or done.err == "")
    expected = VIEWS[arguments]
    assert records(store) == ([] if expected is None else [("ada", *expected, "done")])


@pytest.mark.parametrize("arguments", [one for one in VIEWS if one[0] not in ("snapshots", "access")], ids=" ".join)
def test_who_has_no_role_sees_nothing_and_that_is_recorded(
    linkage: Run, store: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (store / "access.toml").write_text('[roles]\nadmin = ["root"]\n')
    given = [str(tmp_path / "m.csv") if part == "OUT" else part for part in arguments]
    done = linkage(*given, "--actor", "mallory")
    assert done.status == 3 and done.out == "" and done.err.startswith("linkage: mallory has no role here")
    assert [(actor, outcome) for actor, _, _, outcome in records(store)] == [("mallory", "denied")]
    assert not (tmp_path / "m.csv").exists()


def test_what_is_not_there_is_no_view(linkage: Run, store: Path) -> None:
    for arguments in (
        ("show", "nosuch"),
        ("explain", "nosuch"),
        ("case", "nosuch"),
        ("actions", "nosuch", "--action", "watch"),
    ):
        assert linkage(*arguments).status == 1
    assert records(store) == []


def test_a_name_that_leads_elsewhere_leads_nowhere(linkage: Run, store: Path) -> None:
    for name in ("../../etc/passwd", "..%2f..", "/etc/passwd", "a\0b", "\udcff", "x" * 5000, "'; DROP TABLE cases; --"):
        for arguments in (
            ("case", name),
            ("case", name, "--set", "confirmed"),
            ("case", name, "--note", "x"),
            ("forget", name),
        ):
            done = linkage(*arguments)
            assert done.status in (1, 2) and done.err.count("\n") == 1
    with open_snapshot(store) as snapshot:
        assert snapshot.verify() == []
