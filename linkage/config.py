"""The whole configuration: one frozen object, read from TOML, hashed into every snapshot.

Each field's `description` is its documentation: `linkage config --defaults` prints it above the value.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from linkage.errors import ConfigError


class Section(BaseModel):
    """A frozen table of settings that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Kind(Section):
    """What one kind of identifier counts for."""

    family: str = Field(description="evidence family; only different families corroborate each other")
    weight: float = Field(1.0, ge=0, le=1, description="the most that one link of this kind may weigh (0..1)")
    alone: float = Field(
        0.3, ge=0, le=1, description="the part of its weight that a link earns by rarity alone; the rest needs corroboration"
    )
    cap: int = Field(0, ge=0, description="accounts above which an identifier never links; 0 = no cap")
    links: bool = Field(True, description="false: kept as a fact about accounts, links nobody")
    names_account: bool = Field(False, description="the value is itself an account id: it links to that account")


def _kinds() -> dict[str, Kind]:
    return {
        "payment": Kind(family="payment"),
        "bin": Kind(family="payment", weight=0.15, alone=0.0),
        "bin_window": Kind(family="payment", weight=0.3, alone=0.0),
        "ip": Kind(family="network", weight=0.8, alone=0.15),
        "network": Kind(family="network", weight=0.4, alone=0.0),
        "address_day": Kind(family="network", weight=0.4, alone=0.0),
        "asn": Kind(family="network", weight=0.15, alone=0.0, cap=2000),
        "client_id": Kind(family="client", weight=0.3, alone=0.0),
        "user_agent": Kind(family="client", weight=0.2, alone=0.0),
        "email_domain": Kind(family="identity", weight=0.6, alone=0.1),
        "org": Kind(family="organisation", weight=0.5, alone=0.0),
        "signup_day": Kind(family="timing", weight=0.2, alone=0.0),
        "first_use": Kind(family="timing", weight=0.2, alone=0.0),
        "country": Kind(family="geography", links=False),
        "platform": Kind(family="geography", links=False),
        "end_user": Kind(family="end_user", links=False),
        "prompt": Kind(family="content", weight=0.8, alone=0.05),
        "scaffold": Kind(family="content", weight=0.9, alone=0.05),
        "near_duplicate": Kind(family="content", weight=0.6, alone=0.05),
        "system_prompt": Kind(family="content", weight=0.7, alone=0.05),
        "system_scaffold": Kind(family="content", weight=0.7, alone=0.05),
        "device": Kind(family="device"),
        "phone": Kind(family="phone"),
        "referral": Kind(family="referral", weight=0.5),
        "canary": Kind(family="canary"),
    }


class Fingerprints(Section):
    """Prompt text to fingerprints."""

    public_lists: list[str] = Field(
        default=[], description="files of further public templates and benchmark texts, one text a line, that may not link"
    )
    texts_per_account: int = Field(
        32, ge=1, description="an account's different prompts that are fingerprinted, at most; the busiest send thousands"
    )
    samples: bool = Field(False, description="keep one redacted sample of text per shared fingerprint in the store")
    sample_characters: int = Field(160, ge=20, description="length of a redacted sample")


class Allow(Section):
    """Identifiers of our own and of partners: they link nobody, and say so."""

    identifiers: dict[str, list[str]] = Field(
        default={}, description="kind -> values; an address kind (ip, network) also takes CIDR ranges"
    )

    @model_validator(mode="after")
    def _addresses(self) -> Self:
        for kind in ("ip", "network"):
            for entry in self.identifiers.get(kind, ()):
                try:
                    ipaddress.ip_network(entry, strict=False)
                except ValueError:
                    raise ValueError(f"{entry!r} is no address and no range of addresses, as kind {kind} takes") from None
        return self


class Graph(Section):
    """How much a link weighs: rarity x corroboration."""

    minimum_weight: float = Field(0.1, ge=0, le=1, description="links that weigh less are left out of the graph")
    links_per_kind: int = Field(
        5, ge=1, description="identifiers of one kind that may link an account: so many of its rarest and of its most used"
    )
    witnesses_per_kind: int = Field(
        32, ge=1, description="an account's rarest identifiers of one kind that may corroborate its other links"
    )
    habit: int = Field(
        10,
        ge=2,
        description="requests from which on an account has habits: what it was seen with a single time then links it to nobody, "
        "if it was seen as often as this with another value of the same kind (an address, a device; not text, see docs/method.md)",
    )
    witness_reach: float = Field(
        40, gt=0, description="a witness on more than this many times the accounts of the link it vouches for tells nothing"
    )
    witness_holders: int = Field(20, ge=1, description="holders of one witness that count at most; more say nothing new")
    least_surprise: float = Field(
        1.5, ge=0, description="corroboration begins where chance explains it less than once in ten to this power"
    )
    full_surprise: float = Field(3.5, gt=0, description="corroboration is full from this power of ten on")
    clear_corroboration: float = Field(
        0.3, gt=0, le=1, description="corroboration from which on an account counts as clearly corroborated (purity)"
    )
    least_lift: float = Field(2.0, ge=1, description="and where it is seen this many times as often as by chance")
    full_lift: float = Field(6.0, gt=1, description="and is full from this many times on")

    @model_validator(mode="after")
    def _ramps(self) -> Self:
        for least, full in (("least_surprise", "full_surprise"), ("least_lift", "full_lift")):
            if getattr(self, full) <= getattr(self, least):
                raise ValueError(f"{full} must be above {least}")
        return self


