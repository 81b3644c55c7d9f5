"""`linkage simulate` and `linkage evaluate`: synthetic worlds, and how a snapshot does on one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from linkage.cli.options import ConfigOption, Format, FormatOption, MemoryOption, SnapshotOption
from linkage.cli.output import say
from linkage.cli.progress import progress
from linkage.cli.report import write_evaluation, write_replay


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(simulate)
    app.command()(evaluate)


def simulate(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write input/ and truth.parquet to.")],
    accounts: Annotated[int, typer.Option("--accounts", min=500, metavar="N", help="How many accounts the world has.")] = 4000,
    seed: Annotated[int, typer.Option("--seed", min=0, metavar="S", help="Seed of every random choice.")] = 1,
    evasion: Annotated[
        str,
        typer.Option("--evasion", metavar="NAMES", help="none, all, or some of rotate+cards+paraphrase+jitter+aged+mixed."),
    ] = "none",
) -> None:
    """Make a synthetic world: logs in the input contract, and the truth about them."""
    from linkage.simulate import simulate as make

    with progress() as shown:
        make(out, accounts=accounts, seed=seed, evasion=evasion, progress=shown)
    say(f"next: linkage rebuild {out / 'input'} --store STORE")
    say(f"then: linkage evaluate --truth {out / 'truth.parquet'} --store STORE")


def evaluate(
    truth: Annotated[Path, typer.Option("--truth", metavar="FILE", help="truth.parquet: account_id, actor, kind, group.")],
    store: Annotated[
        Path | None,
        typer.Option("--store", envvar="LINKAGE_STORE", metavar="STORE", help="Folder of the store; not needed with --replay."),
    ] = None,
    snapshot: SnapshotOption = None,
    replay: Annotated[
        Path | None,
        typer.Option(
            "--replay",
            metavar="INPUT",
            help="Rebuild this folder of logs day by day, in a store that goes again: time to detect.",
        ),
    ] = None,
    config: ConfigOption = None,
    memory: MemoryOption = None,
    format: FormatOption = Format.table,
) -> None:
    """Compare the flagged accounts of a snapshot with the truth; with --replay, on every day of the logs.

    --config and --memory are for the rebuilds of --replay.
    """
    from linkage.config import load_config
    from linkage.errors import UsageError
    from linkage.evaluate import evaluate as compare
    from linkage.evaluate import read_truth
    from linkage.investigate import members
    from linkage.store import open_snapshot

    if replay is not None:
        from linkage.replay import replay as play

        settings = load_config(config)
        with progress() as shown:
            write_replay(play(replay, read_truth(truth), config=settings, memory_bytes=memory, progress=shown), format)
        return
    if store is None:
        raise UsageError("linkage evaluate: missing option '--store', or '--replay' for logs that are not in a store yet")
    with open_snapshot(store, snapshot) as opened:
        result: dict[str, Any] = compare(members(opened), read_truth(truth)).as_dict()
    write_evaluation(result, format)
