"""Paid with cards of the same issuer range."""

from linkage.sightings.signal import Signal

SIGNAL = Signal(
    kind="bin",
    table="payments",
    value="bin",
    time="seen_at",
    sentence=(__doc__ or "").strip(),
)
