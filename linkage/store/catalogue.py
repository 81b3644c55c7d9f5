"""Which snapshots a store has: the current one, the ones before it, and which are pinned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from linkage.errors import NotFound, StoreError
from linkage.store.files import refusals, settle, write_whole
from linkage.store.layout import Layout, checked_id, is_id
from linkage.store.locking import shared
from linkage.store.manifest import NAME, Manifest, read_manifest


@dataclass(frozen=True)
class SnapshotSummary:
    """One line about a snapshot. `sequence` counts publications; `bytes` is the size of its tables."""

    id: str
    sequence: int
    as_of: datetime
    created_at: datetime
    version: str
    algorithm: str
    counts: dict[str, int]
    bytes: int
    current: bool
    pinned: bool


def list_snapshots(store: Path) -> list[SnapshotSummary]:
    """The snapshots of a store, oldest publication first; a damaged one is left out (`damaged` names those).

    Raises StoreError: there is no store there, or it was never rebuilt.
    """
    layout = Layout(Path(store))
    now = current(store)
    return [
        SnapshotSummary(
            id=manifest.id,
            sequence=manifest.sequence,
            as_of=manifest.as_of,
            created_at=manifest.created_at,
            version=manifest.version,
            algorithm=manifest.algorithm,
            counts=manifest.counts,
            bytes=sum(file.bytes for file in manifest.outputs),
            current=manifest.id == now,
            pinned=(layout.pins / manifest.id).exists(),
        )
        for manifest in published(layout)
    ]


def damaged(store: Path) -> list[str]:
    """A line for every snapshot whose manifest cannot be read. Raises StoreError as list_snapshots does."""
    current(store)
    layout = Layout(Path(store))
    lines = []
    for name in stored(layout):
        try:
            manifest_of(layout, name)
        except StoreError as error:
            lines.append(str(error))
        except FileNotFoundError:
            if layout.snapshot(name).exists():
                lines.append(f"{layout.snapshot(name) / NAME} is missing; restore it from a backup, or remove that folder")
    return lines


def current(store: Path) -> str:
    """Id of the snapshot in service. Raises StoreError: there is no store there, or it was never rebuilt."""
    root = Path(store)
    if not root.is_dir():
        raise StoreError(f"no store at {root}: make one with 'linkage rebuild INPUT --store {root}', or name another")
    now = current_id(Layout(root))
    if now is None:
        raise StoreError(f"{root}: no snapshot was published yet; make one with 'linkage rebuild INPUT --store {root}'")
    return now


def previous(store: Path, snapshot: str) -> str | None:
    """Id of the snapshot published before `snapshot` of those still stored; None for the oldest.

    Raises NotFound: there is no such snapshot; StoreError as list_snapshots does.
    """
    ids = [entry.id for entry in list_snapshots(store)]
    if checked_id(snapshot) not in ids:
        raise NotFound(f"{store}: no snapshot {snapshot}; 'linkage snapshots' lists them")
    place = ids.index(snapshot)
    return ids[place - 1] if place else None


def pin(store: Path, snapshot: str, why: str) -> None:
    """Keep a snapshot whatever its age, and say why; pinning again changes nothing.

    Raises NotFound: there is no such snapshot; StoreError: the store refuses.
    """
    layout = Layout(Path(store))
    current(store)
    path = layout.pins / checked_id(snapshot)
    # held as a reader meanwhile, or retention might take it away between the look and the pin
    with refusals(path), shared(layout.snapshot(snapshot) / NAME) as there:
        if not there:
            raise NotFound(f"{store}: no snapshot {snapshot}; 'linkage snapshots' lists them")
        try:
            write_whole(path, why.encode("utf-8", "replace"))
            settle(layout.pins)
        except FileExistsError:
            return


def unpin(store: Path, snapshot: str) -> None:
    """Let a snapshot go with its age again; one that is not pinned is fine. Raises NotFound, StoreError as pin does."""
    current(store)
    path = Layout(Path(store)).pins / checked_id(snapshot)
    with refusals(path):
        path.unlink(missing_ok=True)


def current_id(layout: Layout) -> str | None:
    """What CURRENT names; None where nothing was published. Raises StoreError: it names no snapshot of the store."""
    with refusals(layout.current):
        try:
            name = layout.current.read_bytes()[:200].decode("utf-8", "replace").strip()
        except FileNotFoundError:
            return None
    if not is_id(name):
        raise StoreError(f"{layout.current} is damaged: write the id of a folder in {layout.snapshots} into it")
    return name


def stored(layout: Layout) -> list[str]:
    """Names of the snapshots' folders, sorted; what else lies there is not looked at."""
    with refusals(layout.snapshots):
        try:
            return sorted(entry.name for entry in layout.snapshots.iterdir() if is_id(entry.name))
        except FileNotFoundError:
            return []


def published(layout: Layout) -> list[Manifest]:
    """Manifests of the published snapshots, oldest first; damaged ones are left out."""
    manifests = []
    for name in stored(layout):
        try:
            manifests.append(manifest_of(layout, name))
        except (StoreError, FileNotFoundError):
            continue
    unfinished = unfinished_id(layout)
    return sorted((m for m in manifests if m.id != unfinished), key=lambda m: (m.sequence, m.id))


def unfinished_id(layout: Layout) -> str | None:
    """The snapshot that is being published, or was when its builder was killed: in place, but never current."""
    with refusals(layout.publishing):
        try:
            name = layout.publishing.read_bytes()[:200].decode("utf-8", "replace").strip()
        except FileNotFoundError:
            return None
    return name if name != current_id(layout) else None


def manifest_of(layout: Layout, snapshot: str) -> Manifest:
    """A snapshot's manifest. Raises FileNotFoundError: it is gone; StoreError: it is damaged."""
    path = layout.snapshot(snapshot) / NAME
    try:
        return read_manifest(path.read_bytes(), path, snapshot)
    except (FileNotFoundError, NotADirectoryError):
        raise FileNotFoundError(str(path)) from None
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}; check the disk, or read another snapshot") from None
