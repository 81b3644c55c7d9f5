"""The chain of custody that a bundle carries: who did what, when, why, to which bytes and with which result.

It is a tag file of the bag, outside the payload, since an export's time and actor do not belong to what was found.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Final

from linkage import __version__
from linkage.evidence.archive import Zip
from linkage.evidence.reading import Refused

if TYPE_CHECKING:
    from linkage.store import Snapshot

NAME: Final = "custody.jsonl"
#: A chain of custody has two steps; more than this is none of ours.
_MOST: Final = 1 << 20


@dataclass(frozen=True)
class Event:
    """One hand that the evidence passed through; `hash_in` and `hash_out` are SHA-256 of what `of_in` and `of_out` name."""

    sequence: int
    time: str
    who: str
    what: str
    why: str
    of_in: str
    hash_in: str
    of_out: str
    hash_out: str
    program: str


def events(snapshot: Snapshot, *, manifest: bytes, actor: str, why: str, level: str, moment: datetime) -> tuple[Event, ...]:
    """The rebuild that made the snapshot, then this export; `manifest` is the payload's manifest-sha256.txt."""
    made = snapshot.manifest
    inputs = "".join(f"{digest}\n" for digest in sorted(file.sha256 for file in made.inputs)).encode()
    snapshot_hash = hashlib.sha256((Path(snapshot.path) / "manifest.json").read_bytes()).hexdigest()
    named = f"manifest.json of snapshot {snapshot.id}"
    return (
        Event(
            sequence=1,
            time=_text(made.created_at),
            who=made.actor,
            what="rebuilt the logs into a snapshot",
            why="",
            of_in="the SHA-256 of every input file, sorted, one a line",
            hash_in=hashlib.sha256(inputs).hexdigest(),
            of_out=named,
            hash_out=snapshot_hash,
            program=f"linkage {made.version}",
        ),
        Event(
            sequence=2,
            time=_text(moment),
            who=actor,
            what=f"exported the cluster, level {level}",
            why=why,
            of_in=named,
            hash_in=snapshot_hash,
            of_out="manifest-sha256.txt",
            hash_out=hashlib.sha256(manifest).hexdigest(),
            program=f"linkage {__version__}",
        ),
    )


def content(told: tuple[Event, ...]) -> bytes:
    """The bytes of custody.jsonl."""
    return b"".join(json.dumps(asdict(event)).encode() + b"\n" for event in told)


def faults(lines: bytes, manifest: bytes) -> list[str]:
    """What is wrong with a custody.jsonl: its steps must follow each other and end at this payload's manifest."""
    try:
        told = [Event(**json.loads(line)) for line in lines.splitlines()]
    except (ValueError, TypeError):
        return ["is no chain of custody"]
    broken = []
    if not told or told[-1].hash_out != hashlib.sha256(manifest).hexdigest():
        broken.append("does not end at this payload")
    if any(before.hash_out != after.hash_in for before, after in pairwise(told)):
        broken.append("has a step that does not follow the one before")
    if [event.sequence for event in told] != list(range(1, len(told) + 1)):
        broken.append("has a gap")
    return broken


def exporter(bundle: Path) -> str | None:
    """Who made a zipped bundle, as its chain of custody has it; None where it has none that can be read."""
    try:
        with bundle.open("rb") as file:
            lines = Zip(file).open(NAME).read(_MOST).splitlines()
        return Event(**json.loads(lines[-1])).who
    except (OSError, Refused, KeyError, IndexError, ValueError, TypeError):
        return None


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
