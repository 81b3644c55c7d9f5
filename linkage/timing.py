"""How long each stage of a rebuild takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from linkage.progress import Progress
from linkage.store import Stage


@dataclass
class Clock:
    """Times each stage, and tells the progress of it."""

    progress: Progress
    stages: list[Stage] = field(default_factory=list)

    @contextmanager
    def stage(self, name: str, rows: int = 0) -> Iterator[None]:
        began = time.monotonic()
        self.progress.start(name, rows or None)
        yield
        self.progress.finish()
        self.stages.append(Stage(name=name, seconds=round(time.monotonic() - began, 3), rows=rows))
