"""Named the same user agent."""

from linkage.sightings.signal import Signal

SIGNAL = Signal(
    kind="user_agent",
    table="requests",
    value="user_agent",
    time="ts",
    sentence=(__doc__ or "").strip(),
)
