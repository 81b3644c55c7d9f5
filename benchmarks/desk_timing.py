"""How the pages are timed: a server, a clock for wall and processor time, and the table of what came out."""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from tests.ui.browser import ROOT

#: Milliseconds that a page may take on a machine that does other things.
PATIENCE: Final = 60_000


class Took(NamedTuple):
    """Seconds on the wall, and of processors in the server and the browser."""

    wall: float
    busy: float


class Line(NamedTuple):
    """A line of the table: what, of which store (empty where there is one only), what was asked, and what came out."""

    what: str
    of: str
    asked: str
    measured: str


@dataclass
class Table:
    """What was measured; `of` says which store the next lines are of."""

    lines: list[Line] = field(default_factory=list)
    of: str = ""

    def add(self, what: str, asked: float | None, took: list[Took]) -> None:
        """Add the median of times, bold where it is over what was asked, and print it with the processor time."""
        middle = statistics.median(each.wall for each in took)
        told = f"{middle:.2f}" if asked is None or middle <= asked else f"**{middle:.2f}**"
        runs = "" if len(took) == 1 else f" ({len(took)} runs, worst {max(each.wall for each in took):.2f})"
        self.say(what, "" if asked is None else f"{asked:g}", f"{told}{runs}")
        print(f"    {statistics.median(each.busy for each in took):.2f} s of processors", flush=True)

    def say(self, what: str, asked: str, measured: str) -> None:
        """Add a line, and print it."""
        self.lines.append(Line(what, self.of, asked, measured))
        print(f"{self.of}{': ' if self.of else ''}{what}: {measured}{f', asked {asked}' if asked else ''}", flush=True)

    def markdown(self) -> str:
        """The lines as a table, with a column for each store."""
        stores = list(dict.fromkeys(line.of for line in self.lines))
        names = list(dict.fromkeys(line.what for line in self.lines))
        cells = {(line.what, line.of): line.measured for line in self.lines}
        asked = {
            name: " or ".join(dict.fromkeys(line.asked for line in self.lines if line.what == name and line.asked))
            for name in names
        }
        head = ["what", "asked", *(store or "measured" for store in stores)]
        rows = [[name, asked[name], *(cells.get((name, store), "") for store in stores)] for name in names]
        return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


@contextmanager
def serving(store: Path) -> Iterator[tuple[str, int]]:
    """`linkage ui` over a store: its address and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "linkage", "ui", "--store", str(store), "--port", str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip(), process.pid
        finally:
            process.terminate()


def memory(pid: int) -> float:
    """The resident set of a process in MB."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def busy() -> float:
    """Processor seconds so far of all that this process started: server and browser, without the layouts made ahead."""
    parents: dict[int, int] = {}
    spent: dict[int, float] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            fields = (entry / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            ahead = b"linkage.views" in (entry / "cmdline").read_bytes()
        except OSError:
            continue
        pid = int(entry.name)
        parents[pid] = int(fields[1])
        spent[pid] = 0.0 if ahead else (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def mine(pid: int) -> bool:
        while pid in parents:
            pid = parents[pid]
            if pid == os.getpid():
                return True
        return False

    return sum(seconds for pid, seconds in spent.items() if mine(pid))


def timed(act: Callable[[], object], shown: Callable[[], object]) -> Took:
    """What passes from an act to what it shows."""
    before, began = busy(), time.perf_counter()
    act()
    shown()
    wall = time.perf_counter() - began
    return Took(wall, busy() - before)
