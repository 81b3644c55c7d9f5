"""The typer application, with every command registered in the order of work."""

from __future__ import annotations

from typing import Annotated

import typer

from linkage import __version__
from linkage.cli import actions, audit, build, cases, compare, evidence, forget, look, serve, settings, worlds
from linkage.cli.output import write

app = typer.Typer(
    name="linkage",
    help="Finds clusters of accounts run by one hand: logs in, ranked and explained clusters out.",
    # Plain help and no boxes: it reads the same in a terminal, a pipe and a ticket.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        write(f"linkage {__version__}")
        raise typer.Exit


@app.callback()
def linkage(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Finds clusters of accounts run by one hand: logs in, ranked and explained clusters out."""


for group in (build, look, compare, cases, actions, evidence, audit, forget, serve, worlds, settings):
    group.register(app)
