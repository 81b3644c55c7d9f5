"""Cron is read as cron reads it; the schedule outlives its failures and ends when it is told to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage.errors import StoreError, UsageError
from linkage.schedule import run, trigger

SUNDAY = datetime(2026, 3, 1, 12, tzinfo=UTC)


def fires(cron: str, count: int, start: datetime = SUNDAY) -> list[str]:
    due, now, found = trigger(cron), start, []
    for _ in range(count):
        now = due.get_next_fire_time(now, now + timedelta(seconds=1))
        found.append(f"{now:%a %m-%d %H:%M}")
    return found


@pytest.mark.parametrize(
    ("cron", "expected"),
    [
        ("5 * * * *", ["Sun 03-01 12:05", "Sun 03-01 13:05"]),
        ("0 0 * * 0", ["Sun 03-08 00:00", "Sun 03-15 00:00"]),
        ("0 0 * * 7", ["Sun 03-08 00:00", "Sun 03-15 00:00"]),
        ("0 0 * * 1", ["Mon 03-02 00:00", "Mon 03-09 00:00"]),
        ("30 2 * * 1-5", ["Mon 03-02 02:30", "Tue 03-03 02:30"]),
        ("0 0 * * sat-sun", ["Sat 03-07 00:00", "Sun 03-08 00:00"]),
        ("0 0 * * 5-7/2", ["Fri 03-06 00:00", "Sun 03-08 00:00"]),
        # both days restricted: either is enough
        ("0 0 13 * 5", ["Fri 03-06 00:00", "Fri 03-13 00:00"]),
        ("0 0 2 * 5", ["Mon 03-02 00:00", "Fri 03-06 00:00"]),
        ("0 0 */2 * 5", ["Fri 03-13 00:00", "Fri 03-27 00:00"]),
        ("*/20 6-7 * mar mon", ["Mon 03-02 06:00", "Mon 03-02 06:20"]),
        ("@daily", ["Mon 03-02 00:00", "Tue 03-03 00:00"]),
        ("  @WEEKLY ", ["Sun 03-08 00:00", "Sun 03-15 00:00"]),
    ],
)
def test_cron_is_read_as_cron_reads_it(cron: str, expected: list[str]) -> None:
    assert fires(cron, 2) == expected


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 59),
    st.integers(0, 23),
    st.sets(st.integers(0, 7), min_size=1),
    st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)),
)
def test_the_next_time_is_the_first_minute_that_matches(minute: int, hour: int, days: set[int], start: datetime) -> None:
    start = start.replace(tzinfo=UTC)
    found = trigger(f"{minute} {hour} * * {','.join(map(str, sorted(days)))}").get_next_fire_time(None, start)
    candidate = start.replace(hour=hour, minute=minute, second=0, microsecond=0)
    while candidate < start or (candidate.isoweekday() % 7) not in {day % 7 for day in days}:
        candidate += timedelta(days=1)
    assert found == candidate


@pytest.mark.parametrize(
    "cron",
    ["", "x", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "* * * * 5-2",
     "* * * * */0", "* * * * */x", "* * * * ,", "* * * * mon#1", "0 0 30 2 *", "@reboot", "² * * * *", "1" * 500, "-1 * * * *",
     "\n", "* * * * 1;2", "* * * * -"],
)  # fmt: skip
def test_a_bad_cron_is_one_line_with_an_example(cron: str) -> None:
    with pytest.raises(UsageError) as error:
        run(lambda: "never", cron, once=True, say=lambda line: pytest.fail(line))
    assert "'5 * * * *'" in str(error.value)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 600


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="0123456789*/-,@ mondaysuljx#L?", max_size=30))
def test_no_text_gives_another_error(cron: str) -> None:
    try:
        trigger(cron)
    except UsageError:
        return


def test_once_rebuilds_now_and_says_so() -> None:
    said: list[str] = []
    run(lambda: "20260301T120000Z-1a2b3c4d", "5 * * * *", once=True, say=said.append)
    assert [line.split(" ", 1)[1] for line in said] == ["published snapshot 20260301T120000Z-1a2b3c4d"]


def test_once_passes_a_failure_on() -> None:
    def fail() -> str:
        raise StoreError("the disk is full")

    with pytest.raises(StoreError):
        run(fail, "5 * * * *", once=True, say=lambda line: pytest.fail(line))


# The rebuild of a schedule that fires every second: fails, is locked out, breaks, is killed, succeeds, then takes long.
_SERVED = """
import os, signal, time
from apscheduler.triggers.interval import IntervalTrigger
from linkage.errors import InputError, LockHeld
from linkage.schedule import serve
from linkage.engine import open_engine
from pathlib import Path
def rebuild():
    turn = len(list(Path(WORK).iterdir()))
    (Path(WORK) / str(turn)).mkdir()
    if turn == 0: raise InputError("requests.csv: column ts is missing; add it")
    if turn == 1: raise LockHeld("a rebuild is under way (process 7)")
    if turn == 2: raise ZeroDivisionError("two\\nlines")
    if turn == 3: os.kill(os.getpid(), signal.SIGKILL)
    if turn == 4: return "ID"
    print("long", flush=True)
    try:
        if MODE == "sleep": time.sleep(60)
        else: open_engine(Path(WORK)).execute("SELECT sum(hash(i) % 7) FROM range(100000000000) r(i)").fetchall()
    finally: (Path(WORK) / "in order").mkdir()
serve(rebuild, IntervalTrigger(seconds=1), say=lambda line: print(line.split(" ", 1)[1], flush=True))
"""


def served(mode: str, work: Path) -> subprocess.Popen[str]:
    code = f"MODE, WORK = {mode!r}, {str(work)!r}\n{_SERVED}"
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    )


@pytest.mark.parametrize(("mode", "number"), [("sleep", signal.SIGTERM), ("query", signal.SIGTERM), ("sleep", signal.SIGINT)])
def test_failures_are_said_and_a_signal_ends_a_rebuild_at_once(mode: str, number: int, tmp_path: Path) -> None:
    process = served(mode, tmp_path)
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.strip())
        if lines[-1] == "long":
            break
    time.sleep(0.3)
    began = time.monotonic()
    os.kill(process.pid, number)
    rest, errors = process.communicate(timeout=30)
    assert time.monotonic() - began < 15
    outcomes = [line for line in lines if not line.startswith("next rebuild at 20")]
    last = "the last snapshot stays in service"
    assert outcomes == [
        f"rebuild failed, {last}: requests.csv: column ts is missing; add it",
        "skipped: a rebuild is under way (process 7)",
        f"rebuild failed, {last}: internal error ZeroDivisionError: two lines",
        f"rebuild failed, {last}: its process ended by signal 9, perhaps for want of memory; see the system's log",
        "published snapshot ID",
        "long",
    ]
    assert rest.splitlines() == [f"the rebuild under way was ended, {last}", "the schedule has ended"]
    if mode == "sleep":
        assert (tmp_path / "in order").exists()
    assert errors == ""
    assert process.returncode == 0


def test_a_signal_between_rebuilds_ends_it() -> None:
    code = (
        "from linkage.schedule import run\nrun(lambda: 'ID', '0 0 1 1 *', once=False, say=lambda line: print(line, flush=True))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    assert process.stdout is not None
    assert "next rebuild at" in process.stdout.readline()
    time.sleep(0.3)
    process.terminate()
    rest, errors = process.communicate(timeout=30)
    assert rest.strip().endswith("the schedule has ended")
    assert (errors, process.returncode) == ("", 0)
