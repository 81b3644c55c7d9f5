"""What the questions answer with: frozen records, in the words of the investigator.

Times are UTC without zone. Strengths, risks, weights and shares are 0..1. Texts that came from input (account ids,
identifier values, samples) are as they were: whoever shows them escapes them (`printable`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from linkage.investigate.evidence import Link


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
    """A cluster as a line of the queue; `event` and what follows it say what changed since the last snapshot."""

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

    @property
    def reasons_for(self) -> tuple[Reason, ...]:
        """What raises the risk."""
        return tuple(reason for reason in self.reasons if reason.side == "for")

    @property
    def reasons_against(self) -> tuple[Reason, ...]:
        """What lowers it."""
        return tuple(reason for reason in self.reasons if reason.side != "for")


@dataclass(frozen=True)
class SharedIdentifier:
    """An identifier seen on two or more accounts of a cluster.

    `inside` and `everywhere` count accounts. `counts` is true where it went into the graph; where it did not,
    `note` says why. `description` and `sample` tell what a fingerprint stands for.
    """

    kind: str
    value: str
    family: str
    strength: float
    counts: bool
    inside: int
    everywhere: int
    first_seen: datetime | None
    last_seen: datetime | None
    note: str | None
    description: str | None
    sample: str | None


@dataclass(frozen=True)
class Member:
    """An account in its cluster; `attachment` is the share of its link weight that stays inside."""

    account_id: str
    role: str
    risk: float
    flagged: bool
    attachment: float | None
    first_seen: datetime | None
    last_seen: datetime | None
    requests: int
    input_tokens: int
    output_tokens: int
    created_at: datetime | None
    email_domain: str | None
    country: str | None
    org_id: str | None
    plan: str | None
    status: str | None
    label: str | None


@dataclass(frozen=True)
class Lineage:
    """What a cluster was in the last snapshot."""

    previous_id: str | None
    event: str
    shared: int
    joined: int
    left: int


@dataclass(frozen=True)
class Day:
    """Requests, tokens and active accounts of a day."""

    day: date
    requests: int
    input_tokens: int
    output_tokens: int
    accounts: int


@dataclass(frozen=True)
class Hour:
    """Requests in an hour of the week: weekday 0 (Monday) to 6, hour 0 to 23."""

    weekday: int
    hour: int
    requests: int


@dataclass(frozen=True)
class ModelUse:
    """What went to one model."""

    model: str
    accounts: int
    first_seen: datetime | None
    last_seen: datetime | None
    requests: int
    output_tokens: int


@dataclass(frozen=True)
class ClusterDetail:
    """A cluster with everything an investigator asks first."""

    summary: ClusterSummary
    identifiers: tuple[SharedIdentifier, ...]
    members: tuple[Member, ...]
    lineage: tuple[Lineage, ...]
    days: tuple[Day, ...]
    hours: tuple[Hour, ...]
    models: tuple[ModelUse, ...]


@dataclass(frozen=True)
class AccountDetail:
    """An account: what is known of it, its cluster if it is in one, and every identifier it was seen with."""

    account_id: str
    created_at: datetime | None
    email_domain: str | None
    country: str | None
    org_id: str | None
    plan: str | None
    status: str | None
    label: str | None
    first_seen: datetime | None
    last_seen: datetime | None
    requests: int
    input_tokens: int
    output_tokens: int
    role: str | None
    risk: float | None
    flagged: bool
    cluster: ClusterSummary | None
    identifiers: tuple[Link, ...]
    days: tuple[Day, ...]
    hours: tuple[Hour, ...]
    models: tuple[ModelUse, ...]


@dataclass(frozen=True)
class Move:
    """An account that changed cluster between two snapshots; null stands for no cluster."""

    account_id: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Change:
    """What happened to a cluster between two snapshots.

    `event` is born, grown, shrunk, merged, split, gone or unchanged; `others` are the clusters it merged with,
    split into, split off from or went into. Sizes and counts are accounts; a size is 0 where the cluster is not.
    `returned`: new accounts on the identifiers of a cluster that is gone, which `others` names (and it, of them).
    """

    cluster_id: str
    event: str
    others: tuple[str, ...]
    previous_size: int
    size: int
    shared: int
    joined: int
    left: int
    was_flagged: bool
    flagged: bool
    moves: tuple[Move, ...]
    returned: bool = False


@dataclass(frozen=True)
class Hit:
    """Something that a search found; `type` is cluster, account or identifier and `match` is how it matched."""

    type: str
    match: str
    kind: str | None
    value: str
    accounts: int
    cluster_id: str | None
    flagged: bool


@dataclass(frozen=True)
class SetAside:
    """A row set aside, or a cell nulled; `column` is null where the whole record could not be read."""

    file: str
    record: int | None
    column: str | None
    effect: str
    reason: str


@dataclass(frozen=True)
class Aside:
    """The same of one file, column and effect: how many, and the first of them."""

    file: str
    column: str | None
    effect: str
    cells: int
    first_record: int | None
    reason: str
