"""Linkage: graph-based account-linkage investigation."""

from __future__ import annotations

__version__ = "0.1.0"
