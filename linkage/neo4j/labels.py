"""A node label for each kind of identifier. Kinds are text from the input, so a label is made of checked letters only."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Final

#: Labels that mean something else in this graph.
RESERVED: Final = frozenset({"Account", "Identifier", "Cluster", "Snapshot"})
#: Kinds that get a label of their own; a server never forgets a label, so hostile kinds must not make millions.
MOST_LABELS: Final = 256

_PLAIN = re.compile(r"[a-z][a-z0-9]*(?:_[a-z][a-z0-9]*)*")
_SAFE = re.compile(r"[A-Z][A-Za-z0-9]{0,63}(?:_[0-9a-f]{12})?")


def label(kind: str) -> str:
    """The label of a kind: `near_duplicate` becomes `NearDuplicate`.

    A kind that is not plain lower-case words joined by underscores (or that would take a reserved label) keeps its
    ASCII letters and digits and gets the start of its SHA-256 behind them, so that no two kinds share a label.
    """
    words = "".join(word.capitalize() for word in re.findall(r"[A-Za-z0-9]+", kind[:200]))
    if len(kind) > 60 or not _PLAIN.fullmatch(kind) or words in RESERVED:
        start = words if words[:1].isalpha() else f"Kind{words}"
        words = f"{start[:40]}_{hashlib.sha256(kind.encode()).hexdigest()[:12]}"
    if not _SAFE.fullmatch(words):
        # not reached; a label goes into a query as text, so it is checked where it is made
        raise ValueError(f"unsafe label {words!r}")
    return words


def labels(kinds: Iterable[tuple[str, int]]) -> dict[str, str]:
    """Labels by kind, from pairs (kind, number of identifiers); beyond MOST_LABELS kinds the smallest get none."""
    largest = sorted(kinds, key=lambda pair: (-pair[1], pair[0]))[:MOST_LABELS]
    return {kind: label(kind) for kind, _ in largest}
