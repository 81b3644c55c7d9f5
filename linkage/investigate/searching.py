"""Finds what an investigator types: an account, a cluster, an identifier's value, an address or a range of them."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any, Final

from linkage.investigate.records import Hit

if TYPE_CHECKING:
    from linkage.store import Snapshot

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: Kinds whose values are addresses or ranges of them.
_ADDRESS_KINDS: Final = ("ip", "network")
#: Addresses looked at in Python at most; a range that covers more is answered from its first ones.
_CANDIDATES: Final = 20_000
#: A part of a text is looked for from this many characters on; fewer would be in almost everything.
_PART: Final = 3


def search(snapshot: Snapshot, text: str, limit: int = 20) -> list[Hit]:
    """At most `limit` hits: what equals `text`, then addresses inside a CIDR range, then what begins with it or holds it.

    Identifiers on one account only are found by their whole value. Letter case matters only to what is equal.
    """
    text = text.strip()
    if not text or limit < 1:
        return []
    hits = _equal(snapshot, text, limit)
    network = _network(text)
    if network is not None and len(hits) < limit:
        hits += _inside(snapshot, network, limit)
    if len(hits) < limit:
        hits += _like(snapshot, text, limit)
    if not hits:
        hits = _on_one_account(snapshot, text, limit)
    unique: dict[tuple[str, str | None, str], Hit] = {}
    for hit in hits:
        unique.setdefault((hit.type, hit.kind, hit.value), hit)
    return list(unique.values())[:limit]


def _equal(snapshot: Snapshot, text: str, limit: int) -> list[Hit]:
    address = _canonical(text)
    found = snapshot.query(
        """
        SELECT 'cluster' AS type, NULL AS kind, cluster_id AS value, size AS accounts, cluster_id, flagged, 0 AS place
        FROM clusters WHERE cluster_id = $text
        UNION ALL
        SELECT 'account', NULL, account_id, 1, cluster_id, coalesce(flagged, false), 1 FROM accounts WHERE account_id = $text
        UNION ALL
        SELECT 'identifier', kind, value, accounts, NULL, false, 2 FROM identifiers WHERE value = $text OR value = $address
        ORDER BY place, accounts DESC, kind LIMIT $limit
        """,
        {"text": text, "address": address, "limit": limit},
    )
    return [_hit(row, "equal") for row in found.to_pylist()]


def _like(snapshot: Snapshot, text: str, limit: int) -> list[Hit]:
    """What begins with the text, then what holds it. Compared as plain text: no character of it is a pattern."""
    found = snapshot.query(
        """
        WITH named AS (
            SELECT 'cluster' AS type, NULL AS kind, cluster_id AS value, size AS accounts, cluster_id, flagged, 0 AS place
            FROM clusters
            UNION ALL
            SELECT 'account', NULL, account_id, 1, cluster_id, coalesce(flagged, false), 1 FROM accounts
            UNION ALL
            SELECT 'identifier', kind, value, accounts, NULL, false, 2 FROM identifiers
        ),
        matched AS (
            SELECT *, starts_with(lower(value), $text) AS begins FROM named
            WHERE starts_with(lower(value), $text) OR ($anywhere AND contains(lower(value), $text))
        )
        SELECT * FROM matched ORDER BY NOT begins, place, accounts DESC, value, kind LIMIT $limit
        """,
        {"text": text.lower(), "anywhere": len(text) >= _PART, "limit": limit},
    )
    return [_hit(row, "begins" if row["begins"] else "holds") for row in found.to_pylist()]


def _inside(snapshot: Snapshot, network: Network, limit: int) -> list[Hit]:
    """Addresses and networks inside a range, and networks around it; most accounts first."""
    found = snapshot.query(
        """
        SELECT 'identifier' AS type, kind, value, accounts, NULL AS cluster_id, false AS flagged FROM identifiers
        WHERE list_contains(?, kind) AND starts_with(value, ?) ORDER BY accounts DESC, kind, value LIMIT ?
        """,
        [list(_ADDRESS_KINDS), _common_text(network), _CANDIDATES],
    )
    hits = []
    for row in found.to_pylist():
        other = _network(row["value"])
        if other is not None and _overlap(network, other):
            hits.append(_hit(row, "inside"))
            if len(hits) == limit:
                break
    return hits


def _on_one_account(snapshot: Snapshot, text: str, limit: int) -> list[Hit]:
    # one value, since a scan for two costs twice as much; an address is stored in its canonical form alone
    found = snapshot.query(
        """
        SELECT 'identifier' AS type, kind, value, count(*) AS accounts, NULL AS cluster_id, false AS flagged
        FROM sightings WHERE value = ? GROUP BY kind, value ORDER BY kind LIMIT ?
        """,
        [_canonical(text), limit],
    )
    return [_hit(row, "equal") for row in found.to_pylist()]


def _hit(row: dict[str, Any], match: str) -> Hit:
    return Hit(
        type=row["type"],
        match=match,
        kind=row["kind"],
        value=row["value"],
        accounts=row["accounts"],
        cluster_id=row["cluster_id"],
        flagged=row["flagged"],
    )


def _network(text: str) -> Network | None:
    # an address with a scope (fe80::1%lo) is of one machine only, and its text is not taken back by ipaddress
    if "%" in text or ("/" not in text and "." not in text and ":" not in text):
        return None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _canonical(text: str) -> str:
    """An address or a range as the store writes it; any other text as it is."""
    network = _network(text)
    if network is None:
        return text
    return str(network) if "/" in text else str(network.network_address)


def _overlap(network: Network, other: Network) -> bool:
    return network.version == other.version and network.overlaps(other)


def _common_text(network: Network) -> str:
    """What the text of every address in the range begins with; empty where nothing can be said.

    Whole octets of IPv4; whole hextets of IPv6 up to the first zero, since the canonical form (RFC 5952) may fold
    zeros. A range shorter than a stored network (/24, /64) must not rule out the network around it.
    """
    if network.version == 4:
        octets = str(network.network_address).split(".")[: min(network.prefixlen, 24) // 8]
        return "".join(f"{octet}." for octet in octets)
    hextets = network.network_address.exploded.split(":")[: min(network.prefixlen, 64) // 16]
    texts = [hextet.lstrip("0") for hextet in hextets]
    whole = texts[: texts.index("")] if "" in texts else texts
    return "".join(f"{text}:" for text in whole)
