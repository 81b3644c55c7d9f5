"""`linkage audit` and `linkage access`: who did what, whether that log is whole, and who may do what."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from linkage.cli.options import ActorOption, Format, FormatOption, StoreOption
from linkage.cli.output import plain, say, write, write_json, write_rows
from linkage.cli.passing import passing
from linkage.investigate.printable import counted

if TYPE_CHECKING:
    from linkage.audit import AuditLog

_ENTRIES = ("seq", "at", "actor", "role", "action", "outcome", "subject", "what", "why", "snapshot")


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(audit)
    app.command()(access)


def audit(
    store: StoreOption,
    actor: ActorOption,
    verify: Annotated[
        bool, typer.Option("--verify", help="Check every record, signature and checkpoint; exit 0 only if all hold.")
    ] = False,
    against: Annotated[
        Path | None, typer.Option("--against", metavar="FILE", help="With --verify: a checkpoint that was kept elsewhere, too.")
    ] = None,
    checkpoint: Annotated[
        Path | None,
        typer.Option("--checkpoint", metavar="FILE", help="Write the last signed checkpoint, to be kept elsewhere."),
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, metavar="N", help="The newest N only.")] = 50,
    subject: Annotated[
        str | None, typer.Option("--subject", metavar="SUBJECT", help="Only about this one, like cluster:ID or account:ID.")
    ] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Only what this person did.")] = None,
    action: Annotated[
        str | None, typer.Option("--action", metavar="ACTION", help="Only this action, like view or decide.")
    ] = None,
    format: FormatOption = Format.table,
) -> None:
    """The audit log, newest first; or whether it is what was written."""
    from linkage.access import Action
    from linkage.audit import AuditLog

    with AuditLog(store) as log:
        if checkpoint is not None:
            with passing(store, actor, Action.verify_audit, "store", None, record=False):
                _keep(log, checkpoint)
            return
        if verify:
            with passing(store, actor, Action.verify_audit, "store", None, record=False):
                _verify(log, against, format)
            return
        with passing(store, actor, Action.read_audit, "store", None, record=False):
            entries = log.entries(limit=limit, subject=subject, actor=by, action=action)
    if format is Format.table:
        rows = [{**plain(one, times=False), "what": one.what} for one in entries]
        write_rows(rows, _ENTRIES, format, empty="nothing was recorded")
    else:
        columns = tuple("detail" if name == "what" else name for name in _ENTRIES)
        write_rows([plain(one) for one in entries], (*columns, "hash"), format, empty="")


def _verify(log: AuditLog, against: Path | None, format: Format) -> None:
    from linkage.errors import NotFound

    found = log.verify(against=against)
    if format is Format.json:
        write_json({"holds": found.holds, **plain(found)})
    elif format is Format.csv:
        write_rows([{"fault": fault} for fault in found.faults], ("fault",), format, empty="")
    else:
        write(f"{found.records:,} records, head {found.head[:16]}")
        if found.erased:
            write(f"{found.erased:,} of them no longer say what they are about: an account was erased, as a record says")
        for fault in found.faults[:100]:
            write(f"  {fault}")
    if not found.holds:
        raise NotFound(
            f"{log.store}: the audit log is not what was written: {counted(len(found.faults), 'fault')}, "
            f"the first: {found.faults[0]}"
        )
    if format is Format.table:
        write("whole: every record follows the one before it and was signed with this store's key")


def _keep(log: AuditLog, out: Path) -> None:
    from linkage.cli.actions import write_whole
    from linkage.errors import NotFound

    found = log.checkpoint()
    if found is None:
        raise NotFound(f"{log.store}: nothing was recorded yet, so there is no checkpoint")
    write_whole(out, found.content())
    say(f"{out}: {found.length:,} records, head {found.head[:16]}; keep it where nobody who may write to the store can")


def access(store: StoreOption, actor: ActorOption, format: FormatOption = Format.table) -> None:
    """Who may do what: the table of roles and actions, and the role you have."""
    from linkage.access import MEANING, Action, Role, allows, load_access

    who = load_access(store).identity(actor)
    rows = [
        {"action": str(action), **{str(role): allows(role, action) for role in Role}, "meaning": MEANING[action]}
        for action in Action
    ]
    write_rows(rows, ("action", *map(str, Role), "meaning"), format, empty="")
    if format is Format.table:
        write()
        write(f"{who.name} has the role {who.role}" if who.role else f"{who.name} has no role here")
