"""The push: constraints, nodes, relationships, then the removal of what the snapshot no longer holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from linkage.errors import ServerError, UsageError
from linkage.neo4j.batches import batches, packed, parts
from linkage.neo4j.model import CONSTRAINTS, LOADS, STRONG, Load
from linkage.neo4j.server import Address, Changes, Credentials, Server, connect, parse_address
from linkage.progress import Progress, Silent

if TYPE_CHECKING:
    from linkage.store import Snapshot

_SILENT: Final = Silent()
_BEGIN = """
OPTIONAL MATCH (old:Snapshot) WHERE old.complete
SET old.complete = false
WITH count(*) AS done
MERGE (new:Snapshot {id: $snapshot})
SET new.complete = false
"""
_END = """
MATCH (new:Snapshot {id: $snapshot})
SET new.complete = true
WITH new
MATCH (old:Snapshot) WHERE old.id <> new.id
DETACH DELETE old
"""


@dataclass(frozen=True)
class PushSummary:
    """What a push did. Counts are what the server holds of the snapshot; `created` and `removed` are what changed there."""

    snapshot_id: str
    accounts: int
    identifiers: int
    clusters: int
    links: int
    memberships: int
    nodes_created: int
    nodes_removed: int
    relationships_created: int
    relationships_removed: int


def push(
    snapshot: Snapshot,
    *,
    uri: str,
    user: str,
    password: str,
    database: str | None = None,
    batch_rows: int = 5000,
    progress: Progress = _SILENT,
) -> PushSummary:
    """Make a Neo4j database mirror a snapshot (docs/neo4j.md says what of it); pushing it again changes nothing.

    `uri` is bolt://HOST:PORT or another of the driver's schemes; `database` None is the user's own. A push that stops
    midway leaves `(:Snapshot {complete: false})`; the next one mends it. Nodes that no push made are left alone.

    Raises UsageError: the address, `batch_rows` or the installation is wrong. ServerError: the server is away, goes
    away, or refuses. StoreError: the snapshot cannot be read.
    """
    if batch_rows < 1:
        raise UsageError(f"a batch of {batch_rows} rows cannot be pushed; give 1 or more")
    address = parse_address(uri)
    with connect(address, Credentials(user, password), database) as server:
        for constraint in CONSTRAINTS:
            server.define(constraint)
        changes = server.write(_BEGIN, {"snapshot": snapshot.id})
        counts = {}
        for load in LOADS:
            counts[load.name], done = _write(server, snapshot, load, batch_rows, progress)
            changes += done
        changes += _sweep(server, snapshot.id, batch_rows, progress)
        _check(server, address, snapshot.id, counts)
        changes += server.write(_END, {"snapshot": snapshot.id})
    return PushSummary(
        snapshot_id=snapshot.id,
        **counts,
        nodes_created=changes.nodes_created,
        nodes_removed=changes.nodes_deleted,
        relationships_created=changes.relationships_created,
        relationships_removed=changes.relationships_deleted,
    )


def _write(server: Server, snapshot: Snapshot, load: Load, batch_rows: int, progress: Progress) -> tuple[int, Changes]:
    """Write one part of the graph; its rows, and what changed."""
    table = snapshot.query(load.sql, {"strong": STRONG} if "$strong" in load.sql else {})
    progress.start(f"push {load.name}", table.num_rows)
    changes = Changes()
    for statement, part in parts(load, table):
        for batch in batches(part, batch_rows):
            changes += server.write(statement, {"rows": packed(load, batch), "snapshot": snapshot.id})
            progress.advance(batch.num_rows)
    progress.finish()
    return table.num_rows, changes


def _sweep(server: Server, snapshot: str, batch_rows: int, progress: Progress) -> Changes:
    """Remove what another snapshot left: relationships first, so that few remain on a node when it goes.

    Found in one streamed read and removed by element id in batches: linear, where a repeated LIMIT would scan anew.
    """
    progress.start("push removals")
    changes = Changes()
    for load in reversed(LOADS):
        find = f"MATCH {load.pattern} WHERE x.snapshot <> $snapshot RETURN elementId(x)"
        remove = f"UNWIND $ids AS id MATCH {load.pattern} WHERE elementId(x) = id DETACH DELETE x"
        for ids in server.stream(find, {"snapshot": snapshot}, batch_rows):
            changes += server.write(remove, {"ids": ids})
            progress.advance(len(ids))
    progress.finish()
    return changes


def _check(server: Server, address: Address, snapshot: str, counts: dict[str, int]) -> None:
    """Count what the server now holds; two pushes at once would undo each other unseen."""
    for load in LOADS:
        query = f"MATCH {load.pattern} WHERE x.snapshot = $snapshot RETURN count(x)"
        found = server.number(query, {"snapshot": snapshot})
        if found != counts[load.name]:
            raise ServerError(
                f"Neo4j at {address} holds {found} {load.name} of snapshot {snapshot}, not {counts[load.name]}: "
                "another push ran at the same time, or two names became one; push again"
            )
