"""Rebuilds on a schedule: cron syntax in UTC, one at a time, and a failed one leaves the last snapshot in service."""

from __future__ import annotations

import logging
import multiprocessing
import re
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from types import FrameType
from typing import Any, Final

from apscheduler.events import EVENT_JOB_SUBMITTED, JobSubmissionEvent
from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.combining import OrTrigger
from apscheduler.triggers.cron import CronTrigger

from linkage.errors import LinkageError, LockHeld, UsageError

#: Days as cron numbers them, from Sunday; APScheduler's own numbers begin on Monday, so only names go to it.
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_SHORTHANDS: Final = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
}
# Without a handler its records would go to stderr; an operator who configures logging still gets them.
logging.getLogger("apscheduler").addHandler(logging.NullHandler())
_PUBLISHED: Final = "published snapshot"
_LAST: Final = "the last snapshot stays in service"
#: Seconds that a rebuild has to put itself in order before it is killed; less than what container runtimes give us.
_GRACE: Final = 8


class _Stop(BaseException):
    """SIGINT or SIGTERM arrived. Not an Exception, so that no stage takes it for a failure of its own."""


def run(rebuild: Callable[[], str], cron: str, *, once: bool, say: Callable[[str], None]) -> None:
    """Call `rebuild` whenever `cron` is due, until SIGINT or SIGTERM; with `once`, call it now and return.

    `rebuild` returns the id of the snapshot it published. `say` is told every outcome, one line each. Each rebuild of
    a schedule runs in a forked process, so that one that is killed for want of memory ends neither the schedule nor
    keeps its memory; a signal to the schedule ends it, and nothing of it is published. Times that pass during a
    rebuild are made up for by one rebuild right after it.

    Raises UsageError: `cron` cannot be read or is never due. With `once`, whatever `rebuild` raises; else its
    failures are said and the schedule goes on.
    """
    due = trigger(cron)
    if once:
        _say(say, f"{_PUBLISHED} {rebuild()}")
    else:
        serve(rebuild, due, say=say)


def serve(rebuild: Callable[[], str], due: Any, *, say: Callable[[str], None]) -> None:
    """run() with any APScheduler trigger that never ends in place of a cron expression."""
    scheduler = BlockingScheduler(timezone=UTC, executors={"default": DebugExecutor()})
    stopping = threading.Event()

    def turn() -> None:
        _say(say, _attempt(rebuild))
        if not stopping.is_set():
            _say(say, f"next rebuild at {_next(due)}")

    def after_turn(event: JobSubmissionEvent) -> None:
        if stopping.is_set():
            scheduler.shutdown(wait=False)

    # a listener, because the scheduler still needs its jobs while one of them runs
    scheduler.add_listener(after_turn, EVENT_JOB_SUBMITTED)
    scheduler.add_job(turn, due, max_instances=1, coalesce=True, misfire_grace_time=None)
    _say(say, f"next rebuild at {_next(due)}")
    with _signals(stopping):
        try:
            scheduler.start()
        except (_Stop, KeyboardInterrupt):
            scheduler.shutdown(wait=False)
    _say(say, "the schedule has ended")


def _attempt(rebuild: Callable[[], str]) -> str:
    """Rebuild once, in a process of its own; what came of it, as a line."""
    fork = multiprocessing.get_context("fork")
    receiving, sending = fork.Pipe(duplex=False)
    process = fork.Process(target=_child, args=(rebuild, sending))
    ended = f"the rebuild under way was ended, {_LAST}"
    try:
        process.start()
        sending.close()
        outcome = str(receiving.recv())
    except EOFError:
        process.join()
        status = process.exitcode or 0
        how = f"by signal {-status}, perhaps for want of memory" if status < 0 else f"with status {status}"
        outcome = f"rebuild failed, {_LAST}: its process ended {how}; see the system's log"
    except (_Stop, KeyboardInterrupt):
        process.terminate()
        process.join(_GRACE)
        process.kill()  # what it leaves behind is swept by the next rebuild
        # it may have published in the same moment
        with suppress(EOFError):
            ended = str(receiving.recv()) if receiving.poll() else ended
        outcome = ended
    process.join()
    receiving.close()
    return outcome


