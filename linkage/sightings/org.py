"""Declared the same organisation."""

from linkage.sightings.signal import Signal

SIGNAL = Signal(
    kind="org",
    table="accounts",
    value="org_id",
    time="created_at",
    sentence=(__doc__ or "").strip(),
)
