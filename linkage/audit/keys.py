"""The key that signs checkpoints (Ed25519, RFC 8032): a file beside the database, never in it."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from linkage.errors import ReadOnlyStore, StoreError

#: The environment's name for another place of the key: one that who may write to the store cannot write to.
VARIABLE: Final = "LINKAGE_AUDIT_KEY"
FOLDER: Final = "audit"


def key_path(store: Path) -> Path:
    """Where the private key is."""
    given = os.environ.get(VARIABLE, "")
    return Path(given) if given else Path(store) / FOLDER / "audit.key"


def signing_key(store: Path) -> Ed25519PrivateKey:
    """The private key; made on first use, mode 600, with its public half in audit.pub beside it.

    Raises StoreError: the file is no key or is open to others; ReadOnlyStore: it cannot be made.
    """
    path = key_path(store)
    try:
        if not path.exists():
            _make(path)
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise StoreError(f"{path}: others may read the audit key; run: chmod 600 {path}")
        return _private(path.read_bytes(), path)
    except OSError as error:
        raise ReadOnlyStore(
            f"{path}: the audit key may not be read or made ({error.strerror or error}); give this user the right to"
        ) from None


def _private(content: bytes, path: Path) -> Ed25519PrivateKey:
    with suppress(ValueError, TypeError):
        key = serialization.load_pem_private_key(content, password=None)
        if isinstance(key, Ed25519PrivateKey):
            return key
    raise StoreError(f"{path}: is not an Ed25519 key in PEM without a password; restore it from a backup")


def _make(path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.parent.mkdir(mode=0o700, exist_ok=True)
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(private)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was first: its key is the key
            path.hardlink_to(aside)
            public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            path.with_suffix(".pub").write_bytes(public)
    finally:
        aside.unlink(missing_ok=True)


def public_hex(key: Ed25519PublicKey) -> str:
    """The 32 bytes of a public key as hex."""
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw).hex()


def signed_text(length: int, head: str) -> bytes:
    """What a checkpoint's signature covers."""
    return f"linkage audit checkpoint 1\n{length}\n{head}\n".encode()


def sign(key: Ed25519PrivateKey, length: int, head: str) -> str:
    """A checkpoint's signature, as hex."""
    return key.sign(signed_text(length, head)).hex()


def signature_holds(key: Ed25519PublicKey, length: int, head: str, signature: str) -> bool:
    """Whether a checkpoint was signed by this key."""
    try:
        key.verify(bytes.fromhex(signature), signed_text(length, head))
    except (InvalidSignature, ValueError):
        return False
    return True
