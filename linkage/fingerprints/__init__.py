"""Prompt text to fingerprints: what one row says by itself, and the families that form from all rows."""

from linkage.fingerprints.families import form_families
from linkage.fingerprints.rows import fingerprint
from linkage.fingerprints.sample import families

__all__ = ["families", "fingerprint", "form_families"]
