"""`linkage diff`: what became of the clusters between two snapshots."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

import typer

from linkage.cli.options import ActorOption, Format, FormatOption, StoreOption
from linkage.cli.output import plain, write, write_json, write_rows
from linkage.cli.passing import passing


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(diff)


_COLUMNS = (
    "event", "cluster_id", "others", "previous_size", "size", "shared", "joined", "left", "was_flagged", "flagged", "returned",
)  # fmt: skip


def diff(
    store: StoreOption,
    actor: ActorOption,
    old: Annotated[str | None, typer.Argument(metavar="OLD", help="Id of a snapshot; the one before NEW by default.")] = None,
    new: Annotated[str | None, typer.Argument(metavar="NEW", help="Id of a snapshot; the current one by default.")] = None,
    format: FormatOption = Format.table,
) -> None:
    """Clusters born, grown, shrunk, merged, split, gone and unchanged; as JSON with the accounts that moved."""
    from linkage.access import Action
    from linkage.errors import NotFound
    from linkage.investigate import diff as compare
    from linkage.store import open_snapshot, previous

    with open_snapshot(store, new) as later, passing(store, actor, Action.view, "store", later.id, record=False):
        before = old or previous(store, later.id)
        if before is None:
            raise NotFound(f"{store}: no snapshot is older than {later.id}; compare once there are two, or name both")
        with open_snapshot(store, before) as earlier:
            changes = compare(earlier, later)
        titles = earlier.id, later.id
    if format is Format.json:
        write_json(changes)
        return
    rows = [plain(change) for change in changes]
    if format is Format.table:
        counts = Counter(change.event for change in changes)
        write(f"{titles[0]} to {titles[1]}: {', '.join(f'{n:,} {event}' for event, n in counts.items()) or 'no clusters'}")
        rows = [row for row in rows if row["event"] != "unchanged"]
        if not rows:
            return
        write()
    write_rows(rows, _COLUMNS, format, empty="")
