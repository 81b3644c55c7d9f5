"""Synthetic worlds: a provider's logs with fraud in them, innocent look-alikes beside it, and who is who.

Nothing here is read by any other stage. The worlds vary by seed in every proportion (see `habits`), so that a
method tuned on one of them does not by that fit the next.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from linkage.errors import Unavailable, UsageError
from linkage.progress import Progress, Silent
from linkage.simulate import tables
from linkage.simulate.evasion import WAYS, parse_evasion
from linkage.simulate.population import populate
from linkage.simulate.traffic import Traffic
from linkage.simulate.world import World
from linkage.simulate.write import FORMATS, check_format, write_table

__all__ = ["FORMATS", "WAYS", "simulate"]

LEAST, MOST_DAYS = 500, 365


def simulate(
    out: Path,
    *,
    accounts: int = 4000,
    seed: int = 1,
    evasion: str = "none",
    days: int = 30,
    format: str = "parquet",
    progress: Progress | None = None,
) -> None:
    """Write a world: `out/input/*` in the input contract and `out/truth.parquet`; the same arguments, the same bytes.

    `requests` is a folder of one file a day. Raises UsageError: an argument out of bounds, or `out` already holds
    something that no simulation wrote; Unavailable: the disk refuses.
    """
    ways = parse_evasion(evasion)
    check_format(format)
    if accounts < LEAST or seed < 0 or not 4 <= days <= MOST_DAYS:
        raise UsageError(
            f"simulate: accounts {accounts}, seed {seed}, days {days}; give at least {LEAST} accounts, a seed of 0 or more, "
            f"and 4 to {MOST_DAYS} days"
        )
    progress = progress or Silent()
    folder = _fresh(out)
    progress.start("accounts", accounts)
    world = World(accounts, seed, ways, days)
    people = populate(world)
    world.close()
    ids = tables.account_ids(world, len(people))
    write_table(tables.truth(world, people, ids), out / "truth", "parquet")
    write_table(tables.accounts(world, people, ids), folder / "accounts", format)
    write_table(tables.payments(world, people, ids), folder / "payments", format)
    write_table(tables.labels(world, people, ids), folder / "labels", format)
    write_table(tables.networks(world), folder / "networks", format)
    progress.advance(accounts)
    progress.finish()
    progress.start("requests")
    for day, table in Traffic(world, people, ids).days():
        write_table(table, folder / "requests" / f"{datetime.fromtimestamp(day, UTC):%Y-%m-%d}", format)
        progress.advance(len(table))
    progress.finish()


def _fresh(out: Path) -> Path:
    """`out/input`, empty; what an earlier simulation left there is removed, anything else is left and refused."""
    folder = out / "input"
    try:
        if out.exists() and not out.is_dir():
            raise UsageError(f"simulate: {out} is a file; give a folder")
        if folder.exists():
            if not (out / "truth.parquet").is_file():
                raise UsageError(f"simulate: {folder} exists and no simulation wrote it; give another --out")
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
    except OSError as error:
        raise Unavailable(f"simulate: cannot write to {out}: {error.strerror or error}; give another --out") from None
    return folder