class Communities(Section):
    """How communities are found."""

    algorithm: str = Field("leiden", pattern="^(leiden|louvain|components)$", description="leiden, louvain or components")
    resolution: float = Field(
        0.15,
        gt=0,
        description="CPM resolution relative to the mean density of what is being divided (2W/n^2 for weight W on n nodes): "
        "a half breaks off where less than this share of its own links leads across",
    )
    structure_resolution: float = Field(
        0.05, gt=0, description="the same, where sightings are all there is: chains and trees of transfers are not dense"
    )
    depth: int = Field(6, ge=1, description="how often a community is divided again at its own density, at most")
    iterations: int = Field(
        4, ge=1, description="Leiden cycles; on 340,000 edges the quality after 4 is within a millionth of that after 20"
    )
    warm_start: bool = Field(
        False,
        description="start from the last snapshot's partition: faster and steadier, but then an incremental and a full "
        "rebuild may differ where two divisions are about equally good",
    )
    seed: int = Field(20260101, ge=0, description="seed of every random choice")


class Clusters(Section):
    """Who belongs to a cluster, and how firmly."""

    minimum_size: int = Field(3, ge=2, description="accounts a cluster has at least")
    core_link: float = Field(0.2, ge=0, le=1, description="a link of this weight counts as held by its family")
    core_weight: float = Field(0.5, ge=0, description="a core member's best links, one a family, weigh this much together")
    core_sure: float = Field(
        0.3,
        ge=0,
        description="and this much without the heaviest that rests on a single sighting, so that no forged sighting makes a core member; "
        "accounts in scarce use (`graph.habit` requests or fewer) are besides held by two families without it",
    )
    core_attachment: float = Field(0.5, ge=0, le=1, description="share of a core member's link weight that stays inside")


class Retention(Section):
    """What the store keeps."""

    snapshots: int = Field(30, ge=1, description="newest snapshots that stay; pinned ones and those being read stay besides")


class RiskSignal(Section):
    """How many points a signal brings, and between which figures they grow."""

    points: float = Field(description="points of log-odds once the figure reaches `high`; negative speaks against")
    low: float = Field(0.0, description="figure at which points begin")
    high: float = Field(1.0, description="figure from which on all points count")

    @model_validator(mode="after")
    def _ramp(self) -> Self:
        if self.high == self.low:
            raise ValueError("high must differ from low")
        return self


def _signals() -> dict[str, RiskSignal]:
    return {
        "payment_strangers": RiskSignal(points=1.96, low=0.1, high=0.8),
        "signup_burst": RiskSignal(points=1.26, low=0.2, high=0.8),
        "round_the_clock": RiskSignal(points=1.4, low=0.05, high=0.2),
        "address_rotation": RiskSignal(points=2.1, low=2, high=8),
        "hosting": RiskSignal(points=1.12, low=0.1, high=0.6),
        "free_mail": RiskSignal(points=0.56, low=0.5, high=1.0),
        "undeclared": RiskSignal(points=1.12, low=0.5, high=1.0),
        "volume": RiskSignal(points=3.08, low=1.5, high=6.0),
        "template": RiskSignal(points=0.98, low=0.3, high=0.9),
        "harvest": RiskSignal(points=1.26, low=1.1, high=2.0),
        "moved": RiskSignal(points=2.1, low=0.1, high=0.5),
        "turns": RiskSignal(points=0.7, low=0.3, high=0.6),
        "together": RiskSignal(points=0.42, low=1.5, high=3.0),
        "banned": RiskSignal(points=3.36, low=0.02, high=0.2),
        "fraud_labels": RiskSignal(points=4.2, low=0.0, high=0.1),
        "linked_fraud": RiskSignal(points=2.1, low=0.0, high=0.5),
        "size": RiskSignal(points=0.98, low=0.7, high=2.5),
        "families": RiskSignal(points=0.56, low=2, high=4),
        "structure": RiskSignal(points=6.72, low=0.3, high=0.6),
        "countries": RiskSignal(points=2.1, low=1, high=5),
        "one_org": RiskSignal(points=-5.18, low=0.2, high=0.7),
        "declared": RiskSignal(points=-2.94, low=0.2, high=0.7),
        "one_domain": RiskSignal(points=-0.84, low=0.3, high=0.9),
        "domain_elsewhere": RiskSignal(points=-1.96, low=0.02, high=0.15),
        "human_hours": RiskSignal(points=-1.12, low=0.7, high=0.95),
        "weekday": RiskSignal(points=-1.54, low=0.3, high=0.7),
        "one_place": RiskSignal(points=-1.54, low=0.5, high=0.95),
        "one_country": RiskSignal(points=-1.68, low=0.0, high=1.0),
        "low_volume": RiskSignal(points=-2.52, low=0.0, high=0.8),
        "loose": RiskSignal(points=-3.5, low=0.0, high=1.0),
        "grown_slowly": RiskSignal(points=-0.98, low=100, high=400),
        "benign_labels": RiskSignal(points=-5.6, low=0.0, high=0.1),
        "linked_benign": RiskSignal(points=-2.1, low=0.0, high=0.5),
    }


