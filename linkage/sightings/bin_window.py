"""First paid with cards of the same issuer range within the same hour."""

from linkage.sightings.derivation import HOUR, window

DERIVATION = window("bin_window", of="bin", moment=HOUR, sentence=(__doc__ or "").strip())
