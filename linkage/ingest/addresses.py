"""Addresses and address ranges in their one canonical text; only distinct texts that are not plain IPv4 cost Python."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable

import duckdb
import pyarrow as pa

from linkage.ingest.quoting import identifier

_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
#: RE2: dotted IPv4 as ipaddress writes it.
PLAIN = rf"({_OCTET}\.){{3}}{_OCTET}"
_PLAIN = re.compile(PLAIN)
_PADDING = " \t\r\n\xa0"
_BATCH = 100_000


def canonical_address(text: str) -> str | None:
    """Canonical text of an IP address (RFC 5952 for IPv6), or None.

    An IPv4-mapped IPv6 address is the IPv4 address: both name one host. A zone id names no host outside its link.
    """
    text = text.strip(_PADDING)
    if ":" not in text:
        return text if _PLAIN.fullmatch(text) else None
    # ten times as fast as ipaddress; texts that begin with '::' are where the two write an address differently
    try:
        quick = socket.inet_ntop(socket.AF_INET6, socket.inet_pton(socket.AF_INET6, text))
    except (OSError, ValueError):
        return None
    if not quick.startswith("::"):
        return quick
    address = ipaddress.IPv6Address(text)
    return str(address.ipv4_mapped or address)


def canonical_range(text: str) -> str | None:
    """Canonical text of an address range in CIDR notation, host bits cleared, or None."""
    try:
        return str(ipaddress.ip_network(text.strip(_PADDING), strict=False))
    except ValueError:
        return None


def lookup(con: duckdb.DuckDBPyConnection, column: str, text: str, relation: str, target: str) -> int:
    """Create table `target` (raw, canonical) of every distinct `text` in `relation` whose canonical text is another.

    `text` is SQL over `relation`; canonical is NULL where the text is no address. Returns the number of rows.
    """
    name = identifier(target)
    con.execute(f"CREATE OR REPLACE TABLE {name} (raw VARCHAR, canonical VARCHAR)")
    odd = f"AND NOT regexp_full_match({text}, '{PLAIN}')" if column == "ip" else ""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE ingest_odd AS SELECT DISTINCT {text} AS raw FROM {relation} WHERE {text} <> '' {odd}"
    )
    canonical: Callable[[str], str | None] = canonical_address if column == "ip" else canonical_range
    changed = start = 0
    while rows := con.execute("SELECT raw FROM ingest_odd WHERE rowid >= ? AND rowid < ?", [start, start + _BATCH]).fetchall():
        start += _BATCH
        pairs = [(raw, better) for (raw,) in rows if (better := canonical(raw)) != raw]
        if pairs:
            raws, betters = zip(*pairs, strict=True)
            batch = pa.table({"raw": pa.array(raws, pa.string()), "canonical": pa.array(betters, pa.string())})
            con.from_arrow(batch).insert_into(name)
            changed += len(pairs)
    con.execute("DROP TABLE ingest_odd")
    return changed
