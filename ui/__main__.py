"""Serves the pages: `python -m ui --port 8501`, on the loopback address only. `linkage ui` starts it.

The server is Streamlit's, in this process. Settings come from .streamlit/config.toml beside this file and go in as
flags, which win over every other file and over the environment.
"""

from __future__ import annotations

import argparse
import http.client
import logging
import sys
import threading
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from streamlit import net_util
from streamlit.web import bootstrap

FOLDER: Final = Path(__file__).resolve().parent
ADDRESS: Final = "127.0.0.1"


def settings(port: int) -> dict[str, Any]:
    """Streamlit's settings by their full names (`server.address`)."""
    given = tomllib.loads((FOLDER / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    return {**dict(_named("", given)), "server.address": ADDRESS, "server.port": port, "logger.hideWelcomeMessage": True}


def _named(prefix: str, values: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _named(f"{prefix}{name}.", value)
        else:
            yield f"{prefix}{name}", value


def serve(port: int) -> None:
    """Serve until a signal ends it."""
    # Streamlit asks an address on the internet which address this machine has there when a page of another origin
    # knocks. Nothing here may leave the machine; a foreign origin is refused without that.
    net_util.get_external_ip = net_util.get_internal_ip = lambda: None
    flags = settings(port)
    bootstrap.load_config_options(flags)
    threading.Thread(target=_announce, args=(port,), daemon=True).start()
    bootstrap.run(str(FOLDER / "app.py"), False, [], flags)


def _announce(port: int) -> None:
    """Say the address as soon as the server answers on it."""
    while True:
        connection = http.client.HTTPConnection(ADDRESS, port, timeout=1)
        try:
            connection.request("GET", "/_stcore/health")
            if connection.getresponse().status == http.HTTPStatus.OK:
                break
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.05)
    sys.stdout.write(f"Linkage is at http://{ADDRESS}:{port}/ (Ctrl+C ends it)\n")
    sys.stdout.flush()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m ui", description="Serve the investigators' pages on the loopback address.")
    parser.add_argument("--port", type=int, default=8501, help="port on 127.0.0.1")
    logging.captureWarnings(True)
    serve(parser.parse_args().port)


if __name__ == "__main__":
    main()
