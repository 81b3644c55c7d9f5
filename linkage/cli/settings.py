"""`linkage config`: the settings, with their meaning."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from linkage.cli.output import write


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(config)


def config(
    defaults: Annotated[bool, typer.Option("--defaults", help="Print the default of every setting.")] = False,
    file: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="Check this file and print every setting as it makes it."),
    ] = None,
) -> None:
    """Print the whole configuration with its meaning, as TOML."""
    from linkage.config import load_config
    from linkage.config_toml import config_toml
    from linkage.errors import UsageError

    if defaults == (file is not None):
        raise UsageError("linkage config: give --defaults for the default settings, or --config FILE for those of a file")
    write(config_toml(load_config(file)).rstrip("\n"))
