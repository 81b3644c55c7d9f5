"""What the provider knows of the networks that accounts came from: hosting, residential, mobile and so on.

networks_all, sightings --> network_kinds (value, kind, asn, hosted)
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from typing import Final

import duckdb
import pyarrow as pa

#: a network and a range are compared by so many of their first bits: all of an IPv4 address, half of an IPv6 one
_BITS: Final = 64
_OCTET: Final = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4: Final = rf"({_OCTET}\.){{3}}{_OCTET}/([12]?[0-9]|3[0-2])"


def find_network_kinds(con: duckdb.DuckDBPyConnection) -> None:
    """Write `network_kinds`: for each `network` that was seen, the kind and ASN of the narrowest known range that holds all of it.

    `hosted` says that the kind is one of what is rented by anyone, not of what people live or work behind.

    A network is looked up once by each length of range there is, so the work is linear in networks. What is no address
    range (sightings may hold any text) has no kind.
    """
    known = {}
    for cidr, kind, asn in con.execute(
        "SELECT cidr, min(kind), min(asn) FROM networks_all WHERE kind IS NOT NULL GROUP BY cidr ORDER BY cidr"
    ).fetchall():
        version, length, start = _parsed(cidr) or (0, _BITS + 1, 0)
        if length <= _BITS:
            known[version, length, start >> (_BITS - length)] = kind, asn
    ranges = sorted((*key, *told) for key, told in known.items())
    columns = {"version": pa.int32(), "length": pa.int32(), "key": pa.uint64(), "kind": pa.string(), "asn": pa.int64()}
    _register(con, "network_ranges", ranges, columns)
    seen: list[tuple[str, int, int]] = []
    if any(version == 6 for version, *_ in ranges):
        values = con.execute(
            "SELECT DISTINCT value FROM sightings WHERE kind = 'network' AND contains(value, ':') ORDER BY value"
        ).fetchall()
        seen = [(value, found[1], found[2]) for (value,) in values if (found := _parsed(value)) and found[0] == 6]
    _register(con, "networks6", seen, {"value": pa.string(), "length": pa.int32(), "number": pa.uint64()})
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE network_kinds AS
        WITH texts AS (
            SELECT DISTINCT value, string_split(value, '/') AS parts FROM sightings
            WHERE kind = 'network' AND regexp_full_match(value, '{_IPV4}')
        ),
        seen AS (
            SELECT value, 4 AS version, parts[2]::INTEGER AS length,
                   list_reduce([x::UBIGINT FOR x IN string_split(parts[1], '.')], lambda a, b: a * 256 + b) << 32 AS number
            FROM texts
            UNION ALL SELECT value, 6, length, number FROM networks6
        ),
        tried AS (
            SELECT value, version, l.length, CASE WHEN l.length = 0 THEN 0 ELSE number >> ({_BITS} - l.length) END AS key
            FROM seen JOIN (SELECT DISTINCT version, length FROM network_ranges) AS l USING (version)
            WHERE l.length <= seen.length
        )
        SELECT value, arg_max(kind, length) AS kind, arg_max_null(asn, length) AS asn,
               lower(arg_max(kind, length)) IN ('hosting', 'vpn', 'datacenter', 'proxy', 'tor') AS hosted
        FROM tried JOIN network_ranges USING (version, length, key) GROUP BY value
        """
    )
    con.unregister("networks6")
    con.unregister("network_ranges")


def _parsed(text: str) -> tuple[int, int, int] | None:
    """Version, length and the first 64 bits of an address range; IPv6 in its usual form without ipaddress, which takes ten times as long."""
    base, _, bits = text.partition("/")
    if ":" in base and bits.isascii() and bits.isdigit() and len(bits) <= 3 and int(bits) <= 128:
        try:
            number = int.from_bytes(socket.inet_pton(socket.AF_INET6, base)[:8], "big")
        except (OSError, ValueError):
            pass
        else:
            host = max(0, 64 - int(bits))
            return 6, int(bits), number >> host << host
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    start = int(network.network_address)
    return network.version, network.prefixlen, start << 32 if network.version == 4 else start >> 64


def _register(
    con: duckdb.DuckDBPyConnection,
    name: str,
    rows: Sequence[tuple[object, ...]],
    types: dict[str, pa.DataType],
) -> None:
    columns = zip(*rows, strict=True) if rows else [()] * len(types)
    arrays = [pa.array(column, kind) for column, kind in zip(columns, types.values(), strict=True)]
    con.register(name, pa.table(arrays, names=list(types)))
