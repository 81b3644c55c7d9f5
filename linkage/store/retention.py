"""Which snapshots stay: the newest, the pinned, and those somebody is reading."""

from __future__ import annotations

import secrets

from linkage.store.catalogue import current_id, published
from linkage.store.files import remove, settle
from linkage.store.layout import Layout
from linkage.store.locking import unread
from linkage.store.manifest import NAME


def retain(layout: Layout, keep: int) -> list[str]:
    """Remove all but the newest `keep` snapshots, the current one, pinned ones and those being read.

    Under the builder's lock only. A line for each that should have gone and could not.
    """
    notices = []
    manifests = published(layout)
    kept = {manifest.id for manifest in manifests[-max(keep, 1) :]} | {current_id(layout)}
    for manifest in manifests:
        if manifest.id in kept:
            continue
        try:
            _remove_unread(layout, manifest.id)
        except OSError as error:
            notices.append(f"snapshot {manifest.id} is past its time and could not be removed: {error.strerror or error}")
    return notices


def _remove_unread(layout: Layout, snapshot: str) -> None:
    folder = layout.snapshot(snapshot)
    gone = layout.work / f"gone-{secrets.token_hex(8)}"
    with unread(folder / NAME) as free:
        # pinning holds the snapshot as a reader, so it is looked at once readers are kept out
        if not free or (layout.pins / snapshot).exists():
            return
        folder.rename(gone)  # at once: nobody finds half of it
        settle(layout.snapshots)
    remove(gone)
