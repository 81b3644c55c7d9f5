"""`python -m linkage.views STORE [SNAPSHOT]`: make the layouts of a snapshot's large clusters, ahead of who looks at them."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from linkage.errors import LinkageError
from linkage.store import open_snapshot
from linkage.views.kept import prepare


def main() -> None:
    """Read the command line and make what is missing."""
    if len(sys.argv) not in (2, 3):
        sys.stderr.write("usage: python -m linkage.views STORE [SNAPSHOT]\n")
        raise SystemExit(2)
    store = Path(sys.argv[1])
    # nobody waits for it: whoever works at the machine comes first
    with contextlib.suppress(OSError, AttributeError):
        os.nice(10)
    try:
        with open_snapshot(store, sys.argv[2] if len(sys.argv) == 3 else None) as snapshot:
            made = prepare(store, snapshot, say=_say)
    except LinkageError as error:
        sys.stderr.write(f"layouts: {error}\n")
        raise SystemExit(3) from None
    except OSError as error:
        sys.stderr.write(f"layouts: {error.filename or store}: {error.strerror}; free some space or check the rights\n")
        raise SystemExit(3) from None
    _say(f"{made} layouts made")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
