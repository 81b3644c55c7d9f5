"""Erasure: an account leaves the snapshots, the caches and the cases, and no later rebuild takes it in again.

STORE/erased/key       32 random bytes as hex, mode 600
STORE/erased/accounts  a keyed digest a line (HMAC-SHA256): by it ingest knows whom it leaves out, and nobody else does

`forgetting.forget` does it; the pipeline knows only who is left out. See docs/audit.md.
"""

from __future__ import annotations

from linkage.forget.erased import Erased, hide_erased, install

__all__ = ["Erased", "hide_erased", "install"]
