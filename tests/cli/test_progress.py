from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from linkage.cli.progress import Bars, Lines, progress


def test_a_line_for_each_finished_stage(capsys: pytest.CaptureFixture[str]) -> None:
    with Lines() as shown:
        shown.start("read", 100)
        shown.advance(40)
        shown.advance(60)
        assert capsys.readouterr().err == ""
        shown.finish()
        shown.start("clusters")
        shown.start("write", 7)
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == ""
    assert re.fullmatch(r"read: 100 rows, [\d,]+ rows/s, \d+\.\d s", lines[0])
    assert re.fullmatch(r"clusters: \d+\.\d s", lines[1])
    assert lines[2].startswith("write: 7 rows")


def test_a_stage_that_fails_is_not_finished(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="no"), Lines() as shown:
        shown.start("read")
        raise ValueError("no")
    assert capsys.readouterr().err == ""


def test_bars_show_stage_rows_and_rate() -> None:
    screen = io.StringIO()
    with Bars(Console(file=screen, force_terminal=True, width=120)) as shown:
        shown.start("read [markup]", 2000)
        shown.advance(1500)
        shown.finish()
        shown.start("clusters")
        shown.finish()
    drawn = screen.getvalue()
    assert "read [markup]" in drawn
    assert "1,500 rows" in drawn
    assert "rows/s" in drawn


def test_a_bar_moves_until_rows_are_counted_and_then_shows_how_many_are_left() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=120)
    with Bars(console) as shown:
        shown.start("merge", 2000)
        (task,) = shown._bars.tasks
        assert task.total is None, "what has no total pulses"
        shown.advance(500)
        assert (task.completed, task.total) == (500, 2000)
        shown.start("write", 30)
        assert [(task.completed, task.total) for task in shown._bars.tasks] == [(500, 500), (0, None)]
        shown.finish()
        assert shown._bars.tasks[1].completed == 30
    assert "30 rows" in screen.getvalue()


def test_no_terminal_no_bars() -> None:
    assert isinstance(progress(), Lines)
