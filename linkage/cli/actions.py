"""`linkage actions` and `linkage trace`: what follows from a decision, and canaries found outside."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from linkage.cli.casefile import write_plan
from linkage.cli.options import ActorOption, Format, FormatOption, SnapshotOption, StoreOption
from linkage.cli.output import plain, say, write_json, write_rows
from linkage.cli.passing import passing

_ACTIONS = (
    "account_id", "action", "limit_a_day", "requests_a_day", "cluster_requests_a_day", "account_limit_a_day", "reason",
    "cluster_id", "case_id", "decision", "decided_by", "approved_by", "snapshot", "expires_at",
)  # fmt: skip
_TRACES = ("marker", "times", "place", "account_id", "cluster_id", "flagged", "case", "status", "planted")


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (actions, trace):
        app.command()(command)


def actions(
    cluster: Annotated[str, typer.Argument(metavar="CLUSTER", help="Id of a cluster that was decided on.")],
    store: StoreOption,
    actor: ActorOption,
    action: Annotated[
        Literal["suspend", "step-up-verify", "rate-limit", "watch"],
        typer.Option("--action", help="What is proposed for its accounts."),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="A .csv or .jsonl file to write; without it, a dry run.")
    ] = None,
    plan: Annotated[
        str | None,
        typer.Option("--plan", metavar="PLAN", help="With --out: the plan that the dry run showed; no other is written."),
    ] = None,
    account_limit: Annotated[
        int | None,
        typer.Option("--account-limit", min=1, metavar="N", help="Requests a day that one account may send, for rate-limit."),
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=3650, metavar="N", help="Days until the proposal expires.")] = 30,
    associates: Annotated[bool, typer.Option("--associates", help="Associates as well, not only the core.")] = False,
    note: Annotated[str | None, typer.Option("--note", metavar="TEXT", help="Why; that of the decision by default.")] = None,
    format: FormatOption = Format.table,
) -> None:
    """Proposed actions for an enforcement system: first a dry run with the innocents it may hit, then the file.

    On it are the core accounts that the decision was about and that are still in the cluster, except spared ones.
    """
    from linkage.access import Action
    from linkage.cases import CaseBook
    from linkage.cases.actions import Enforcement, content, make_plan, propose
    from linkage.errors import Conflict, UsageError
    from linkage.store import open_snapshot

    if action == "rate-limit" and account_limit is None:
        raise UsageError(
            "linkage actions: rate-limit holds the cluster to what one account may have; say that with --account-limit N"
        )
    if out is not None and out.suffix not in (".csv", ".jsonl"):
        raise UsageError(f"--out {out}: the ending says the format; name a .csv or a .jsonl file")
    if out is not None and plan is None:
        raise UsageError(
            "linkage actions: look at the dry run first (without --out), then give --out with the --plan it showed"
        )
    with CaseBook(store) as book, open_snapshot(store) as opened:
        with passing(store, actor, Action.view, f"cluster:{cluster}", opened.id, record=out is None):
            made = make_plan(
                book,
                opened,
                cluster,
                Enforcement(action),
                days=days,
                account_limit=account_limit,
                associates=associates,
                reason=note,
            )
        if out is None or plan is None:
            if format is Format.json:
                innocents = {**plain(made.innocents), "expected": made.innocents.expected, "sentence": made.innocents.sentence}
                write_json({**plain(made), "innocents": innocents})
            elif format is Format.csv:
                write_rows([plain(one) for one in made.actions], _ACTIONS, format, empty="")
            else:
                write_plan(made, cluster)
                if not made.obstacle:
                    say(f"nothing was written; to write it: the same with --plan {made.digest} --out FILE.csv or FILE.jsonl")
            return
        approval = propose(book, book.gate.identity(actor), opened, made, cluster, seen=plan, reason=note)
        if approval is not None:
            raise Conflict(
                f"{approval.accounts:,} accounts need a second person's approval: request {approval.id} of {approval.requested_by} "
                f"waits for it (somebody else: linkage approve {approval.id}), then run this again"
            )
    write_whole(out, content(made, jsonl=out.suffix == ".jsonl"))
    say(f"{out}: {len(made.actions):,} proposed actions; nothing was done to any account")


def write_whole(out: Path, data: bytes) -> None:
    """Write a file of mode 600, whole or not at all. Raises Unavailable: it cannot be written."""
    import errno
    import os

    from linkage.errors import Unavailable

    aside = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
            file.write(data)
        aside.replace(out)
    except OSError as error:
        mend = "free some space" if error.errno in (errno.ENOSPC, errno.EDQUOT) else "make that folder"
        raise Unavailable(f"--out {out}: {error.strerror or error}; {mend}, or name another place") from None
    finally:
        aside.unlink(missing_ok=True)


def trace(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="What was found outside: text, CSV, JSON Lines (also .gz), Parquet.")
    ],
    store: StoreOption,
    actor: ActorOption,
    snapshot: SnapshotOption = None,
    format: FormatOption = Format.table,
) -> None:
    """Canaries: which markers planted in accounts' outputs are in a file, and whose account, cluster and case that is.

    Ends with status 1 where none is.
    """
    from linkage.access import Action
    from linkage.cases import CaseBook
    from linkage.cases.tracing import LEAST
    from linkage.cases.tracing import trace as look
    from linkage.errors import NotFound
    from linkage.store import open_snapshot

    with (
        CaseBook(store) as book,
        open_snapshot(store, snapshot) as opened,
        passing(store, actor, Action.trace, "store", opened.id, detail={"file": file.name}),
    ):
        found = look(opened, file)
        cases = book.by_cluster()
    rows = []
    for one in found.traces:
        case = cases.get(one.cluster_id or "")
        rows.append(
            {**plain(one), "case": None if case is None else case.id, "status": None if case is None else str(case.status)}
        )
    if found.short:
        say(
            f"{found.short:,} markers have fewer than {LEAST} characters: they would be found by chance, and were not looked for"
        )
    if rows or format is not Format.table:
        write_rows(rows, _TRACES, format, empty="")
    if not rows:
        what = (
            f"none of the {found.markers:,} markers is in it" if found.markers else "the snapshot knows no canary to look for"
        )
        raise NotFound(f"{file}: {what}")
