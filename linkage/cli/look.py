"""`linkage clusters`, `linkage members`: what a snapshot found."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from linkage.cli.options import Format, FormatOption, SnapshotOption, StoreOption
from linkage.cli.output import plain, say, write_rows


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(clusters)
    app.command()(members)


_QUEUE_TABLE = ("rank", "cluster_id", "risk", "flagged", "size", "families", "first_seen", "last_seen", "event", "summary")
_QUEUE_ALL = (
    "cluster_id", "rank", "risk", "flagged", "size", "core", "associates", "density", "first_seen", "last_seen",
    "families", "requests", "input_tokens", "output_tokens", "event", "previous_size", "joined", "left", "summary",
    "reasons",
)  # fmt: skip


def clusters(
    store: StoreOption,
    flagged: Annotated[bool, typer.Option("--flagged", help="Only flagged clusters.")] = False,
    limit: Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="The first N only.")] = None,
    snapshot: SnapshotOption = None,
    format: FormatOption = Format.table,
) -> None:
    """The queue: clusters, riskiest first."""
    from linkage.investigate import queue
    from linkage.store import open_snapshot

    with open_snapshot(store, snapshot) as opened:
        rows = [plain(row) for row in queue(opened, flagged=flagged, limit=limit)]
    write_rows(rows, _QUEUE_TABLE if format is Format.table else _QUEUE_ALL, format, empty="no clusters")


def members(
    store: StoreOption,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A .parquet or .csv file to write.")],
    snapshot: SnapshotOption = None,
) -> None:
    """Write a row for every account that is in a cluster: account_id, cluster_id, role, risk, flagged."""
    from linkage.investigate import write_members
    from linkage.store import open_snapshot

    with open_snapshot(store, snapshot) as opened:
        say(f"{out}: {write_members(opened, out):,} accounts of snapshot {opened.id}")
