"""What a bundle is about, for every file of it that has to say so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from linkage import __version__
from linkage.evidence.levels import CONTENTS, Contents, Level

if TYPE_CHECKING:
    from linkage.store import Manifest


@dataclass(frozen=True)
class About:
    """One cluster of one snapshot, told at one level. All of its times are the snapshot's."""

    manifest: Manifest
    cluster_id: str
    level: Level
    partner: str | None
    key_id: str | None
    attributed_to: str | None

    @property
    def contents(self) -> Contents:
        """What the level holds."""
        return CONTENTS[self.level]

    @property
    def as_of(self) -> datetime:
        """What counted as now."""
        return self.manifest.as_of

    @property
    def program(self) -> str:
        """Name and version of what makes the bundle."""
        return f"linkage {__version__}"

    def stamp(self) -> str:
        """`as_of` as STIX and RO-Crate write it."""
        return f"{self.as_of.strftime('%Y-%m-%dT%H:%M:%S')}.{self.as_of.microsecond // 1000:03d}Z"
