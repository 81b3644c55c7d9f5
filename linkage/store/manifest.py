"""What a snapshot says about itself: manifest.json, written by the publishing rebuild and read back by everyone."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from linkage.errors import StoreError

#: The version of manifest.json that this program writes; it reads this one and older ones.
FORMAT = 1
NAME = "manifest.json"


def _utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


#: A UTC time; one without an offset is taken as UTC.
Time = Annotated[datetime, AfterValidator(_utc)]


class _Frozen(BaseModel):
    # unknown keys are ignored, so that a later version may add some within one format
    model_config = ConfigDict(frozen=True, extra="ignore")


class InputFile(_Frozen):
    """An input file as it was read. `path` is relative to the input folder; `bytes` its size."""

    table: str
    path: str
    bytes: int
    sha256: str
    rows: int
    set_aside: int = 0
    nulled: int = 0


class OutputFile(_Frozen):
    """A file of the snapshot. `path` is relative to the snapshot's folder; `bytes` its size."""

    table: str
    path: str
    rows: int
    bytes: int
    sha256: str


class Stage(_Frozen):
    """How long a stage took: seconds of wall clock, and the rows it worked through."""

    name: str
    seconds: float
    rows: int = 0


class Build(_Frozen):
    """What the pipeline knows of a rebuild; the store adds the rest of the manifest."""

    version: str
    config: dict[str, Any]
    config_sha256: str
    seed: int
    engine: str
    engine_version: str
    algorithm: str
    as_of: Time
    actor: str = ""
    inputs: tuple[InputFile, ...] = ()
    counts: dict[str, int] = Field(default_factory=dict)
    stages: tuple[Stage, ...] = ()
    notices: tuple[str, ...] = ()


class Manifest(Build):
    """All of manifest.json. `sequence` counts the snapshots of a store from 1 in the order of publication."""

    format: int = FORMAT
    id: str
    sequence: int
    created_at: Time
    previous: str | None = None
    outputs: tuple[OutputFile, ...] = ()

    def input(self, sha256: str) -> InputFile | None:
        """The input file of that digest: what a sighting's `source_file` names."""
        return next((file for file in self.inputs if file.sha256 == sha256), None)

    def content(self) -> bytes:
        """The bytes of manifest.json."""
        return self.model_dump_json(indent=1).encode() + b"\n"

    def digest(self) -> str:
        """SHA-256 (hex) of everything but the id, which is made from it."""
        return digest(self.content())


def digest(content: bytes) -> str:
    """SHA-256 (hex) of the bytes of a manifest.json, its id left out.

    Taken from the parsed text, not from a Manifest, so that a later version with more fields finds the same digest.
    """
    values = json.loads(content)
    values.pop("id", None)
    return hashlib.sha256(json.dumps(values, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def read_manifest(content: bytes, where: Path, snapshot: str) -> Manifest:
    """Read manifest.json of a snapshot back.

    Raises StoreError: it is damaged, is another snapshot's, or of a newer format than this program knows.
    """
    try:
        manifest = Manifest.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the whole file"
        raise StoreError(f"{where} is damaged ({key}: {first['msg']}); {_MEND}") from None
    if manifest.format > FORMAT:
        raise StoreError(
            f"{where} was written by linkage {manifest.version} in a newer format; read it with that version or later"
        )
    if manifest.id != snapshot or not snapshot.endswith(f"-{digest(content)[:8]}"):
        raise StoreError(f"{where} is damaged (its content does not give the id {snapshot}); {_MEND}")
    return manifest


_MEND = "restore it from a backup, or read another snapshot ('linkage snapshots' lists them)"
