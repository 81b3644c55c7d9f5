"""`python -m ui --port 8501`: serves the pages on the loopback address only. `linkage ui` starts it."""

from __future__ import annotations

import argparse
import sys

from ui.server import ADDRESS, serve


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m ui", description="Serve the investigators' pages on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=8501, help="port on 127.0.0.1")
    port = parser.parse_args().port
    try:
        serve(port)
    except OSError as error:
        sys.stderr.write(f"linkage ui: port {port} on {ADDRESS}: {error.strerror}; give another with --port\n")
        raise SystemExit(3) from None


if __name__ == "__main__":
    main()
