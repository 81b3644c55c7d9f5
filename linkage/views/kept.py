"""Layouts, kept beside the snapshots: `STORE/layouts/SNAPSHOT/DIGEST.npy`, made after a snapshot was published.

`prepare` makes those of all large clusters of a snapshot, and removes those of snapshots that are gone. The server of the
pages runs it by itself in a process of low priority (`python -m linkage.views STORE`); no rebuild waits for it. A picture
that is opened before its layout is there starts from the quick one.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from linkage.store import list_snapshots
from linkage.views.incidence import incidence
from linkage.views.places import Places, force_places

if TYPE_CHECKING:
    from linkage.store import Snapshot

#: Clusters from this size on get a layout ahead; smaller ones are laid out where they are drawn.
LARGE: Final = 300
#: How many of them, the riskiest first.
MOST: Final = 200
FOLDER: Final = "layouts"


def kept_places(store: Path, snapshot_id: str, cluster_id: str, nodes: int) -> Places | None:
    """The layout of a cluster with `nodes` nodes; None where it was not made, or is damaged."""
    path = _path(store, snapshot_id, cluster_id)
    try:
        places = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return places.astype(np.float32) if places.shape == (nodes, 2) else None


def keep_places(store: Path, snapshot_id: str, cluster_id: str, places: Places) -> None:
    """Keep a layout, whole or not at all. Raises OSError."""
    path = _path(store, snapshot_id, cluster_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with aside.open("wb") as file:
            np.save(file, places, allow_pickle=False)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def missing(store: Path, snapshot: Snapshot) -> list[str]:
    """The large clusters of a snapshot that have no layout yet, the riskiest first."""
    rows = snapshot.query("SELECT cluster_id FROM clusters WHERE size >= ? ORDER BY rank LIMIT ?", [LARGE, MOST])
    return [name for name in rows["cluster_id"].to_pylist() if not _path(store, snapshot.id, name).exists()]


def prepare(store: Path, snapshot: Snapshot, *, say: Callable[[str], None] = lambda line: None) -> int:
    """Make the layouts that a snapshot does not have yet; how many. Raises StoreError, OSError."""
    _sweep(store)
    names = missing(store, snapshot)
    for name in names:
        whole = incidence(snapshot, [name])
        keep_places(store, snapshot.id, name, force_places(whole))
        say(f"layout of a cluster of {whole.size:,} accounts")
    return len(names)


def _sweep(store: Path) -> None:
    """Remove the layouts of snapshots that retention took away."""
    root = Path(store) / FOLDER
    if not root.is_dir():
        return
    there = {entry.id for entry in list_snapshots(store)}
    for folder in root.iterdir():
        if folder.name not in there:
            with contextlib.suppress(OSError):
                shutil.rmtree(folder)


def _path(store: Path, snapshot_id: str, cluster_id: str) -> Path:
    # an id may be anything; its digest is a name of a file everywhere
    digest = hashlib.sha256(cluster_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return Path(store) / FOLDER / snapshot_id / f"{digest}.npy"
