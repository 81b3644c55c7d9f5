"""Who may read a bundle, and what it therefore holds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Level(StrEnum):
    """internal: everything; partner: pseudonyms, networks, days; public: counts of ten and more."""

    internal = "internal"
    partner = "partner"
    public = "public"


@dataclass(frozen=True)
class Contents:
    """What a level holds. `marking` is the colour of the Traffic Light Protocol; `tables` are written in three formats.

    `associates` says whether they are in it without being asked for.
    """

    marking: str
    tables: tuple[str, ...]
    associates: bool
    graph: bool
    certificate: bool
    statement: bool
    readers: str


_PARTNER_TABLES: Final = (
    "accounts", "sightings", "links", "identifiers", "reasons", "figures", "in_favour", "cut_links", "days", "hours", "models",
)  # fmt: skip

CONTENTS: Final[dict[Level, Contents]] = {
    Level.internal: Contents(
        marking="red",
        tables=(*_PARTNER_TABLES, "bridges", "lineage"),
        associates=True,
        graph=True,
        certificate=True,
        statement=True,
        readers="Internal: holds personal data as the logs have it. For those who decide on the case, and for courts.",
    ),
    Level.partner: Contents(
        marking="amber",
        tables=_PARTNER_TABLES,
        associates=False,
        graph=True,
        certificate=True,
        statement=False,
        readers="Partner: pseudonyms under a key of this partner's own, networks instead of addresses, days instead of times.",
    ),
    Level.public: Contents(
        marking="white",
        tables=(),
        associates=True,
        graph=False,
        certificate=False,
        statement=False,
        readers="Public: counts of ten and more, and nothing about any single account.",
    ),
}
