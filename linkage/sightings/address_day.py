"""Came to the same address for the first time on the same day."""

from linkage.sightings.derivation import window

DERIVATION = window("address_day", of="ip", moment="%Y-%m-%d", sentence=(__doc__ or "").strip())
