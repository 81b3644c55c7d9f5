"""What the questions about identifiers answer with: who was seen with what, when, and which record says so.

Times, numbers and texts are as in `records`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Source:
    """Where a sighting was first read: the file as the input folder had it, its SHA-256, and the record (1 = first)."""

    path: str | None
    sha256: str | None
    record: int | None


@dataclass(frozen=True)
class Seen:
    """One account's sighting of an identifier: how often, from when to when, and the source of the first."""

    account_id: str
    n: int | None
    first_seen: datetime | None
    last_seen: datetime | None
    source: Source


@dataclass(frozen=True)
class Link:
    """An identifier that ties accounts, with the sightings of those it is asked about.

    `accounts` counts everybody on it, `inside` the members of the cluster in question. `weight` is what it weighs
    in the graph, the weakest side of the link; null where it does not count, and `note` says why. `says` is the
    sentence an investigator reads when two accounts share it.
    """

    kind: str
    value: str
    family: str
    says: str
    strength: float
    weight: float | None
    accounts: int
    inside: int
    note: str | None
    description: str | None
    sample: str | None
    seen: tuple[Seen, ...]

    @property
    def counts(self) -> bool:
        """Whether it went into the graph."""
        return self.weight is not None


@dataclass(frozen=True)
class EvidencePath:
    """A chain of evidence: `accounts[i]` and `accounts[i + 1]` share `links[i]`; as strong as its weakest link."""

    accounts: tuple[str, ...]
    links: tuple[Link, ...]
    weight: float


@dataclass(frozen=True)
class Explanation:
    """Why an account is in its cluster (`other` is null), or why two accounts are linked.

    `paths` are strongest first; `uncounted` are identifiers that are shared as well and say nothing.
    """

    account: str
    other: str | None
    cluster_id: str | None
    role: str | None
    other_cluster_id: str | None
    other_role: str | None
    sentence: str
    paths: tuple[EvidencePath, ...]
    uncounted: tuple[Link, ...]


@dataclass(frozen=True)
class Holder:
    """An account seen with an identifier."""

    account_id: str
    cluster_id: str | None
    role: str | None
    risk: float | None
    flagged: bool
    n: int | None
    first_seen: datetime | None
    last_seen: datetime | None
    source: Source


@dataclass(frozen=True)
class ClusterShare:
    """How many accounts of a cluster were seen with an identifier."""

    cluster_id: str
    rank: int
    flagged: bool
    size: int
    accounts: int


@dataclass(frozen=True)
class IdentifierDetail:
    """An identifier with its holders and the clusters they are in."""

    kind: str
    value: str
    family: str
    accounts: int
    strength: float
    rarity: float | None
    corroboration: float | None
    counts: bool
    first_seen: datetime | None
    last_seen: datetime | None
    note: str | None
    description: str | None
    sample: str | None
    clusters: tuple[ClusterShare, ...]
    holders: tuple[Holder, ...]
