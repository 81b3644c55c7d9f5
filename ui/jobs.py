"""Exports that run while their page goes on, and the bundles that came of them: in STORE/exports, for the browser to fetch."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import streamlit as st

from linkage.access import Gate, Identity
from linkage.errors import LinkageError
from linkage.evidence import Exported, Level, Verdict, verify
from linkage.evidence.exporting import STEPS
from linkage.evidence.gated import export_through

FOLDER: Final = "exports"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,180}\.zip")


@dataclass(frozen=True)
class Job:
    """An export: `state` is waiting, running, done or failed; `said` is what it does or what came of it, in words.

    `share` is how far it is (0..1).
    """

    number: int
    cluster_id: str
    level: str
    who: str
    began: datetime
    state: str = "waiting"
    file: str | None = None
    sha256: str | None = None
    said: str = ""
    share: float = 0.0
    ended: datetime | None = None


@dataclass
class Jobs:
    """The jobs of this server, one at a time: an export reads much and is not in a hurry."""

    _jobs: dict[int, Job] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="export"))

    def all(self) -> list[Job]:
        """Every job, newest first."""
        with self._lock:
            return sorted(self._jobs.values(), key=lambda job: -job.number)

    def of(self, cluster_id: str) -> list[Job]:
        """The jobs of a cluster, newest first."""
        return [job for job in self.all() if job.cluster_id == cluster_id]

    def start(
        self,
        gate: Gate,
        who: Identity,
        store: Path,
        cluster_id: str,
        *,
        level: Level,
        why: str,
        snapshot: str,
        key: Path | None,
    ) -> Job:
        """Begin an export."""
        with self._lock:
            number = len(self._jobs) + 1
            job = self._jobs[number] = Job(number, cluster_id, str(level), who.name, datetime.now(UTC).replace(tzinfo=None))

        def tell(step: int, what: str) -> None:
            self._change(number, said=f"{what} ({step} of {STEPS})", share=(step - 1) / STEPS)

        def work() -> Exported:
            return export_through(
                gate, who, store, cluster_id, out=store / FOLDER, level=level, key=key, why=why or None, snapshot=snapshot,
                tell=tell,
            )  # fmt: skip

        self._pool.submit(self._run, number, work)
        return job

    def _run(self, number: int, work: Callable[[], Exported]) -> None:
        self._change(number, state="running")
        try:
            done = work()
            sealed = "sealed" if done.signed_by else "not signed"
            self._change(
                number, state="done", share=1.0, file=done.path.name, sha256=done.sha256, said=f"checked whole, {sealed}"
            )
        except LinkageError as error:
            self._change(number, state="failed", said=str(error))
        except Exception as error:  # nobody waits for the thread: what is not said here is never said
            self._change(number, state="failed", said=f"internal error: {type(error).__name__}; please report it")

    def _change(self, number: int, **values: Any) -> None:
        ended = datetime.now(UTC).replace(tzinfo=None) if values.get("state") in ("done", "failed") else None
        with self._lock:
            self._jobs[number] = replace(self._jobs[number], **values, ended=ended)


@st.cache_resource(show_spinner=False)
def jobs(store: str) -> Jobs:
    """The jobs of a store on this server."""
    return Jobs()


def bundles(store: Path) -> list[Path]:
    """The bundles that are there, newest first."""
    folder = store / FOLDER
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if _NAME.fullmatch(path.name) and path.is_file() and not path.is_symlink()]
    return sorted(found, key=lambda path: (-path.stat().st_mtime, path.name))


def bundle(store: Path, name: str) -> Path | None:
    """A bundle by its name; None where there is none, whatever the name is."""
    return next((path for path in bundles(store) if path.name == name), None)


def checked(path: Path) -> Verdict:
    """The check of a bundle."""
    return verify(path)


def signing_key(store: Path) -> Path | None:
    """The key with which exports of these pages are sealed: STORE/linkage.key, where there is one."""
    path = store / "linkage.key"
    return path if path.is_file() else None
