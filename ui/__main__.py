"""`python -m ui --port 8501`: serves the pages, on the loopback address unless people sign in. `linkage ui` starts it."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from linkage.access import load_sign_in
from linkage.access.sign_in import require_may_listen
from linkage.errors import LinkageError
from ui.server import ADDRESS, serve


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m ui", description="Serve the investigators' pages.")
    parser.add_argument("--port", type=int, default=8501, help="port to listen on")
    parser.add_argument("--address", default=ADDRESS, help="address to listen on; another than 127.0.0.1 takes sign-in")
    given = parser.parse_args()
    store = Path(os.environ.get("LINKAGE_STORE", ""))
    try:
        settings = load_sign_in(store)
        require_may_listen(store, given.address, settings)
        serve(given.port, given.address, settings)
    except LinkageError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(error.exit_code) from None
    except OSError as error:
        sys.stderr.write(f"linkage ui: port {given.port} on {given.address}: {error.strerror}; give another with --port\n")
        raise SystemExit(3) from None


if __name__ == "__main__":
    main()
