"""Prompt text to fingerprints: what one row says by itself, and the families that form from all rows."""

from linkage.fingerprints.forming import form_families
from linkage.fingerprints.labels import families
from linkage.fingerprints.picking import pick_texts, still_picked
from linkage.fingerprints.redact import sample_families
from linkage.fingerprints.rows import fingerprint

__all__ = ["families", "fingerprint", "form_families", "pick_texts", "sample_families", "still_picked"]
