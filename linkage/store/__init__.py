"""The store: snapshots written aside, published by one rename, read while others are published, and retained.

STORE/                    mode 700, files 600
  CURRENT                 the id of the published snapshot
  PUBLISHING              the id that a rebuild is publishing right now; left behind only by a killed one
  lock                    who rebuilds; held by an operating-system lock, so it dies with its process
  snapshots/ID/           manifest.json and one Parquet file a table, immutable
  pins/ID                 why a snapshot is kept whatever its age
  partials/KEY/           what one input file said, so that the next rebuild need not read it again
  work/                   what a rebuild under way writes aside; swept by the next one
"""

from __future__ import annotations

from linkage.store.catalogue import SnapshotSummary, current, damaged, list_snapshots, pin, previous, unpin
from linkage.store.draft import Draft
from linkage.store.manifest import Build, InputFile, Manifest, OutputFile, Stage
from linkage.store.snapshot import Snapshot, open_snapshot
from linkage.store.store import Store

__all__ = [
    "Build",
    "Draft",
    "InputFile",
    "Manifest",
    "OutputFile",
    "Snapshot",
    "SnapshotSummary",
    "Stage",
    "Store",
    "current",
    "damaged",
    "list_snapshots",
    "open_snapshot",
    "pin",
    "previous",
    "unpin",
]
