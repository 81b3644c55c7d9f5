"""First paid with cards of the same issuer range within the same hour."""

from linkage.sightings.derivation import Derivation

DERIVATION = Derivation(
    kind="bin_window",
    rows="""
        SELECT account_id, value || ' ' || strftime(first_seen, '%Y-%m-%d %Hh') AS value, n, first_seen, last_seen,
               source_file, source_record
        FROM SIGHTINGS WHERE kind = 'bin' AND first_seen IS NOT NULL
    """,
    sentence=(__doc__ or "").strip(),
)
