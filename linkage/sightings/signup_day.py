"""Signed up on the same day."""

from linkage.sightings.signal import Signal

SIGNAL = Signal(
    kind="signup_day",
    table="accounts",
    value="strftime(created_at, '%Y-%m-%d')",
    time="created_at",
    sentence=(__doc__ or "").strip(),
)
