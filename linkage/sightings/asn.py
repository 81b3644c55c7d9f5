"""Sent requests through the same provider of servers, VPNs or proxies (autonomous system)."""

from linkage.sightings.derivation import EARLIEST, Derivation

DERIVATION = Derivation(
    kind="asn",
    rows=f"""
        SELECT account_id, 'AS' || asn AS value, sum(n)::BIGINT AS n, min(first_seen) AS first_seen, max(last_seen) AS last_seen, {EARLIEST}
        FROM SIGHTINGS AS s JOIN network_kinds USING (value)
        WHERE s.kind = 'network' AND hosted AND asn IS NOT NULL GROUP BY account_id, asn
    """,
    sentence=(__doc__ or "").strip(),
)
