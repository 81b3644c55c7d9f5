"""Becomes the server of the investigators' pages: a package of their own, which `linkage` never imports."""

from __future__ import annotations

import importlib.util
import os
import socket
import sys
from pathlib import Path
from typing import Final, NoReturn

import linkage
from linkage.errors import Unavailable, UsageError
from linkage.store import current

HOST: Final = "127.0.0.1"
#: What the extra `ui` brings.
_NEEDED: Final = ("streamlit", "plotly")


def serve(store: Path, port: int) -> NoReturn:
    """Serve the pages over `store` until the process is interrupted or terminated; the pages say their address.

    The server takes this process over, so that a signal meant for the command reaches it and nothing is left behind.
    Raises UsageError: the extra `ui` is not installed; Unavailable: the port is taken or refused; StoreError: there is
    no snapshot to show.
    """
    folder = Path(linkage.__file__).resolve().parent.parent / "ui"
    if any(importlib.util.find_spec(name) is None for name in _NEEDED) or not (folder / "app.py").is_file():
        raise UsageError("linkage ui: the pages are not installed; run: pip install 'account-linkage[ui]'")
    current(store)
    _require_free(port)
    # The folder that holds both packages goes first, lest another package called ui is taken for ours; for the same
    # reason -P leaves out the folder one happens to stand in.
    path = os.pathsep.join(filter(None, [str(folder.parent), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "LINKAGE_STORE": str(store.resolve()), "PYTHONPATH": path}
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, [sys.executable, "-P", "-m", "ui", "--port", str(port)], environment)


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        # As a server does: a port that a finished connection still lingers on is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise Unavailable(f"linkage ui: port {port}: {error.strerror}; name another with --port") from None
