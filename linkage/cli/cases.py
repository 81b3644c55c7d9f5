"""`linkage case`, `cases`, `review` and `approve`: what people decide."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from linkage.cli.casefile import APPROVALS, CASES, approval_row, case_row, write_case
from linkage.cli.given import accounts_of, parse_status, read_proposals, status_of
from linkage.cli.options import ActorOption, Format, FormatOption, StoreOption
from linkage.cli.output import plain, say, write, write_json, write_rows
from linkage.cli.passing import passing
from linkage.investigate.printable import counted, printable

if TYPE_CHECKING:
    from linkage.cases import Case, CaseBook, Outcome
    from linkage.store import Snapshot

_FROM_FILE = "an id, or @FILE with an id a line; may be repeated."


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (case, cases, review, approve):
        app.command()(command)


def _texts(flag: str, metavar: str, help: str) -> Any:
    return typer.Option(flag, metavar=metavar, help=help)


def case(
    cluster: Annotated[str, typer.Argument(metavar="CLUSTER", help="Id of a cluster.")],
    store: StoreOption,
    actor: ActorOption,
    status: Annotated[
        str | None,
        typer.Option(
            "--set",
            metavar="STATUS",
            parser=parse_status,
            help="new, in review, confirmed, dismissed, escalated or actioned; --note is the reason.",
        ),
    ] = None,
    note: Annotated[
        str | None, _texts("--note", "TEXT", "Why; where nothing is decided, merged, split or undone, a note.")
    ] = None,
    assign: Annotated[str | None, _texts("--assign", "NAME", "Give the case to somebody; '' to nobody.")] = None,
    tag: Annotated[list[str] | None, _texts("--tag", "TAG", "Put a tag on it; may be repeated.")] = None,
    untag: Annotated[list[str] | None, _texts("--untag", "TAG", "Take a tag off.")] = None,
    link: Annotated[list[str] | None, _texts("--link", "CLUSTER", "Link it to the case of another cluster.")] = None,
    unlink: Annotated[list[str] | None, _texts("--unlink", "CLUSTER", "Take that link off.")] = None,
    spare: Annotated[list[str] | None, _texts("--spare", "ACCOUNT", f"Exempt accounts from the decision: {_FROM_FILE}")] = None,
    confirm: Annotated[list[str] | None, _texts("--confirm", "ACCOUNT", f"Confirm single accounts: {_FROM_FILE}")] = None,
    merge: Annotated[list[str] | None, _texts("--merge", "CLUSTER", "Merge it by hand with another; may be repeated.")] = None,
    split: Annotated[
        list[str] | None, _texts("--split", "ACCOUNT", f"Split accounts off by hand, together: {_FROM_FILE}")
    ] = None,
    hold: Annotated[str | None, _texts("--hold", "MATTER", "Put it under legal hold: nothing of it is erased.")] = None,
    unhold: Annotated[bool, typer.Option("--unhold", help="Release it from legal hold.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take back the last thing that was done to it.")] = False,
    event: Annotated[int | None, typer.Option("--event", metavar="N", help="With --undo: that line of its history.")] = None,
    format: FormatOption = Format.table,
) -> None:
    """The case of a cluster: where it stands, and what you decide about it.

    With no option, the case with decisions, notes and history. Several options are done one after the other.
    """
    from linkage.access import Action
    from linkage.cases import CaseBook, Verdict
    from linkage.errors import UsageError
    from linkage.store import open_snapshot

    with CaseBook(store) as book, open_snapshot(store) as opened:
        who = book.gate.identity(actor)
        done: list[str] = []
        if event is not None and not undo:
            raise UsageError("linkage case: --event says which one --undo takes back; give both")
        if (merge or split) and note is None:
            raise UsageError("linkage case: --merge and --split are kept through rebuilds; say why with --note TEXT")
        if undo:
            done.append(f"taken back: {book.undo(who, opened, cluster, event, note)[1]}")
        if assign is not None:
            book.assign(who, opened, [cluster], assign or None)
            done.append(f"assigned to {assign or 'nobody'}")
        for names, on in ((tag, True), (untag, False)):
            for name in names or ():
                book.tag(who, opened, cluster, name, on=on)
                done.append(f"tag {name} is {'on' if on else 'off'}")
        for names, on in ((link, True), (unlink, False)):
            for name in names or ():
                book.link(who, opened, cluster, name, on=on)
                done.append(f"{'linked to' if on else 'no longer linked to'} the case of cluster {name}")
        for given, verdict in ((spare, Verdict.spared), (confirm, Verdict.confirmed)):
            if given:
                accounts = accounts_of(given)
                book.decide_accounts(who, opened, cluster, accounts, verdict, note)
                done.append(f"{verdict}: {counted(len(accounts), 'account')}")
        if merge:
            book.merge(who, opened, cluster, merge, note or "")
            done.append(f"merged by hand with {', '.join(merge)}: takes effect with the next rebuild")
        if split:
            accounts = accounts_of(split)
            book.split(who, opened, cluster, accounts, note or "")
            done.append(f"split off {counted(len(accounts), 'account')} by hand: takes effect with the next rebuild")
        if hold is not None or unhold:
            book.hold(who, opened, cluster, None if unhold else hold)
            done.append("released from legal hold" if unhold else f"under legal hold: {hold}")
        if status is not None:
            done.append(_said(book.set_status(who, opened, cluster, status_of(status), note)))
        elif note is not None and not (undo or spare or confirm or merge or split):
            # assigning, tagging, linking and holding take no reason: what was typed is kept as a note
            book.note(who, opened, cluster, note)
            done.append("note written")
        if done:
            _write_done(book, opened, cluster, done, format)
            return
        with passing(store, actor, Action.view, f"cluster:{cluster}", opened.id):
            found = book.find(cluster)
            if found is None:
                _unopened(book, opened, cluster)
        if found is None:
            _write_new(cluster, format)
        else:
            _write_file(book, opened, found, format)


def cases(
    store: StoreOption,
    actor: ActorOption,
    status: Annotated[
        list[str] | None,
        typer.Option("--status", metavar="STATUS", parser=parse_status, help="Only of this status; may be repeated."),
    ] = None,
    assignee: Annotated[str | None, typer.Option("--assignee", metavar="NAME", help="Only of this assignee.")] = None,
    tag: Annotated[str | None, typer.Option("--tag", metavar="TAG", help="Only with this tag.")] = None,
    pending: Annotated[bool, typer.Option("--pending", help="What waits for a second person instead.")] = False,
    changed: Annotated[bool, typer.Option("--changed", help="Only those whose cluster changed since the decision.")] = False,
    decide: Annotated[
        Path | None,
        typer.Option("--decide", metavar="FILE", help="Decide on many at once: a CSV file of cluster_id, status, reason."),
    ] = None,
    format: FormatOption = Format.table,
) -> None:
    """The cases, by number; what waits for a second person; or many decisions at once."""
    from linkage.access import Action
    from linkage.cases import CaseBook
    from linkage.errors import Conflict, NotFound
    from linkage.store import open_snapshot

    with CaseBook(store) as book, open_snapshot(store) as opened:
        if decide is not None:
            try:
                outcomes = book.decide_many(book.gate.identity(actor), opened, read_proposals(decide))
            except (NotFound, Conflict) as error:
                raise type(error)(f"{decide.name}: {error}; nothing of the file was decided") from None
            write_rows([case_row(one.case) for one in outcomes], CASES, format, empty="nothing to decide")
            return
        with passing(store, actor, Action.view, "store", opened.id, record=False):
            if pending:
                write_rows([approval_row(one) for one in book.approvals()], APPROVALS, format, empty="nothing waits")
                return
            wanted = None if status is None else [status_of(name) for name in status]
            found = book.cases(statuses=wanted, assignee=assignee, tag=tag)
            if changed:
                since = [(one, told) for one in found if (told := book.changed(one, opened)) is not None and told.sentence]
                rows = [{**case_row(one), "joined": len(told.joined), "left": len(told.left)} for one, told in since]
                write_rows(rows, (*CASES, "joined", "left"), format, empty="no cluster changed since the decision on it")
                return
    write_rows([case_row(one) for one in found], CASES, format, empty="no cases")


def review(
    store: StoreOption,
    actor: ActorOption,
    skip: Annotated[
        list[str] | None, typer.Option("--skip", metavar="CLUSTER", help="Pass over this one; may be repeated.")
    ] = None,
    give_back: Annotated[
        str | None, typer.Option("--give-back", metavar="CLUSTER", help="Let a case go before its time is up, and take none.")
    ] = None,
    all_: Annotated[bool, typer.Option("--all", help="Clusters that are not flagged as well.")] = False,
    format: FormatOption = Format.table,
) -> None:
    """Start reviewing: hold the riskiest case that waits, so that nobody else is handed it meanwhile."""
    from linkage.cases import CaseBook
    from linkage.errors import NotFound
    from linkage.store import open_snapshot

    with CaseBook(store) as book, open_snapshot(store) as opened:
        who = book.gate.identity(actor)
        if give_back is not None:
            book.release(who, opened, give_back)
            say(f"given back: {give_back}")
            return
        found = book.lease_next(who, opened, flagged=not all_, skip=skip or ())
    if found is None or found.lease is None:
        raise NotFound("nothing waits to be reviewed; 'linkage cases' shows where each case stands")
    if format is not Format.table:
        write_rows([{**case_row(found), "until": found.lease.expires_at}], (*CASES, "until"), format, empty="")
        return
    write(f"{printable(found.cluster_id)} is yours until {found.lease.expires_at:%H:%M} UTC")
    say(f"next: linkage show {found.cluster_id}, then linkage case {found.cluster_id} --set STATUS --note WHY")


def approve(
    request: Annotated[int, typer.Argument(metavar="REQUEST", help="Number of a request ('linkage cases --pending').")],
    store: StoreOption,
    actor: ActorOption,
    refuse: Annotated[bool, typer.Option("--refuse", help="Refuse it instead.")] = False,
    note: Annotated[str | None, typer.Option("--note", metavar="TEXT", help="Why.")] = None,
    format: FormatOption = Format.table,
) -> None:
    """Approve, as the second person, what somebody else asked for."""
    from linkage.cases import CaseBook
    from linkage.store import open_snapshot

    with CaseBook(store) as book, open_snapshot(store) as opened:
        found = book.answer(book.gate.identity(actor), opened, request, approve=not refuse, reason=note)
        if format is Format.table:
            write(
                f"request {request} {'refused' if refuse else 'approved'}; the case of {printable(found.cluster_id)} is {found.status}"
            )
        else:
            write_rows([case_row(found)], CASES, format, empty="")


def _said(outcome: Outcome) -> str:
    if outcome.approval is not None:
        one = outcome.approval
        return (
            f"{one.action} waits for a second person: {counted(one.accounts, 'account')} are more than one may decide on alone "
            f"(somebody else: linkage approve {one.id})"
        )
    return f"status: {outcome.case.status}"


def _write_done(book: CaseBook, snapshot: Snapshot, cluster: str, done: list[str], format: Format) -> None:
    if format is Format.table:
        for line in done:
            write(printable(line))
        return
    found = book.find(cluster)
    if found is not None:
        _write_file(book, snapshot, found, format)


def _write_file(book: CaseBook, snapshot: Snapshot, found: Case, format: Format) -> None:
    file, changed = book.file(found.id), book.changed(found, snapshot)
    if format is Format.json:
        since = None if changed is None else {**plain(changed), "sentence": changed.sentence}
        write_json({**plain(file), "changed": since})
    elif format is Format.csv:
        write_rows([case_row(found)], CASES, format, empty="")
    else:
        write_case(file, changed)


def _unopened(book: CaseBook, snapshot: Snapshot, cluster: str) -> None:
    from linkage.errors import NotFound

    if not snapshot.query("SELECT 1 FROM clusters WHERE cluster_id = ?", [cluster]).num_rows:
        now = book.formerly(cluster)
        raise NotFound(
            f"snapshot {snapshot.id} has no cluster {cluster!r} any more: its case went along to cluster {now}; see 'linkage case {now}'"
            if now
            else f"snapshot {snapshot.id} has no cluster {cluster!r} and there is no case of it; 'linkage clusters' lists them"
        )


def _write_new(cluster: str, format: Format) -> None:
    if format is Format.json:
        write_json({"case": {"cluster_id": cluster, "status": "new"}, "changed": None})
    elif format is Format.csv:
        write_rows([{"cluster_id": cluster, "status": "new"}], CASES, format, empty="")
    else:
        write(f"cluster {printable(cluster)}: new, nothing was done to it yet")
