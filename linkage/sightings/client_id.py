"""Used a client with the same TLS or SDK fingerprint."""

from linkage.sightings.signal import Signal

SIGNAL = Signal(
    kind="client_id",
    table="requests",
    value="client_id",
    time="ts",
    sentence=(__doc__ or "").strip(),
)
