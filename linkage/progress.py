"""How a long stage says where it is; the command line draws it, tests ignore it."""

from __future__ import annotations

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
