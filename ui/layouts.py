"""What is done ahead of the pages while they are served, after each publication: what they ask first is read, and large clusters
are laid out by a process of low priority."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from linkage.errors import LinkageError
from linkage.store import current, open_snapshot
from linkage.views import missing

#: Seconds between looks at what is published.
_LOOK_EVERY = 5.0


class Layouts:
    """Looks, in a thread, whether the snapshot in service lacks layouts, and has them made.

    `renew` is called for each snapshot published after the first that was seen, before its layouts are made.
    """

    def __init__(self, store: Path, renew: Callable[[], None]) -> None:
        self._store = store
        self._renew = renew
        self._ending = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End, and with it what is being made."""
        self._ending.set()
        if self._process is not None:
            self._process.terminate()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        seen = None
        while not self._ending.wait(0.5 if seen is None else _LOOK_EVERY):
            # whatever is wrong with the store, the pages say it
            with contextlib.suppress(LinkageError, OSError):
                now = current(self._store)
                if now != seen:
                    if seen is not None:
                        self._renew()
                    self._make(now)
                    seen = now

    def _make(self, snapshot_id: str) -> None:
        with open_snapshot(self._store, snapshot_id) as snapshot:
            if not missing(self._store, snapshot):
                return
        command = [sys.executable, "-m", "linkage.views", str(self._store), snapshot_id]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as self._process:
            while self._process.poll() is None:
                if self._ending.wait(0.2):
                    self._process.terminate()
                    return
