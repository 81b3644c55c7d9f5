"""`linkage ui`: the investigators' pages on the loopback address."""

from __future__ import annotations

from typing import Annotated

import typer

from linkage.cli.options import StoreOption


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(ui)


def ui(
    store: StoreOption,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port on 127.0.0.1.")] = 8501,
) -> None:
    """Serve the investigators' pages on 127.0.0.1 until it is stopped, and print their address."""
    from linkage.serving import serve

    serve(store, port=port)
