"""Becomes the server of the investigators' pages: a package of their own, which `linkage` never imports."""

from __future__ import annotations

import importlib.util
import os
import socket
import sys
from pathlib import Path
from typing import Final, NoReturn

import linkage
from linkage.access.sign_in import FILE_VARIABLE, LOOPBACK, load_sign_in, require_may_listen
from linkage.errors import Unavailable, UsageError
from linkage.store import current

#: What the extra `ui` brings.
_NEEDED: Final = ("streamlit", "plotly")


def serve(store: Path, port: int, *, address: str = LOOPBACK[0], sign_in: Path | None = None) -> NoReturn:
    """Serve the pages over `store` until the process is interrupted or terminated; the pages say their address.

    `sign_in` is the file that says who can sign in; sign-in.toml of the store by default. The server takes this process
    over, so that a signal meant for the command reaches it and nothing is left behind.
    Raises UsageError: the extra `ui` (or `auth`) is not installed, or others could reach `address` without signing in;
    ConfigError: the settings of sign-in or roles; Unavailable: the port is taken or refused; StoreError: there is no
    snapshot to show.
    """
    folder = Path(linkage.__file__).resolve().parent.parent / "ui"
    if any(importlib.util.find_spec(name) is None for name in _NEEDED) or not (folder / "app.py").is_file():
        raise UsageError("linkage ui: the pages are not installed; run: pip install 'account-linkage[ui]'")
    settings = load_sign_in(store, sign_in)
    require_may_listen(store, address, settings)
    if settings is not None and importlib.util.find_spec("authlib") is None:
        raise UsageError("linkage ui: what signs people in is not installed; run: pip install 'account-linkage[ui,auth]'")
    current(store)
    _require_free(address, port)
    # Secrets of sign-in stay in their file or the environment: everybody on this machine sees the arguments of a process.
    # The folder that holds both packages goes first, lest another package called ui is taken for ours; for the same
    # reason -P leaves out the folder one happens to stand in.
    path = os.pathsep.join(filter(None, [str(folder.parent), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "LINKAGE_STORE": str(store.resolve()), "PYTHONPATH": path}
    if sign_in is not None:
        environment[FILE_VARIABLE] = str(sign_in.absolute())
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, [sys.executable, "-P", "-m", "ui", "--port", str(port), "--address", address], environment)


def _require_free(address: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        # As a server does: a port that a finished connection still lingers on is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            where = f"port {port}" if address in LOOPBACK else f"port {port} on {address}"
            raise Unavailable(f"linkage ui: {where}: {error.strerror}; name another with --port") from None
