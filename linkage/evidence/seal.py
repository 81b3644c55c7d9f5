"""The seal: an Ed25519 signature over the SHA-256 tag manifest, which covers every other file through its digests.

It lies beside the bag's tag files as 64 raw bytes, so that plain openssl checks it; the signer's public key lies with it
for reference, and proves nothing by itself: whoever forges a bundle can put a key of their own there.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIGNED: Final = "tagmanifest-sha256.txt"
SIGNATURE: Final = "tagmanifest-sha256.txt.sig"
SIGNER: Final = "signer.pub"


def sign(key: Ed25519PrivateKey, content: bytes) -> bytes:
    """The signature over the tag manifest."""
    return key.sign(content)


def holds(key: Ed25519PublicKey, signature: bytes, content: bytes) -> bool:
    """Whether this key signed this tag manifest."""
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True