def _child(rebuild: Callable[[], str], sending: Connection) -> None:
    """Rebuild, and send what came of it as a line."""
    stopping = threading.Event()
    with _signals(stopping):
        try:
            outcome = f"{_PUBLISHED} {rebuild()}"
        except LockHeld as error:
            outcome = f"skipped: {error}"
        except LinkageError as error:
            outcome = f"rebuild failed, {_LAST}: {error}"
        except _Stop:
            return
        except Exception as error:
            # the engine turns a signal that ends its query into an error of its own
            if stopping.is_set():
                return
            why = " ".join(f"{type(error).__name__}: {error}".split())[:500]
            outcome = f"rebuild failed, {_LAST}: internal error {why}"
        sending.send(outcome)


def trigger(cron: str) -> Any:
    """The APScheduler trigger of a cron expression, in UTC, read as cron reads it.

    Two things differ from APScheduler's own reading (its issue 286): 0 and 7 are Sunday, and where both the day of
    the month and the day of the week are restricted, either is enough. Raises UsageError: it cannot be read, or is
    never due.
    """
    fields = _SHORTHANDS.get(cron.strip().lower(), cron).split()
    try:
        if len(fields) != 5:
            raise ValueError(f"it has {len(fields)} fields instead of 5")
        minute, hour, day, month, weekday = fields
        days = _weekdays(weekday)
        common = {"minute": minute, "hour": hour, "month": month, "timezone": UTC}
        if day.startswith("*") or weekday.startswith("*"):
            due = CronTrigger(day=day, day_of_week=days, **common)
        else:
            due = OrTrigger([CronTrigger(day=day, **common), CronTrigger(day_of_week=days, **common)])
        if due.get_next_fire_time(None, datetime.now(UTC)) is None:
            raise ValueError("it is never due")
    except (ValueError, TypeError, OverflowError) as error:
        raise UsageError(
            f"--cron {cron[:80]!r}: {str(error)[:160]}; give minute, hour, day of month, month and day of week (UTC), "
            "such as '5 * * * *' for five past every hour or '30 2 * * 1-5' for 02:30 on working days"
        ) from None
    return due


def _weekdays(field: str) -> str:
    """The day-of-week field of cron as names that APScheduler reads the same way."""
    days: set[int] = set()
    for part in field.lower().split(","):
        span, slash, step = part.partition("/")
        if slash and not re.fullmatch("[1-9][0-9]?", step):
            raise ValueError(f"{step[:20]!r} is no step between days")
        every = int(step) if slash else 1
        first, dash, last = span.partition("-")
        if span == "*":
            low, high = 0, 6
        else:
            low = _weekday(first)
            high = _weekday(last) if dash else (6 if slash else low)
            if dash and high == 0 and low > 0:
                high = 7  # sat-sun
        if high < low:
            raise ValueError(f"{part!r} ends before it begins")
        days |= {number % 7 for number in range(low, high + 1, every)}
    return ",".join(_DAYS[number] for number in sorted(days))


def _weekday(text: str) -> int:
    if text in _DAYS:
        return _DAYS.index(text)
    if text.isascii() and text.isdigit() and int(text) <= 7:
        return int(text)
    raise ValueError(f"{text[:20]!r} is no day of the week (0 or 7 is Sunday, or sun to sat)")


def _next(due: Any) -> str:
    time: datetime = due.get_next_fire_time(None, datetime.now(UTC))
    return _stamp(time)


def _say(say: Callable[[str], None], line: str) -> None:
    say(f"{_stamp(datetime.now(UTC))} {line}")


def _stamp(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextmanager
def _signals(stopping: threading.Event) -> Iterator[None]:
    """SIGINT and SIGTERM set `stopping` and raise _Stop for the block, if the calling thread is the one that gets signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        if not stopping.is_set():  # a second one would break off what the first one has us put in order
            stopping.set()
            raise _Stop

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
