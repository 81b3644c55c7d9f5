"""Passed on the same end user of a reseller."""

from linkage.sightings.signal import Signal

SIGNAL = Signal(
    kind="end_user",
    table="requests",
    value="end_user_id",
    time="ts",
    sentence=(__doc__ or "").strip(),
)
