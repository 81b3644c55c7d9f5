"""How a long stage says where it is; the command line draws it, tests ignore it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Progress(Protocol):
    """Told by the pipeline and its stages; one stage is under way at a time."""

    def start(self, stage: str, total: int | None = None) -> None:
        """A stage begins; `total` is its number of rows where it is known."""

    def advance(self, rows: int) -> None:
        """`rows` more rows are done."""

    def finish(self) -> None:
        """The stage is over."""


class Silent:
    """Says nothing."""

    def start(self, stage: str, total: int | None = None) -> None:
        pass

    def advance(self, rows: int) -> None:
        pass

    def finish(self) -> None:
        pass


@dataclass
class Ways:
    """Progress of rows that are gone through `times` times: each counts once, when all of it is done."""

    progress: Progress
    times: int
    gone: int = 0
    told: int = 0

    def start(self, stage: str, total: int | None = None) -> None:
        """The stage is the pipeline's to start."""

    def advance(self, rows: int) -> None:
        """`rows` more rows were gone through once."""
        self.gone += rows
        self._tell(self.gone // self.times)

    def finish(self) -> None:
        """The stage is the pipeline's to finish."""

    def end(self, rows: int) -> None:
        """There were `rows` of them; what was passed over, a row without text, is done as well."""
        self._tell(rows)

    def _tell(self, rows: int) -> None:
        if rows > self.told:
            self.progress.advance(rows - self.told)
            self.told = rows
