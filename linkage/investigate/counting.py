"""How much there is to page through."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linkage.store import Snapshot


def count_clusters(snapshot: Snapshot, *, flagged: bool = False) -> int:
    """How many clusters `queue` has in all; `flagged` counts only flagged ones."""
    found = snapshot.query("SELECT count(*) AS n FROM clusters WHERE flagged OR NOT ?", [flagged])
    return int(found["n"][0].as_py())
