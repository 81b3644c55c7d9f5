"""Which identifiers are on two or more members of a cluster: asked with every click on its page, and read once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from linkage.investigate.held import Key, holders

if TYPE_CHECKING:
    import pyarrow as pa

    from linkage.store import Snapshot

#: Clusters of a snapshot that are kept; it bounds the memory.
_MOST: Final = 8
_MEMBERS: Final = "SELECT account_id FROM members WHERE cluster_id = $cluster"


@dataclass(frozen=True)
class Inside:
    """`table`: kind, value, inside (members on it), first_seen, last_seen, counts (whether a link to it does).

    What counts comes first, by the weight it carries inside the cluster.
    """

    table: pa.Table

    @cached_property
    def counts(self) -> Mapping[Key, int]:
        """Members on each of them; an identifier that one member alone has is not among them."""
        keys = zip(self.table["kind"].to_pylist(), self.table["value"].to_pylist(), strict=True)
        return dict(zip(keys, self.table["inside"].to_pylist(), strict=True))


# Held weakly: with the snapshot goes what was read of it, so what was erased is served to nobody.
_kept: WeakKeyDictionary[Snapshot, OrderedDict[str, Inside]] = WeakKeyDictionary()
_lock: Final = threading.Lock()


def inside(snapshot: Snapshot, cluster_id: str) -> Inside:
    """The identifiers on two or more members of a cluster; the last few clusters asked for are kept with the snapshot."""
    with _lock:
        mine = _kept.setdefault(snapshot, OrderedDict())
        found = mine.get(cluster_id)
        if found is not None:
            mine.move_to_end(cluster_id)
            return found
    made = Inside(_read(snapshot, cluster_id))
    with _lock:
        mine[cluster_id] = made
        while len(mine) > _MOST:
            mine.popitem(last=False)
    return made


def _read(snapshot: Snapshot, cluster_id: str) -> pa.Table:
    return snapshot.query(
        f"""
        WITH shared AS (
            SELECT kind, value, count(*) AS inside, min(first_seen) AS first_seen, max(last_seen) AS last_seen
            FROM {holders(snapshot, f"account_id IN ({_MEMBERS})")} GROUP BY kind, value HAVING count(*) >= 2
        ),
        carried AS (
            SELECT kind, value, sum(weight)::BIGINT AS weight FROM edges WHERE account_id IN ({_MEMBERS}) GROUP BY kind, value
        )
        SELECT shared.*, weight IS NOT NULL AS counts FROM shared LEFT JOIN carried USING (kind, value)
        ORDER BY weight DESC NULLS LAST, inside DESC, kind, value
        """,
        {"cluster": cluster_id},
    )
