"""`linkage export`, `verify` and `keygen`: sealed evidence, its check, and the keys for both."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from linkage.cli.options import ActorOption, Format, FormatOption, SnapshotOption, StoreOption
from linkage.cli.output import say, write, write_json, write_rows
from linkage.investigate.printable import printable

if TYPE_CHECKING:
    from linkage.evidence import Verdict


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (export, verify, keygen):
        app.command()(command)


def export(
    cluster: Annotated[str, typer.Argument(metavar="CLUSTER", help="Id of a cluster ('linkage clusters' lists them).")],
    store: StoreOption,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write the zip to.")],
    actor: ActorOption,
    level: Annotated[
        Literal["internal", "partner", "public"],
        typer.Option(
            "--level",
            help="Who will read it: internal holds everything; partner has pseudonyms, networks and days; public has "
            "counts of ten and more.",
        ),
    ] = "internal",
    key: Annotated[
        Path | None,
        typer.Option("--key", metavar="FILE", help="Private key that seals it ('linkage keygen DIR' makes one)."),
    ] = None,
    why: Annotated[str | None, typer.Option("--why", metavar="TEXT", help="What for; goes into the chain of custody.")] = None,
    partner: Annotated[
        str, typer.Option("--partner", metavar="NAME", help="Whose pseudonyms a partner bundle bears; a key of its own each.")
    ] = "partner",
    associates: Annotated[
        bool, typer.Option("--associates", help="Put associates into a partner bundle; the others hold them anyway.")
    ] = False,
    attributed_to: Annotated[
        str | None,
        typer.Option("--attributed-to", metavar="NAME", help="The campaign that a person attributed the cluster to."),
    ] = None,
    snapshot: SnapshotOption = None,
    format: FormatOption = Format.table,
) -> None:
    """Write the evidence about a cluster as one sealed zip."""
    from linkage.access import Gate
    from linkage.evidence import Level
    from linkage.evidence.gated import export_through

    with Gate(store) as gate:
        done = export_through(
            gate, gate.identity(actor), store, cluster, out=out, level=Level(level), key=key, why=why, snapshot=snapshot,
            associates=associates, partner=partner, attributed_to=attributed_to,
        )  # fmt: skip
    if format is Format.json:
        write_json(done)
        return
    if format is Format.csv:
        write_rows([vars(done) | {"path": str(done.path)}], ("path", "level", "sha256", "signed_by"), format, empty="")
        return
    write(printable(str(done.path)))
    write(f"sha256 {done.sha256}")
    for what, number in done.left_out.items():
        say(f"left out: {number:,} {what}")
    if done.signed_by is None:
        say("not signed: whoever gets it cannot tell who made it; give --key ('linkage keygen DIR' makes one)")
    else:
        say(f"signed by the key with SHA-256 {done.signed_by}")


def verify(
    bundle: Annotated[Path, typer.Argument(metavar="BUNDLE", help="The zip, or the folder it unpacks to.")],
    public_key: Annotated[
        Path | None,
        typer.Option("--public-key", metavar="FILE", help="The signer's public key, got by another way than the bundle."),
    ] = None,
    format: FormatOption = Format.table,
) -> None:
    """Check a bundle: the seal, every file, every count; exit 0 only if it is whole and signed by that key."""
    from linkage.errors import NotFound
    from linkage.evidence import verify as check

    verdict = check(bundle, public_key)
    if format is Format.json:
        write_json(verdict)
    elif format is Format.csv:
        write_rows([vars(problem) for problem in verdict.problems], ("file", "what"), format, empty="")
    else:
        _write_verdict(verdict)
    if not verdict.ok:
        raise NotFound(f"{bundle}: {verdict.sentence}")


def keygen(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the two keys; made if it is not there.")],
    format: FormatOption = Format.table,
) -> None:
    """Make a pair of keys: linkage.key seals bundles (keep it to yourself), linkage.pub checks them (hand it out)."""
    from linkage.evidence import make_keys

    private, public = make_keys(folder)
    rows = [{"key": "private", "path": str(private)}, {"key": "public", "path": str(public)}]
    write_rows(rows, ("key", "path"), format, empty="")


def _write_verdict(verdict: Verdict) -> None:
    write(printable(verdict.sentence))
    if verdict.cluster_id is not None:
        write(f"cluster {printable(verdict.cluster_id)}, snapshot {verdict.snapshot_id}, level {verdict.level}")
        counted = ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in verdict.counts.items())
        write(f"counted again: {counted}")
    if verdict.problems:
        write()
        write_rows([vars(problem) for problem in verdict.problems], ("file", "what"), Format.table, empty="")
