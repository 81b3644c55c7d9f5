"""Starts the investigators' pages, which are a package of their own beside this one: `linkage` never imports them."""

from __future__ import annotations

import errno
import importlib.util
import os
import socket
import sys
from pathlib import Path
from typing import Final, NoReturn

from linkage.errors import ServerError, Unavailable

ADDRESS: Final = "127.0.0.1"
#: The packages that the extra `ui` brings.
_NEEDED: Final = ("streamlit", "plotly")


def serve(store: Path, *, port: int) -> NoReturn:
    """Become the server of the pages over a store; a missing store is no error, the pages wait for its first snapshot.

    Raises Unavailable: the pages or the packages they need are not installed; ServerError: the port is taken or refused.
    """
    folder = pages()
    _check_port(port)
    # The folder that holds `linkage` and `ui` goes first, so that a package of the same name elsewhere is not taken.
    path = os.pathsep.join(part for part in (str(folder.parent), os.environ.get("PYTHONPATH", "")) if part)
    environment = {**os.environ, "PYTHONPATH": path, "LINKAGE_STORE": str(store.absolute())}
    sys.stdout.flush()
    # -P: what lies in the folder one happens to stand in is not imported
    os.execve(sys.executable, [sys.executable, "-P", "-m", "ui", "--port", str(port)], environment)


def pages() -> Path:
    """The folder of the pages. Raises Unavailable: they, or what they need, are not installed."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    folder = Path(__file__).resolve().parent.parent / "ui"
    if missing or not (folder / "app.py").is_file():
        what = f"{' and '.join(missing)} not installed" if missing else f"no pages at {folder}"
        raise Unavailable(f"linkage ui: {what}; run pip install 'account-linkage[ui]'")
    return folder


def _check_port(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                what = "is in use; end what listens there, or give another with --port"
            else:
                what = f"cannot be used ({error.strerror}); give another with --port"
            raise ServerError(f"port {port} on {ADDRESS} {what}") from None
