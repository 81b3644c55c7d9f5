"""How a cluster and an explanation read in a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from linkage.cli.output import Row, plain, table_cell, write, write_table
from linkage.investigate.printable import printable

if TYPE_CHECKING:
    from linkage.investigate import ClusterDetail, Explanation, Link, Reason, Seen, SharedIdentifier

#: Characters of an identifier's value, longer than a table's cell: here it has a line to itself.
_VALUE = 100


def write_cluster(detail: ClusterDetail) -> None:
    """Reasons first, then what ties the cluster, its members, what became of it and when it was active."""
    summary = detail.summary
    flag = "flagged" if summary.flagged else "not flagged"
    write(f"cluster {printable(summary.cluster_id)}: risk {summary.risk:.2f}, {flag}, rank {summary.rank:,}")
    if summary.summary:
        write(printable(summary.summary))
    write(
        f"{summary.size:,} accounts ({summary.core:,} core, {summary.associates:,} associates), {summary.requests:,} requests, "
        f"{summary.input_tokens:,} tokens in, {summary.output_tokens:,} out, {_span(summary.first_seen, summary.last_seen)}"
    )
    _write_reasons("for", summary.reasons_for)
    _write_reasons("against", summary.reasons_against)
    _write_part(f"identifiers ({len(detail.identifiers):,} strongest)", detail.identifiers, _IDENTIFIERS)
    _write_samples(detail.identifiers)
    _write_part(f"members ({len(detail.members):,} of {summary.size:,})", detail.members, _MEMBERS)
    _write_part("since the last rebuild", detail.lineage, ("event", "previous_id", "shared", "joined", "left"))
    _write_part("models", detail.models, ("model", "accounts", "requests", "output_tokens", "first_seen", "last_seen"))
    if detail.days:
        busiest = max(detail.days, key=lambda day: (day.requests, day.day))
        hours = len({(hour.hour) for hour in detail.hours})
        write()
        write(
            f"active on {len(detail.days):,} days in {hours} of 24 hours; "
            f"the busiest was {busiest.day} with {busiest.requests:,} requests from {busiest.accounts:,} accounts"
        )


_IDENTIFIERS = ("kind", "value", "strength", "inside", "everywhere", "counts", "note")
_MEMBERS = (
    "account_id",
    "role",
    "risk",
    "flagged",
    "attachment",
    "first_seen",
    "last_seen",
    "requests",
    "email_domain",
    "status",
)


def _write_part(title: str, records: Sequence[object], columns: Sequence[str]) -> None:
    if records:
        write()
        write(title)
        write_table([plain(record, times=False) for record in records], columns, indent="  ")


def _write_samples(identifiers: Sequence[SharedIdentifier]) -> None:
    """What the store's redacted samples show of those identifiers that are fingerprints, where it keeps any."""
    shown = [(one.kind, one.value, one.sample) for one in identifiers if one.sample]
    if shown:
        write()
        write("redacted samples of their text")
    for kind, value, sample in shown:
        write(f"  {printable(kind)} {printable(value, _VALUE)}: {printable(sample, 2 * _VALUE)}")


def _write_reasons(side: str, reasons: Sequence[Reason]) -> None:
    if reasons:
        write()
        write(f"{side}:")
        for reason in reasons:
            write(f"  {reason.points:+6.2f}  {printable(reason.sentence)}")


def write_explanation(explanation: Explanation) -> None:
    """The sentence, then each chain of evidence with its sources, then what is shared and does not count."""
    write(printable(explanation.sentence))
    for number, path in enumerate(explanation.paths, 1):
        write()
        if len(path.links) > 1:
            write(f"{number}. {' - '.join(printable(account, _VALUE) for account in path.accounts)}, weight {path.weight:.2f}")
        for link in path.links:
            _write_link(link, "   " if len(path.links) > 1 else f"{number}. ")
    if explanation.uncounted:
        write()
        write("shared as well, but not counted:")
        for link in explanation.uncounted:
            write(f"   {printable(link.kind)} {printable(link.value, _VALUE)}: {printable(link.note or '')}")


def _write_link(link: Link, lead: str) -> None:
    weight = "" if link.weight is None else f", weight {link.weight:.2f}"
    inside = f", {link.inside:,} of them in the cluster" if link.inside else ""
    write(f"{lead}{printable(link.kind)} {printable(link.value, _VALUE)}")
    write(f"     {link.says}")
    write(f"     strength {link.strength:.2f}{weight}, on {link.accounts:,} accounts{inside}")
    for text in (link.note, link.description, link.sample):
        if text:
            write(f"     {printable(text, 2 * _VALUE)}")
    write_table([_seen_row(seen) for seen in link.seen], ("account", "times", "first", "last", "source"), indent="     ")


def _seen_row(seen: Seen) -> Row:
    if seen.source.sha256 is None:
        source = "the account's own id"
    else:
        name = seen.source.path or f"sha256 {seen.source.sha256[:16]}"
        source = f"{name} record {seen.source.record:,}" if seen.source.record is not None else name
    return {"account": seen.account_id, "times": seen.n, "first": seen.first_seen, "last": seen.last_seen, "source": source}


def evidence_rows(explanation: Explanation) -> Iterator[dict[str, Any]]:
    """An explanation as flat rows, one for each sighting; `path` is empty where it does not count."""
    chains = [(number, path.links) for number, path in enumerate(explanation.paths, 1)]
    for number, links in [*chains, *((None, (link,)) for link in explanation.uncounted)]:
        for step, link in enumerate(links, 1):
            facts = {key: value for key, value in plain(link).items() if key != "seen"}
            for seen in link.seen:
                source = {f"source_{key}": value for key, value in plain(seen.source).items()}
                sighting = {**plain(seen), **source}
                yield {"path": number, "step": step, **facts, **sighting}


def _span(first: datetime | None, last: datetime | None) -> str:
    if first is None or last is None:
        return "no times"
    return f"{table_cell(first)} to {table_cell(last)}"
