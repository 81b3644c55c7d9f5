"""Sent requests from the same address."""

from linkage.sightings.signal import Signal

SIGNAL = Signal(
    kind="ip",
    table="requests",
    value="ip",
    time="ts",
    sentence=(__doc__ or "").strip(),
)
