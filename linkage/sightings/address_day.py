"""Came to the same address for the first time on the same day."""

from linkage.sightings.derivation import Derivation

DERIVATION = Derivation(
    kind="address_day",
    rows="""
        SELECT account_id, value || ' ' || strftime(first_seen, '%Y-%m-%d') AS value, n, first_seen, last_seen,
               source_file, source_record
        FROM SIGHTINGS WHERE kind = 'ip' AND first_seen IS NOT NULL
    """,
    sentence=(__doc__ or "").strip(),
)
