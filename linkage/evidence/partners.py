"""A partner's key for pseudonyms: kept in the store, made when the partner is first named."""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import Final

from linkage.errors import StoreError, UsageError
from linkage.evidence.files import fresh, refusals
from linkage.evidence.redact import Pseudonyms

FOLDER: Final = "partners"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_KEY: Final = re.compile(rb"[0-9a-f]{64}\n")


def checked(partner: str) -> str:
    """The name itself, when it is a plain word. Raises UsageError otherwise, so that no name leads out of the store."""
    if not _NAME.fullmatch(partner):
        raise UsageError(f"partner {partner[:80]!r}: name it in at most 64 letters, digits, dots and dashes")
    return partner


def pseudonyms(store: Path, partner: str) -> Pseudonyms:
    """The pseudonyms of a partner, under STORE/partners/NAME.key (32 random bytes as hex, mode 600).

    Raises UsageError: a name that is no plain word; StoreError: the key cannot be made, or the file is none.
    """
    path = Path(store) / FOLDER / f"{checked(partner)}.key"
    with refusals(path):
        path.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            with fresh(path) as file:
                file.write(secrets.token_hex(32).encode() + b"\n")
        except FileExistsError:
            pass  # the key of earlier bundles: the same pseudonyms again
        content = path.read_bytes()
    if not _KEY.fullmatch(content):
        raise StoreError(f"{path}: is no partner key (64 hex digits); restore it from a backup, or the pseudonyms change")
    return Pseudonyms(partner, bytes.fromhex(content.decode().strip()))
