"""What the questions answer with: frozen records, in the words of the investigator. Times are UTC without zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Reason:
    """One reason for or against a cluster's risk: signed points, the figure behind them, the sentence."""

    code: str
    side: str
    points: float
    figure: float | None
    sentence: str


@dataclass(frozen=True)
class ClusterSummary:
    """A cluster as a line of the queue."""

    cluster_id: str
    rank: int
    risk: float
    flagged: bool
    size: int
    core: int
    associates: int
    density: float | None
    first_seen: datetime | None
    last_seen: datetime | None
    families: tuple[str, ...]
    requests: int
    input_tokens: int
    output_tokens: int
    event: str | None
    previous_size: int | None
    joined: int | None
    left: int | None
    summary: str | None
    reasons: tuple[Reason, ...]
