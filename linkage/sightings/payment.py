"""Paid with the same payment method."""

from linkage.sightings.signal import Signal

SIGNAL = Signal(
    kind="payment",
    table="payments",
    value="payment_id",
    time="seen_at",
    sentence=(__doc__ or "").strip(),
)
