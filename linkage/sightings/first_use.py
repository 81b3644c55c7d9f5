"""Sent their first requests within the same hour."""

from linkage.sightings.derivation import EARLIEST, HOUR, Derivation

#: requests without an address are left out: those with one are a third of the rows and tell the hour as well
DERIVATION = Derivation(
    kind="first_use",
    rows=f"""
        SELECT account_id, strftime(min(first_seen), '{HOUR}') AS value, 1::BIGINT AS n, min(first_seen) AS first_seen,
               min(first_seen) AS last_seen, {EARLIEST}
        FROM SIGHTINGS WHERE kind = 'ip' AND first_seen IS NOT NULL GROUP BY account_id
        -- what the first day of the logs shows is nobody's first use
        HAVING min(first_seen) >= (SELECT min(first_seen) + INTERVAL 1 DAY FROM SIGHTINGS WHERE kind = 'ip')
    """,
    sentence=(__doc__ or "").strip(),
)
