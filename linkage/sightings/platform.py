"""Came over the same platform."""

from linkage.sightings.signal import Signal

SIGNAL = Signal(
    kind="platform",
    table="requests",
    value="platform",
    time="ts",
    sentence=(__doc__ or "").strip(),
)
