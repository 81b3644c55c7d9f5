"""The command `linkage`: a command parses, calls one library function and prints."""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0 done, 1 the answer is no, 2 wrong usage or input, 3 cannot be done now."""
    try:
        # Loaded here: whoever interrupts a start that takes a moment sees one line as well.
        from linkage.cli.entry import main as enter
    except KeyboardInterrupt:
        sys.stderr.write("linkage: interrupted\n")
        raise SystemExit(130) from None
    enter(arguments)
