"""The command `linkage`: a command parses, calls one library function and prints."""

from __future__ import annotations

from linkage.cli.entry import main

__all__ = ["main"]
