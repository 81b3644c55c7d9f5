"""The keys that seal a bundle: Ed25519 (RFC 8032) in PEM, as openssl reads and writes them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from linkage.errors import UsageError
from linkage.evidence.files import fresh, refusals

PRIVATE: Final = "linkage.key"
PUBLIC: Final = "linkage.pub"
#: no key is longer
_MOST: Final = 10_000


def make_keys(folder: Path) -> tuple[Path, Path]:
    """A new pair in `folder`: linkage.key (mode 600) and linkage.pub. Keys that are there are never replaced.

    Raises UsageError: the folder has one of them already; Unavailable: it cannot be written.
    """
    private, public = folder / PRIVATE, folder / PUBLIC
    key = Ed25519PrivateKey.generate()
    with refusals(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in (private, public):
            if path.exists() or path.is_symlink():
                raise UsageError(f"{path} is there already, and bundles may rest on it; name another folder")
        with fresh(private) as file:
            file.write(
                key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            )
        with fresh(public, 0o644) as file:
            file.write(public_pem(key.public_key()))
    return private, public


def read_private(path: Path) -> Ed25519PrivateKey:
    """The key to sign with. Raises UsageError: the file cannot be read or is no such key."""
    content = _content(path)
    try:
        key = serialization.load_pem_private_key(content, password=None)
    except TypeError:
        raise UsageError(f"{path}: the key has a passphrase; give one without ('linkage keygen DIR' makes one)") from None
    except (ValueError, UnsupportedAlgorithm):
        raise UsageError(f"{path}: holds no private key in PEM; 'linkage keygen DIR' makes one") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{path}: holds a key of another kind than Ed25519; 'linkage keygen DIR' makes one")
    return key


def read_public(path: Path) -> Ed25519PublicKey:
    """The key to check with. Raises UsageError: the file cannot be read or is no such key."""
    content = _content(path)
    if b"PRIVATE KEY" in content:
        raise UsageError(f"{path}: holds a private key; check with the public one, {PUBLIC}, and keep this one to yourself")
    try:
        return parse_public(content)
    except ValueError:
        raise UsageError(f"{path}: holds no Ed25519 public key in PEM; ask the signer for {PUBLIC}") from None


def parse_public(content: bytes) -> Ed25519PublicKey:
    """A public key from its PEM. Raises ValueError."""
    try:
        key = serialization.load_pem_public_key(content)
    except UnsupportedAlgorithm as error:
        raise ValueError(str(error)) from None
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("not Ed25519")
    return key


def public_pem(key: Ed25519PublicKey) -> bytes:
    """A public key as PEM (SubjectPublicKeyInfo)."""
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def fingerprint(key: Ed25519PublicKey) -> str:
    """SHA-256 (hex) of the key's DER form: what `openssl pkey -pubin -outform DER | sha256sum` prints."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or type(error).__name__}; name a key that can be read") from None
