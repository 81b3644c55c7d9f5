"""What a check of a bundle answers with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Signer(StrEnum):
    """Who sealed it: known (the public key given), unknown (no key was given), other (another key), none (not sealed)."""

    known = "known"
    unknown = "unknown"
    other = "other"
    none = "none"


@dataclass(frozen=True)
class Problem:
    """A file and what is wrong with it: changed, missing, not listed …; `.` is the bundle as a whole."""

    file: str
    what: str


@dataclass(frozen=True)
class Verdict:
    """`ok` is the answer; `intact` says the same of the content alone, whoever sealed it.

    `signed_by` is the SHA-256 of the sealing public key, as far as the bundle tells it. `counts` were counted again.
    """

    bundle: str
    ok: bool
    intact: bool
    signer: Signer
    signed_by: str | None
    level: str | None
    cluster_id: str | None
    snapshot_id: str | None
    counts: dict[str, int]
    problems: tuple[Problem, ...]
    sentence: str
