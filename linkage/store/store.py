"""The builder's side of a store: its lock, its drafts, what it keeps and what it sweeps."""

from __future__ import annotations

import json
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from linkage.errors import NotFound, StoreError
from linkage.store.catalogue import current_id, published, stored, unfinished_id
from linkage.store.draft import PARTIAL_NAME, Draft
from linkage.store.files import FOLDER_MODE, make_folder, refusals, remove, settle, sha256
from linkage.store.layout import Layout
from linkage.store.locking import building
from linkage.store.retention import retain
from linkage.store.snapshot import open_snapshot


class Store:
    """A store to build in; the folder is made by the first lock().

    with Store(path).lock() as store, store.begin() as draft:
        con = open_engine(draft.work)
        ...
        draft.write(con, "accounts")
        ...
        draft.publish(Build(...))
    """

    def __init__(self, path: Path) -> None:
        """Names a folder; nothing is read or made yet."""
        self.path = Path(path)
        self._layout = Layout(self.path)
        self._locked = False
        self._draft: Draft | None = None
        self._keys: set[str] = set()

    @contextmanager
    def lock(self) -> Iterator[Store]:
        """Be the one builder of this store for the block; what a killed builder left behind is swept.

        Raises LockHeld: another builder is at work (names its process, host and since when); StoreError: the folder
        cannot be made or written, or holds something else.
        """
        with refusals(self.path):
            self._make()
        with building(self._layout.lock):
            self._locked = True
            self._keys = set()
            try:
                with refusals(self.path):
                    self._sweep()
                yield self
            finally:
                self._locked = False
                draft, self._draft = self._draft, None
                if draft is not None:
                    draft.close()

    def begin(self) -> Draft:
        """A new draft. Raises StoreError: the disk is full or refuses; ValueError outside lock() or with one open."""
        if not self._locked:
            raise ValueError("Store.begin() is called inside Store.lock()")
        if self._draft is not None:
            self._draft.close()
        layout = self._layout
        with refusals(self.path):
            self._sweep_unfinished()
        sequence = max((manifest.sequence for manifest in published(layout)), default=0) + 1
        previous, notices = self._last_sound()
        work = layout.work / secrets.token_hex(8)
        with refusals(work):
            make_folder(work)
        self._draft = Draft(layout, work, previous=previous, sequence=sequence, keys=self._keys, after=self._after)
        self._draft.notices += notices
        return self._draft

    def partials(self, key: str) -> Path | None:
        """Folder of what was kept under a key, checked against its digests; None when there is none or it is damaged."""
        folder = self._layout.partial(key)
        try:
            files = json.loads((folder / PARTIAL_NAME).read_bytes())
            for name, (size, digest) in files.items():
                if (folder / name).stat().st_size != size or sha256(folder / name) != digest:
                    return None
        except (OSError, ValueError, TypeError, AttributeError):
            return None  # a cache: what cannot be read is made again
        self._keys.add(key)
        return folder

    def partial_keys(self) -> list[str]:
        """The keys under which something is kept, in order."""
        return sorted(folder.name for folder in self._layout.partials.iterdir() if folder.is_dir())

    def drop_partial(self, key: str) -> None:
        """Forget what was kept under a key: it goes with the next publication."""
        self._keys.discard(key)

    def drop_partials(self) -> None:
        """Forget what was kept of every input file; the next rebuild reads them all. Inside lock() only."""
        if not self._locked:
            raise ValueError("Store.drop_partials() is called inside Store.lock()")
        with refusals(self._layout.partials):
            for folder in sorted(self._layout.partials.iterdir()):
                remove(folder)

    def _last_sound(self) -> tuple[str | None, list[str]]:
        """The newest published snapshot that can be opened, and a line for each newer one that cannot.

        A damaged one must not keep the rebuild, which is its mend, from starting.
        """
        now = current_id(self._layout)
        candidates = [] if now is None else [now]
        candidates += [manifest.id for manifest in reversed(published(self._layout)) if manifest.id != now]
        notices = []
        for candidate in candidates:
            try:
                open_snapshot(self.path, candidate).close()
            except (StoreError, NotFound) as error:
                notices.append(f"built without the last snapshot: {error}")
                continue
            return candidate, notices
        return None, notices

    def _make(self) -> None:
        layout = self._layout
        self.path.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        ours = {layout.lock.name} | {folder.name for folder in layout.folders}
        if not layout.lock.exists() and any(entry.name not in ours for entry in self.path.iterdir()):
            raise StoreError(f"{self.path}: is not a store, and not empty; name a new or empty folder, or a store")
        if stat.S_IMODE(self.path.stat().st_mode) != FOLDER_MODE:
            self.path.chmod(FOLDER_MODE)
        for folder in layout.folders:
            make_folder(folder)
        settle(self.path)

    def _sweep(self) -> None:
        layout = self._layout
        for left in layout.work.iterdir():
            remove(left)
        self._sweep_unfinished()

    def _sweep_unfinished(self) -> None:
        layout = self._layout
        unfinished = unfinished_id(layout)
        # killed between the rename and CURRENT: whole, but nobody was ever told of it
        if unfinished in stored(layout):
            layout.snapshot(unfinished).rename(layout.work / unfinished)
            remove(layout.work / unfinished)
        layout.publishing.unlink(missing_ok=True)

    def _after(self, draft: Draft, keep: int) -> None:
        """What follows publication; it must not fail a rebuild that is already in service."""
        draft.notices += retain(self._layout, keep)
        try:
            for folder in sorted(self._layout.partials.iterdir()):
                if folder.name not in self._keys:
                    remove(folder)
        except OSError as error:
            draft.notices.append(f"partials no longer used stay in {self._layout.partials}: {error.strerror}")
