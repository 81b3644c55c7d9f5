"""`linkage clusters`, `show`, `explain`, `members`, `snapshots` and `set-aside`: what a snapshot found."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from linkage.cli.options import ActorOption, Format, FormatOption, SnapshotOption, StoreOption
from linkage.cli.output import plain, say, write_json, write_rows
from linkage.cli.passing import passing
from linkage.cli.proof import write_hanging, write_proof
from linkage.cli.reading import evidence_rows, write_cluster, write_explanation


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (clusters, show, explain, members, snapshots, set_aside):
        app.command(command.__name__.replace("_", "-"))(command)


_QUEUE_TABLE = ("rank", "cluster_id", "risk", "flagged", "size", "families", "first_seen", "last_seen", "event", "summary")
_QUEUE_ALL = (
    "cluster_id", "rank", "risk", "flagged", "size", "core", "associates", "density", "first_seen", "last_seen",
    "families", "requests", "input_tokens", "output_tokens", "event", "previous_size", "joined", "left", "summary",
    "reasons",
)  # fmt: skip
_MEMBERS = (
    "account_id", "role", "risk", "flagged", "attachment", "first_seen", "last_seen", "requests", "input_tokens",
    "output_tokens", "created_at", "email_domain", "country", "org_id", "plan", "status", "label",
)  # fmt: skip
_EVIDENCE = (
    "path", "step", "kind", "value", "family", "strength", "weight", "accounts", "inside", "account_id", "n", "first_seen",
    "last_seen", "source_path", "source_sha256", "source_record", "note",
)  # fmt: skip
#: identifiers that are taken away to see what hangs on them: a large cluster answers for so many in two seconds
_CUTS = 10
_SNAPSHOTS = (
    "id", "current", "pinned", "as_of", "created_at", "accounts", "clusters", "flagged", "flagged_accounts", "algorithm",
    "version", "bytes",
)  # fmt: skip


def clusters(
    store: StoreOption,
    actor: ActorOption,
    flagged: Annotated[bool, typer.Option("--flagged", help="Only flagged clusters.")] = False,
    limit: Annotated[int | None, typer.Option("--limit", min=0, metavar="N", help="The first N only.")] = None,
    snapshot: SnapshotOption = None,
    format: FormatOption = Format.table,
) -> None:
    """The queue: clusters, riskiest first."""
    from linkage.access import Action
    from linkage.investigate import queue
    from linkage.store import open_snapshot

    # the queue is no view of a cluster: the role is asked, and nothing recorded
    with open_snapshot(store, snapshot) as opened, passing(store, actor, Action.view, "store", opened.id, record=False):
        rows = [plain(row, times=format is not Format.table) for row in queue(opened, flagged=flagged, limit=limit)]
    empty = "no cluster is flagged" if flagged else "no clusters"
    write_rows(rows, _QUEUE_TABLE if format is Format.table else _QUEUE_ALL, format, empty=empty)


def show(
    cluster: Annotated[str, typer.Argument(metavar="CLUSTER", help="Id of a cluster.")],
    store: StoreOption,
    actor: ActorOption,
    snapshot: SnapshotOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, metavar="N", help="Identifiers and members in the table.")] = 20,
    format: FormatOption = Format.table,
) -> None:
    """A cluster: its reasons, what ties it and what hangs on each tie, what speaks for it, its members and activity."""
    from linkage.access import Action
    from linkage.investigate import bridges, counter_evidence, cut_links
    from linkage.investigate import cluster as ask
    from linkage.store import open_snapshot

    shown = limit if format is Format.table else None
    asked = f"cluster:{cluster}"
    with open_snapshot(store, snapshot) as opened, passing(store, actor, Action.view, asked, opened.id):
        detail = ask(opened, cluster, identifiers=limit, members=shown)
        if format is not Format.csv:
            cuts = cut_links(opened, cluster, min(limit, _CUTS))
            joined = bridges(opened, cluster, min(limit, _CUTS), cuts=cuts)
            against = counter_evidence(opened, cluster, limit)
    if format is Format.csv:
        write_rows([plain(member) for member in detail.members], _MEMBERS, format, empty="")
    elif format is Format.json:
        proof = {"cut_links": cuts, "bridges": joined, "counter_evidence": against}
        write_json({**plain(detail), **plain(proof)})
    else:
        write_cluster(detail)
        write_proof(cuts, joined, against)


def explain(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Id of an account.")],
    store: StoreOption,
    actor: ActorOption,
    other: Annotated[str | None, typer.Argument(metavar="OTHER", help="Id of a second account.")] = None,
    snapshot: SnapshotOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, metavar="N", help="The strongest N pieces of evidence.")] = 20,
    format: FormatOption = Format.table,
) -> None:
    """Why an account is in its cluster, or why two accounts are linked: identifiers, strength, times, sources.

    Ends with status 1 where two accounts are not linked.
    """
    from linkage.access import Action
    from linkage.errors import NotFound
    from linkage.investigate import explain as ask
    from linkage.investigate import in_favour, path_cuts
    from linkage.store import open_snapshot

    detail = None if other is None else {"other": other}
    with (
        open_snapshot(store, snapshot) as opened,
        passing(store, actor, Action.view, f"account:{account}", opened.id, detail=detail),
    ):
        explanation = ask(opened, account, other, limit=limit)
        cuts = () if format is Format.csv else path_cuts(opened, explanation, limit=_CUTS)
        against = {name: in_favour(opened, name) for name in (account, other) if name is not None}
    if format is Format.json:
        write_json({**plain(explanation), "cut_links": plain(cuts), "in_favour": plain(against)})
    elif format is Format.csv:
        write_rows(list(evidence_rows(explanation)), _EVIDENCE, format, empty="")
    else:
        write_explanation(explanation)
        write_hanging(cuts, against)
    if other is not None and not explanation.paths:
        raise NotFound(explanation.sentence)


def members(
    store: StoreOption,
    actor: ActorOption,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A .parquet or .csv file to write.")],
    snapshot: SnapshotOption = None,
) -> None:
    """Write a row for every account in a cluster: account_id, cluster_id, role, risk, flagged."""
    from linkage.access import Action
    from linkage.investigate import write_members
    from linkage.store import open_snapshot

    detail = {"file": out.name}
    with (
        open_snapshot(store, snapshot) as opened,
        passing(store, actor, Action.export, "store", opened.id, detail=detail, first=True),
    ):
        written = write_members(opened, out)
        name = opened.id
    say(f"{out}: {written:,} accounts of snapshot {name}")


def snapshots(store: StoreOption, format: FormatOption = Format.table) -> None:
    """The snapshots of a store, oldest first."""
    from linkage.store import damaged, list_snapshots

    rows = [{**plain(entry, times=format is not Format.table), **entry.counts} for entry in list_snapshots(store)]
    write_rows(rows, _SNAPSHOTS, format, empty="no snapshots")
    for line in damaged(store):
        say(line)


def set_aside(
    store: StoreOption,
    actor: ActorOption,
    limit: Annotated[int | None, typer.Option("--limit", min=0, metavar="N", help="The first N only.")] = None,
    snapshot: SnapshotOption = None,
    format: FormatOption = Format.table,
) -> None:
    """The rows that a rebuild set aside and the cells it nulled, with file, record and reason."""
    from linkage.access import Action
    from linkage.investigate import set_aside as ask
    from linkage.store import open_snapshot

    with open_snapshot(store, snapshot) as opened, passing(store, actor, Action.view, "store", opened.id, record=False):
        rows = [plain(row) for row in ask(opened, limit=limit)]
    write_rows(rows, ("file", "record", "column", "effect", "reason"), format, empty="nothing was set aside or nulled")
