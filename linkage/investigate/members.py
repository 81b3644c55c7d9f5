"""The members table, as other programs read it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from linkage.errors import Unavailable, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from linkage.store import Snapshot


def members(snapshot: Snapshot) -> pa.Table:
    """A row for every account that is in a cluster: account_id, cluster_id, role, risk, flagged; by account_id."""
    return snapshot.query("SELECT account_id, cluster_id, role, risk, flagged FROM members ORDER BY account_id")


def write_members(snapshot: Snapshot, out: Path) -> int:
    """Write `members` to a .parquet or .csv file, whole or not at all; the number of rows.

    CSV values are as they are: programs read them.
    Raises UsageError: another ending, or a folder that is not there; Unavailable: it cannot be written.
    """
    if out.suffix not in (".parquet", ".csv"):
        raise UsageError(f"--out {out}: the ending says the format; name a .parquet or a .csv file")
    if not out.parent.is_dir():
        raise UsageError(f"--out {out}: {out.parent} is not a folder; make it first or name another")
    if out.is_dir():
        raise UsageError(f"--out {out}: that is a folder; name a file in it")
    table = members(snapshot)
    aside = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        _write(table, aside, csv=out.suffix == ".csv")
        aside.replace(out)
    except OSError as error:
        raise Unavailable(f"--out {out}: {error.strerror or error}; free some space or name another place") from None
    finally:
        aside.unlink(missing_ok=True)
    return int(table.num_rows)


def _write(table: pa.Table, path: Path, *, csv: bool) -> None:
    import pyarrow.csv as pa_csv
    import pyarrow.parquet as pq

    with path.open("wb") as file:
        if csv:
            pa_csv.write_csv(table, file)
        else:
            pq.write_table(table, file)
