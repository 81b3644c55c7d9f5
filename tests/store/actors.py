"""Builders and readers as processes of their own: `python -m tests.store.actors ROLE STORE [ARGUMENT]`."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb

from linkage.errors import LinkageError
from linkage.store import Store, list_snapshots, open_snapshot
from linkage.tables import SNAPSHOT
from tests.store.factory import empty_tables, publish

ROOT = Path(__file__).parent.parent.parent


def start(role: str, store: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start an actor; its lines are on stdout, and closing its stdin lets it go on."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store.actors", role, str(store), *arguments],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def hold(store: Path, fork: str = "") -> None:
    """Be in the middle of a rebuild until stdin is closed; with "fork", leave a child behind that lives on."""
    with Store(store).lock() as locked, locked.begin() as draft:
        con = duckdb.connect(config={"threads": 1})
        empty_tables(con)
        draft.write(con, "accounts")
        if fork:
            child = os.fork()
            if child == 0:
                signal.pause()
            say(f"child {child}")
        say("holding")
        sys.stdin.read()


def contend(store: Path, name: str) -> None:
    """Publish once, or say why not."""
    say("ready")
    sys.stdin.read()
    try:
        say("published " + publish(store, name))
    except LinkageError as error:
        say(f"{type(error).__name__} {error}")


def read(store: Path) -> None:
    """Open the current snapshot, and say what it holds at every line of stdin."""
    with open_snapshot(store) as snapshot:
        say(snapshot.id)
        for _ in sys.stdin:
            accounts = snapshot.query("SELECT account_id FROM accounts ORDER BY 1")["account_id"].to_pylist()
            say(json.dumps([accounts, snapshot.verify()]))
    say("closed")


def reopen(store: Path) -> None:
    """Open whatever is current again and again until stdin is closed; say how often, and what was wrong."""
    opened, troubles = 0, []
    os.set_blocking(0, False)
    while True:
        with contextlib.suppress(BlockingIOError):
            if os.read(0, 1) == b"":
                break
        try:
            with open_snapshot(store) as snapshot:
                [account] = snapshot.table("accounts")["account_id"].to_pylist()
                if account != snapshot.manifest.as_of.strftime("%d"):
                    troubles.append(f"{snapshot.id} holds {account}")
        except LinkageError as error:
            troubles.append(str(error))
        opened += 1
    say(json.dumps([opened, troubles]))


def crash(store: Path) -> None:
    """Publish again and again, each time killed one durable step later, until a rebuild gets through unharmed.

    After each: says the step, what is current, and what is wrong with any snapshot.
    """
    step = len(SNAPSHOT) - 2  # the steps before are a file each of a draft
    alive = False
    while not alive:
        step += 1
        child = os.fork()
        if child == 0:
            _die_at(step)
            publish(store, f"step {step}", day=step, keep=3)
            os._exit(0)
        alive = os.waitpid(child, 0)[1] == 0
        # looked at in a process of its own, because an engine does not survive the next fork
        if os.fork() == 0:
            troubles = []
            entries = list_snapshots(store)
            for entry in entries:
                with open_snapshot(store, entry.id) as snapshot:
                    troubles += snapshot.verify()
            now = [entry.id for entry in entries if entry.current]
            stored = sorted(path.name for path in (store / "snapshots").iterdir())
            say(json.dumps([step, now, [entry.id for entry in entries], stored, troubles]))
            os._exit(0)
        os.wait()


def _die_at(step: int) -> None:
    """Kill this process right before its step-th call that changes the disk for good."""
    left = step

    def guarded(call):  # type: ignore[no-untyped-def]
        def counted(*arguments, **options):  # type: ignore[no-untyped-def]
            nonlocal left
            left -= "dir_fd" not in options  # inside rmtree one file is like another
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **options)

        return counted

    for name in ("rename", "replace", "unlink", "fsync"):
        setattr(os, name, guarded(getattr(os, name)))


if __name__ == "__main__":
    globals()[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])
