"""Sent requests from the same network (IPv4 /24, IPv6 /64)."""

from __future__ import annotations

import socket

import duckdb
import pyarrow as pa

from linkage.sightings.origin import origin, rest_of

SENTENCE = (__doc__ or "").strip()


def add_networks(con: duckdb.DuckDBPyConnection, target: str) -> None:
    """Derive `network` sightings in table `target` from its `ip` sightings; it holds those of one extraction.

    Only distinct IPv6 addresses pass through Python; an IPv4 network is cut from the text.
    """
    rows = con.execute(
        f"""SELECT DISTINCT value FROM "{target}" WHERE kind = 'ip' AND contains(value, ':') ORDER BY value"""
    ).fetchall()
    values = [row[0] for row in rows]
    networks = [_network(value) for value in values]
    con.register(
        "ipv6_networks",
        pa.table({"ip": pa.array(values, pa.string()), "network": pa.array(networks, pa.string())}),
    )
    con.execute(
        f"""
        INSERT INTO "{target}"
        SELECT account_id, 'network', coalesce(v6.network, regexp_replace(value, '[0-9]+$', '0/24')) AS network,
               sum(n)::BIGINT, min(first_seen), max(last_seen),
               {rest_of(f"min({origin('first_seen', 'record')})")}
        FROM "{target}" LEFT JOIN ipv6_networks AS v6 ON v6.ip = value
        WHERE kind = 'ip'
        GROUP BY ALL
        """
    )
    con.unregister("ipv6_networks")


def _network(address: str) -> str:
    """The /64 of an IPv6 address in canonical text; a tenth of the time that ipaddress takes."""
    return socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, address)[:8] + bytes(8)) + "/64"
