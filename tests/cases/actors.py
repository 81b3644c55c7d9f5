"""People as processes of their own: `python -m tests.cases.actors ROLE STORE NAME [ARGUMENT]`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from linkage.access import Identity, Role
from linkage.audit import AuditLog
from linkage.cases import CaseBook, Status
from linkage.errors import Conflict
from linkage.store import open_snapshot

ROOT = Path(__file__).resolve().parents[2]


def start(role: str, store: Path, name: str, argument: str = "", *, url: str | None = None) -> subprocess.Popen[str]:
    """Start one; it says "ready", and goes on once its stdin is closed."""
    environment = {**os.environ, "LINKAGE_DATABASE_URL": url or ""}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.cases.actors", role, str(store), name, argument],
        cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def together(running: list[subprocess.Popen[str]]) -> list[list[str]]:
    """Let all of them go at once; what each said."""
    for process in running:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in running:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    said = [json.loads(process.communicate(timeout=120)[0]) for process in running]
    assert [process.returncode for process in running] == [0] * len(running)
    return said


def _ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()


def review(store: Path, name: str, _: str) -> list[str]:
    """Lease the next case until nothing waits, never deciding: the clusters that were handed out."""
    taken: list[str] = []
    with CaseBook(store) as book, open_snapshot(store) as snapshot:
        who = Identity(name, Role.investigator)
        book.cases()
        _ready()
        while (case := book.lease_next(who, snapshot, skip=taken)) is not None:
            taken.append(case.cluster_id)
    return taken


def tag(store: Path, name: str, count: str) -> list[str]:
    """Put tags on one case, each a deed of its own."""
    with CaseBook(store) as book, open_snapshot(store) as snapshot:
        who = Identity(name, Role.investigator)
        _ready()
        for number in range(int(count)):
            book.tag(who, snapshot, "A", f"{name}-{number}")
    return []


def contend(store: Path, name: str, rounds: str) -> list[str]:
    """Change the status again and again, each time from the revision that was seen; the revisions that were won."""
    won: list[str] = []
    with CaseBook(store) as book, open_snapshot(store) as snapshot:
        who = Identity(name, Role.investigator)
        _ready()
        while len(won) < int(rounds):
            seen = book.find("A")
            try:
                made = book.set_status(who, snapshot, "A", Status.in_review, expected=0 if seen is None else seen.revision)
            except Conflict:
                continue
            won.append(str(made.case.revision))
    return won


def log(store: Path, name: str, count: str) -> list[str]:
    """Write audit records."""
    with AuditLog(store) as written:
        _ready()
        return [
            str(written.record(name, "viewer", "view", f"cluster:{name}-{number}", None, None)) for number in range(int(count))
        ]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(globals()[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])) + "\n")
