"""`linkage forget`: erases an account, or holds it against erasure."""

from __future__ import annotations

from typing import Annotated

import typer

from linkage.cli.options import ActorOption, Format, FormatOption, StoreOption
from linkage.cli.output import say, write, write_json, write_rows
from linkage.investigate.printable import counted, printable


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(forget)


def forget(
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Id of an account, letter by letter.")],
    store: StoreOption,
    actor: ActorOption,
    note: Annotated[
        str | None, typer.Option("--note", metavar="TEXT", help="Why, for the audit log; without the account's id.")
    ] = None,
    hold: Annotated[
        str | None, typer.Option("--hold", metavar="MATTER", help="Erase nothing: put the account under legal hold instead.")
    ] = None,
    unhold: Annotated[
        bool, typer.Option("--unhold", help="Erase nothing: release the account from its own legal hold.")
    ] = False,
    format: FormatOption = Format.table,
) -> None:
    """Erase an account: the current snapshot is published without it, all older ones that hold it are removed.

    Caches, cases and the audit log lose it too; later rebuilds leave it out. Refused under legal hold.
    """
    from linkage.cases import CaseBook
    from linkage.errors import Unavailable, UsageError
    from linkage.forget.forgetting import forget as erase
    from linkage.store import open_snapshot

    if hold is not None and unhold:
        raise UsageError("linkage forget: give --hold or --unhold, not both")
    with CaseBook(store) as book:
        who = book.gate.identity(actor)
        if hold is not None or unhold:
            with open_snapshot(store) as opened:
                book.hold_account(who, opened, account, hold)
            say(f"{account}: {'released from' if unhold else 'under'} legal hold")
            return
        done = erase(store, who, account, note, book=book)
    if format is Format.json:
        write_json(done)
    elif format is Format.csv:
        write_rows([{"removed": one} for one in done.removed], ("removed",), format, empty="")
    else:
        write(f"erased; in cases and the audit log it is {done.pseudonym}")
        write(f"in service: snapshot {done.snapshot}")
        for one in done.removed:
            write(f"removed: {printable(one)}")
        if done.partials:
            write(
                f"removed: {counted(done.partials, 'cache')} of input files; the next rebuild reads those again and leaves it out"
            )
        write(
            f"{counted(done.records, 'audit record')} no longer "
            f"{'says what it was' if done.records == 1 else 'say what they were'} about"
        )
        if done.elsewhere:
            write("left the store before, and may name it or hold a pseudonym of it:")
            for one in done.elsewhere:
                write(f"  {printable(one)}")
        say("the input files still hold it, and so may a running page until it is restarted; neither is this store's to change")
    if done.left:
        raise Unavailable(f"{done.left[0]} ({len(done.left)} left)")
