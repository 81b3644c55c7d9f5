"""Real builders and readers against one another: locks, kills, and a reader's consistent view."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from linkage.errors import LockHeld
from linkage.store import Store, list_snapshots, open_snapshot
from tests.store.actors import start
from tests.store.factory import publish


@contextlib.contextmanager
def actor(role: str, store: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = start(role, store, *arguments)
    try:
        yield process
    finally:
        process.kill()
        with process:  # closes its pipes and waits
            pass


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_second_builder_is_told_who_holds_the_store(store: Path) -> None:
    with actor("hold", store) as holder:
        assert line(holder) == "holding"
        with pytest.raises(LockHeld) as error, Store(store).lock():
            pytest.fail("two builders at once")
        assert f"process {holder.pid} on '{os.uname().nodename}', since 20" in str(error.value)
        assert "wait for it to end" in str(error.value)
        assert error.value.exit_code == 3


def test_of_many_builders_at_once_all_either_publish_or_are_told(store: Path) -> None:
    with contextlib.ExitStack() as stack:
        builders = [stack.enter_context(actor("contend", store, f"builder {n}")) for n in range(4)]
        assert [line(builder) for builder in builders] == ["ready"] * 4
        for builder in builders:
            assert builder.stdin is not None
            builder.stdin.close()
        outcomes = [line(builder).split(" ")[:2] for builder in builders]
    published = [words[1] for words in outcomes if words[0] == "published"]
    assert published
    assert {words[0] for words in outcomes} <= {"published", "LockHeld"}
    assert sorted(published) == sorted(entry.id for entry in list_snapshots(store))


def test_the_lock_holds_between_threads_of_one_process_too(store: Path) -> None:
    with Store(store).lock(), pytest.raises(LockHeld), Store(store).lock():
        pass
    with Store(store).lock():
        pass


@pytest.mark.parametrize("fork", [(), ("fork",)])
def test_a_killed_builder_leaves_no_lock_and_no_half_snapshot(store: Path, fork: tuple[str, ...]) -> None:
    first = publish(store, "a")
    with actor("hold", store, *fork) as holder:
        child = int(line(holder).split()[1]) if fork else 0
        assert line(holder) == "holding"
        assert list((store / "work").iterdir())
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        try:
            assert [entry.id for entry in list_snapshots(store)] == [first]
            with Store(store).lock():
                assert not list((store / "work").iterdir())
        finally:
            if child:
                os.kill(child, signal.SIGKILL)
    second = publish(store, "b", day=1)
    assert [entry.id for entry in list_snapshots(store)] == [first, second]


def test_a_builder_killed_at_any_step_leaves_whole_snapshots(store: Path) -> None:
    known = {publish(store, "first")}
    with actor("crash", store) as crasher:
        assert crasher.stdout is not None
        steps = [json.loads(text) for text in crasher.stdout]
    assert len(steps) > 12, "the steps of a publication were not seen"
    for step, now, listed, stored, troubles in steps:
        assert troubles == [], f"killed at step {step}"
        assert len(now) == 1 and now[0] in listed, f"killed at step {step}"
        # at most the one that was being published is there and not listed
        assert len(set(stored) - set(listed)) <= 1, f"killed at step {step}"
        known |= set(listed)
    # the last one got through: it is current, what was left behind is gone, and retention has kept three
    _, [now], listed, stored, _ = steps[-1]
    assert now == listed[-1]
    assert sorted(listed) == stored
    assert len(listed) == 3
    assert not list((store / "work").iterdir())
    assert not (store / "PUBLISHING").exists()
    with open_snapshot(store) as snapshot:
        assert snapshot.table("accounts")["account_id"].to_pylist() == [f"step {steps[-1][0]}"]


def test_a_reader_keeps_its_view_while_others_are_published_and_removed(store: Path) -> None:
    first = publish(store, "first")
    with actor("read", store) as reader:
        assert reader.stdin is not None
        assert line(reader) == first
        ids = []
        for day in range(1, 6):
            ids.append(publish(store, f"day {day}", day=day, keep=2))
            reader.stdin.write("\n")
            reader.stdin.flush()
            assert json.loads(line(reader)) == [["first"], []]
        assert [entry.id for entry in list_snapshots(store)] == [first, *ids[-2:]]
        reader.stdin.close()
        assert line(reader) == "closed"
        reader.wait()
    last = publish(store, "day 6", day=6, keep=2)
    assert [entry.id for entry in list_snapshots(store)] == [ids[-1], last]


def test_a_killed_reader_holds_nothing(store: Path) -> None:
    first = publish(store, "first")
    with actor("read", store) as reader:
        assert line(reader) == first
    second = publish(store, "second", day=1, keep=1)
    assert [entry.id for entry in list_snapshots(store)] == [second]


def test_readers_that_open_while_every_old_snapshot_is_removed_find_one_whole(store: Path) -> None:
    publish(store, "01")
    with actor("reopen", store) as one, actor("reopen", store) as other:
        for day in range(1, 12):
            publish(store, f"{day + 1:02d}", day=day, keep=1)
        for reader in (one, other):
            assert reader.stdin is not None
            reader.stdin.close()
            opened, troubles = json.loads(line(reader))
            assert troubles == []
            assert opened > 0
