"""`linkage push neo4j` and `linkage ui`: a snapshot for others to look at."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from linkage.cli.options import ActorOption, Format, FormatOption, SnapshotOption, StoreOption
from linkage.cli.output import plain, write_rows
from linkage.cli.passing import passing
from linkage.cli.progress import progress

push = typer.Typer(rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.add_typer(push, name="push", help="Copy the current snapshot to a server.")
    app.command()(ui)


@push.callback()
def _push() -> None:
    """Copy the current snapshot to a server."""


@push.command()
def neo4j(
    store: StoreOption,
    actor: ActorOption,
    uri: Annotated[str, typer.Option("--uri", metavar="URI", help="Address of the server, like bolt://HOST:7687.")],
    database: Annotated[
        str | None, typer.Option("--database", metavar="NAME", help="Database on the server; the user's own by default.")
    ] = None,
    snapshot: SnapshotOption = None,
    format: FormatOption = Format.table,
) -> None:
    """Make a Neo4j database mirror a snapshot; user and password come from NEO4J_USER and NEO4J_PASSWORD."""
    from linkage.access import Action
    from linkage.neo4j import credentials
    from linkage.neo4j import push as mirror
    from linkage.store import open_snapshot

    user, password = credentials(os.environ)
    with (
        open_snapshot(store, snapshot) as opened,
        passing(store, actor, Action.export, "store", opened.id, detail={"neo4j": database or ""}, first=True),
        progress() as shown,
    ):
        summary = plain(mirror(opened, uri=uri, user=user, password=password, database=database, progress=shown))
    write_rows([summary], list(summary), format, empty="")


def ui(
    store: StoreOption,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, metavar="PORT", help="Port to listen on.")] = 8501,
    address: Annotated[
        str, typer.Option("--address", metavar="IP", help="Address to listen on; another than 127.0.0.1 takes sign-in.")
    ] = "127.0.0.1",
    sign_in: Annotated[
        Path | None,
        typer.Option(
            "--sign-in",
            envvar="LINKAGE_SIGN_IN",
            metavar="FILE",
            help="Who can sign in, in TOML (docs/deployment.md); sign-in.toml of the store where there is one.",
        ),
    ] = None,
) -> None:
    """Serve the investigators' pages until it is stopped, and print their address: on 127.0.0.1, or behind sign-in."""
    from linkage.cli.page import serve

    serve(store, port, address=address, sign_in=sign_in)
