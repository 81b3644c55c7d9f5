"""Runs the investigators' page as a process of its own, on loopback only."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

import linkage
from linkage.errors import Unavailable, UsageError
from linkage.store import current

HOST: Final = "127.0.0.1"
_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 10.0


def serve(store: Path, port: int, *, ready: Callable[[str], None]) -> None:
    """Serve the pages over `store` until the process is interrupted or terminated; `ready` is told the address.

    Raises UsageError: the extra `ui` is not installed; Unavailable: the port is taken, or the page does not start;
    StoreError: there is no snapshot to show.
    """
    app = Path(linkage.__file__).resolve().parent.parent / "ui" / "app.py"
    if importlib.util.find_spec("streamlit") is None or not app.is_file():
        raise UsageError("linkage ui: the page is not installed; run: pip install 'account-linkage[ui]'")
    current(store)
    _require_free(port)
    command = [
        *(sys.executable, "-m", "streamlit", "run", str(app), "--server.address", HOST, "--server.port", str(port)),
        *("--server.headless", "true", "--browser.gatherUsageStats", "false", "--server.fileWatcherType", "none"),
    ]
    search = [str(app.parent.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "LINKAGE_STORE": str(store.resolve()), "PYTHONPATH": os.pathsep.join(search)}
    # its own banner would say the address a second time; what goes wrong still comes on stderr
    with subprocess.Popen(command, cwd=app.parent, env=environment, stdout=subprocess.DEVNULL) as process, _stopping(process):
        _await(process, port)
        ready(f"http://{HOST}:{port}")
        sys.stdout.flush()
        status = process.wait()
    if status > 0:
        raise Unavailable(f"linkage ui: the page ended with status {status}; see its message above")


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        # As a server does: a port that a finished connection still lingers on is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise Unavailable(f"linkage ui: port {port}: {error.strerror}; name another with --port") from None


def _await(process: subprocess.Popen[bytes], port: int) -> None:
    """Until the page answers."""
    opener = build_opener(ProxyHandler({}))  # loopback, whatever proxy the environment names
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise Unavailable(f"linkage ui: the page did not start (status {process.returncode}); see its message above")
        try:
            with opener.open(f"http://{HOST}:{port}/_stcore/health", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise Unavailable(f"linkage ui: the page did not answer within {_START_SECONDS:.0f} s; try again")


@contextmanager
def _stopping(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """However the block ends, the page ends with it; an interrupt or SIGTERM is the ordinary way."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
