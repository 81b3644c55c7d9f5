"""Where things are in a store, and which names may be used in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from linkage.errors import NotFound

_ID = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{8}")
_KEY = re.compile(r"[0-9a-f]{8,128}")
_SHOWN = 80


@dataclass(frozen=True)
class Layout:
    """The paths of one store."""

    root: Path

    @property
    def current(self) -> Path:
        return self.root / "CURRENT"

    @property
    def publishing(self) -> Path:
        return self.root / "PUBLISHING"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def snapshots(self) -> Path:
        return self.root / "snapshots"

    @property
    def pins(self) -> Path:
        return self.root / "pins"

    @property
    def partials(self) -> Path:
        return self.root / "partials"

    @property
    def work(self) -> Path:
        return self.root / "work"

    @property
    def folders(self) -> tuple[Path, ...]:
        return (self.snapshots, self.pins, self.partials, self.work)

    def snapshot(self, snapshot: str) -> Path:
        """Folder of a snapshot. Raises NotFound when the name cannot be an id, so no name leads out of the store."""
        return self.snapshots / checked_id(snapshot)

    def partial(self, key: str) -> Path:
        """Folder of one file's partials. Raises ValueError when the key is not lower-case hex of 8 to 128 digits."""
        if not _KEY.fullmatch(key):
            raise ValueError(f"a key of partials is lower-case hex, not {key[:_SHOWN]!r}")
        return self.partials / key


def is_id(name: str) -> bool:
    """Whether a name has the form of a snapshot id."""
    return _ID.fullmatch(name) is not None


def checked_id(name: str) -> str:
    """The name itself, when it has the form of a snapshot id. Raises NotFound otherwise."""
    if not is_id(name):
        raise NotFound(
            f"no snapshot {name[:_SHOWN]!r}: an id looks like 20260301T120000Z-1a2b3c4d; 'linkage snapshots' lists them"
        )
    return name


def make_id(as_of: datetime, digest: str) -> str:
    """Id of a snapshot: its as-of time (UTC), so that names sort, and the first digits of its manifest's digest."""
    t = as_of.astimezone(UTC)
    # not strftime: its %Y is not padded below the year 1000
    return f"{t.year:04d}{t.month:02d}{t.day:02d}T{t.hour:02d}{t.minute:02d}{t.second:02d}Z-{digest[:8]}"
