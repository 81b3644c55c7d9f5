"""How a long command shows where it is, on stderr: bars on a terminal, a line for each finished stage elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text


def progress() -> Bars | Lines:
    """What fits where stderr goes."""
    return Bars() if sys.stderr.isatty() else Lines()


class Lines:
    """One plain line for each stage once it is over."""

    def __init__(self) -> None:
        self._stage: str | None = None
        self._rows = 0
        self._total: int | None = None
        self._began = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is None:
            self.finish()

    def start(self, stage: str, total: int | None = None) -> None:
        """A stage begins."""
        self.finish()
        self._stage, self._total, self._rows, self._began = stage, total, 0, time.monotonic()

    def advance(self, rows: int) -> None:
        """More rows are done."""
        self._rows += rows

    def finish(self) -> None:
        """The stage is over: its line."""
        if self._stage is None:
            return
        seconds = time.monotonic() - self._began
        rows = self._rows or self._total or 0
        counted = f" {rows:,} rows, {_rate(rows, seconds)}," if rows else ""
        sys.stderr.write(f"{self._stage}:{counted} {seconds:.1f} s\n")
        sys.stderr.flush()
        self._stage = None


class Bars:
    """A bar for each stage: rows, rows a second, time."""

    def __init__(self, console: Console | None = None) -> None:
        self._bars = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            _Rows(),
            TimeElapsedColumn(),
            console=console or Console(stderr=True),
        )
        self._task: TaskID | None = None
        self._total: int | None = None

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is None:
            self.finish()
        self._bars.stop()

    def start(self, stage: str, total: int | None = None) -> None:
        """A stage begins."""
        self.finish()
        # without a total the bar pulses: one that stands at nothing until its first rows looks stuck
        self._task, self._total = self._bars.add_task(stage, total=None), total

    def advance(self, rows: int) -> None:
        """More rows are done."""
        if self._task is not None:
            self._bars.update(self._task, advance=rows, total=self._total)

    def finish(self) -> None:
        """The stage is over: its bar is full."""
        if self._task is None:
            return
        task = self._bars.tasks[self._bars.task_ids.index(self._task)]
        rows = task.completed or self._total or 0
        # A total of 1 where nothing was counted, so that the bar stands full.
        self._bars.update(self._task, completed=rows or 1, total=rows or 1, counted=bool(rows))
        self._task = None


class _Rows(ProgressColumn):
    """Rows done, of how many, and rows a second."""

    def render(self, task: Task) -> Text:
        if not task.completed or not task.fields.get("counted", True):
            return Text("")
        done, total = int(task.completed), task.total
        of = f"/{int(total):,}" if total and not task.finished else ""
        seconds = task.elapsed if task.finished_time is None else task.finished_time
        return Text(f"{done:,}{of} rows, {_rate(done, seconds or 0.0)}")


def _rate(rows: int, seconds: float) -> str:
    return f"{rows / max(seconds, 0.001):,.0f} rows/s"
