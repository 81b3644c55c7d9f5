"""Prompt text to fingerprints: what one row says by itself, and the families that form from all rows."""

from linkage.fingerprints.families import form_families
from linkage.fingerprints.labels import families
from linkage.fingerprints.redact import sample_families
from linkage.fingerprints.rows import fingerprint

__all__ = ["families", "fingerprint", "form_families", "sample_families"]
