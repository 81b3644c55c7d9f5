"""Signed up with e-mail addresses of the same domain."""

from linkage.sightings.signal import Signal

SIGNAL = Signal(
    kind="email_domain",
    table="accounts",
    value="email_domain",
    time="created_at",
    sentence=(__doc__ or "").strip(),
)
