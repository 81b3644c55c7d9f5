"""Gave the same country."""

from linkage.sightings.signal import Signal

SIGNAL = Signal(
    kind="country",
    table="accounts",
    value="country",
    time="created_at",
    sentence=(__doc__ or "").strip(),
)