class Spread(Section):
    """How decisions about some accounts count for the own risk of those that are linked to them."""

    damping: float = Field(0.5, gt=0, lt=1, description="chance that a walk from a decided account goes on at every step")
    steps: int = Field(12, ge=1, description="steps at most; with an even chance to go on, less than 1 in 4,000 walks goes on")
    low: float = Field(1e-6, gt=0, description="share of a walk that ends at an account from which on it counts")
    high: float = Field(0.1, gt=0, description="and from which on it counts in full; between them by powers of ten")
    most: float = Field(
        0.6,
        ge=0,
        lt=1,
        description="the most that it raises an account's own risk, of what is left up to 1, or lowers it, of all of it",
    )

    @model_validator(mode="after")
    def _ramp(self) -> Self:
        if self.high <= self.low:
            raise ValueError("high must be above low")
        return self


class Risk(Section):
    """From figures to risk; see docs/method.md for how the numbers were found."""

    base: float = Field(-5.239, description="log-odds of a cluster of which nothing is known")
    flagged: float = Field(0.7, gt=0, lt=1, description="risk from which on a cluster is flagged")
    least_core: int = Field(4, ge=2, description="core members without which no cluster is flagged")
    structure: tuple[int, int] = Field(
        (8, 1000),
        description="least and most core members by which structure alone counts, where no requests or accounts are read",
    )
    owned: float = Field(
        0.6,
        gt=0,
        le=1,
        description="share of an identifier's accounts in a cluster's core from which on the others join it, there",
    )
    gateway_houses: int = Field(
        5,
        ge=2,
        description="mail domains, no public ones, of accounts that serve end users, from which on their organisation may be a gateway",
    )
    gateway_share: float = Field(
        0.5,
        gt=0,
        le=1,
        description="share of an organisation's accounts outside a cluster that serve end users, from which on it is a gateway: what it "
        "declares speaks for none in the cluster that serves none",
    )
    associate: float = Field(0.4, ge=0, le=1, description="an associate's risk as a share of its cluster's")
    spread: Spread = Field(default_factory=Spread, description=Spread.__doc__ or "")
    signals: dict[str, RiskSignal] = Field(default_factory=_signals, description="points of every signal; 0 leaves one out")

    @model_validator(mode="after")
    def _known(self) -> Self:
        known = _signals()
        for name in self.signals:
            if name not in known:
                raise ValueError(f"there is no signal {name!r}; there are {', '.join(known)}")
        return self


class Config(Section):
    """All settings."""

    kinds: dict[str, Kind] = Field(default_factory=_kinds, description="every kind of identifier")
    fingerprints: Fingerprints = Field(default_factory=Fingerprints, description=Fingerprints.__doc__ or "")
    allow: Allow = Field(default_factory=Allow, description=Allow.__doc__ or "")
    graph: Graph = Field(default_factory=Graph, description=Graph.__doc__ or "")
    communities: Communities = Field(default_factory=Communities, description=Communities.__doc__ or "")
    clusters: Clusters = Field(default_factory=Clusters, description=Clusters.__doc__ or "")
    risk: Risk = Field(default_factory=Risk, description=Risk.__doc__ or "")
    retention: Retention = Field(default_factory=Retention, description=Retention.__doc__ or "")

    def kind(self, name: str) -> Kind:
        """The settings of a kind; a kind nobody configured is an evidence family of its own."""
        return self.kinds.get(name) or Kind(family=name)

    def digest(self) -> str:
        """SHA-256 (hex) over the canonical JSON of every setting."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def load_config(path: Path | None) -> Config:
    """Read a TOML file over the defaults; the table of a kind or signal replaces only the keys it names.

    Raises ConfigError: the file is missing, is not TOML, or a key or value is not known.
    """
    if path is None:
        return Config()
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(
            f"configuration {path}: {error}; mend the file or print a whole one with 'linkage config --defaults'"
        ) from None
    data["kinds"] = _over(_kinds(), data.get("kinds", {}), name="family")
    risk = data.get("risk", {})
    if isinstance(risk, dict):
        data["risk"] = {**risk, "signals": _over(_signals(), risk.get("signals", {}))}
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f"configuration {path}: {key}: {first['msg']}; 'linkage config --defaults' lists every key") from None


def _over(defaults: Mapping[str, Section], given: Any, *, name: str | None = None) -> Any:
    """Tables of settings over the default ones; `name` is the key that takes a new table's name unless it says otherwise."""
    if not isinstance(given, dict):
        return given
    merged: dict[str, Any] = {key: section.model_dump() for key, section in defaults.items()}
    for key, table in given.items():
        before = merged.get(key, {} if name is None else {name: key})
        merged[key] = {**before, **table} if isinstance(table, dict) else table
    return merged
