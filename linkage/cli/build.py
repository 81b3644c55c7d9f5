"""`linkage rebuild` and `linkage schedule`: logs to a published snapshot."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from linkage.cli.options import (
    ActorOption,
    AlgorithmOption,
    ConfigOption,
    Format,
    FormatOption,
    MemoryOption,
    StoreOption,
    parse_time,
)
from linkage.cli.output import say
from linkage.cli.progress import progress
from linkage.cli.report import write_rebuild

InputArgument = Annotated[Path, typer.Argument(metavar="INPUT", help="Folder of log tables.")]
AsOfOption = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        metavar="TIME",
        parser=parse_time,
        help="The time the rebuild counts as now (ISO 8601, UTC where it names no offset).",
    ),
]
FullOption = Annotated[bool, typer.Option("--full", help="Drop caches and the last partition; cluster ids carry on.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(rebuild)
    app.command()(schedule)


def rebuild(
    input: InputArgument,
    store: StoreOption,
    actor: ActorOption,
    config: ConfigOption = None,
    algorithm: AlgorithmOption = None,
    memory: MemoryOption = None,
    as_of: AsOfOption = None,
    full: FullOption = False,
    format: FormatOption = Format.table,
) -> None:
    """Turn a folder of logs into a new published snapshot."""
    from linkage import pipeline
    from linkage.config import load_config
    from linkage.investigate import asides
    from linkage.store import open_snapshot

    settings = load_config(config)
    with progress() as shown:
        summary = pipeline.rebuild(
            input, store, config=settings, algorithm=algorithm, memory_bytes=memory, as_of=as_of, full=full,
            actor=actor, progress=shown,
        )  # fmt: skip
    with open_snapshot(store, summary.snapshot_id) as opened:
        write_rebuild(summary, asides(opened), format)


def schedule(
    input: InputArgument,
    store: StoreOption,
    cron: Annotated[
        str, typer.Option("--cron", metavar="CRON", help='When to rebuild, in cron syntax and UTC, like "5 * * * *".')
    ],
    actor: ActorOption,
    once: Annotated[bool, typer.Option("--once", help="Rebuild once, now, and exit with its status.")] = False,
    config: ConfigOption = None,
    algorithm: AlgorithmOption = None,
    memory: MemoryOption = None,
) -> None:
    """Rebuild on a schedule until it is stopped; a failed rebuild leaves the last snapshot in service."""
    from linkage import pipeline
    from linkage import schedule as scheduler
    from linkage.config import load_config

    def build() -> str:
        # Read anew each time: an operator who mends the configuration need not restart the schedule.
        with progress() as shown:
            summary = pipeline.rebuild(
                input, store, config=load_config(config), algorithm=algorithm, memory_bytes=memory, as_of=None,
                full=False, actor=actor, progress=shown,
            )  # fmt: skip
        return str(summary.snapshot_id)

    load_config(config)
    scheduler.run(build, cron, once=once, say=say)
