"""The partner level: pseudonyms under the partner's key, networks for addresses, days for times, no prompts, no e-mail.

A pseudonym is `ID-HEX`: the id of the partner's key, then the first 24 hex digits of HMAC-SHA256 (RFC 2104) under the
key over the UTF-8 text `KIND NUL VALUE`, KIND being `account` for an account id. One key gives one value one pseudonym
in all of a partner's bundles; bundles of different partners cannot be joined.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from linkage.config import Config
from linkage.evidence.gather import Material
from linkage.evidence.levels import CONTENTS, Level
from linkage.evidence.schemas import TABLES

#: Columns that say who or what in the provider's own words, and are nobody else's business.
_NOT_SHARED: Final = frozenset(
    {"email_domain", "country", "org_id", "plan", "status", "label", "attachment", "sample", "description", "source_path"}
)
_TIMES: Final = ("created_at", "first_seen", "last_seen")
_LEFT_OUT: Final = {
    "sightings": "sightings of e-mail domains",
    "links": "links through e-mail domains",
    "identifiers": "identifiers that are e-mail domains",
    "cut_links": "e-mail domains taken away in the cut-link test",
}
_KNOWN: Final = frozenset(Config().kinds) | frozenset(kind.family for kind in Config().kinds.values())


@dataclass(frozen=True)
class Pseudonyms:
    """Pseudonyms under one partner's key."""

    partner: str
    key: bytes

    @property
    def key_id(self) -> str:
        """Names the key without giving it away: the first eight hex digits of SHA-256 over a label and the key."""
        return hashlib.sha256(b"linkage partner key\0" + self.key).hexdigest()[:8]

    def of(self, kind: str, value: str) -> str:
        """The pseudonym of a value of a kind."""
        text = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
        return f"{self.key_id}-{hmac.new(self.key, text, hashlib.sha256).hexdigest()[:24]}"

    def kind(self, name: str) -> str:
        """A kind or family as it is, where the program knows it; one that the logs named gets a pseudonym."""
        return name if name in _KNOWN else self.of("kind", name)


def redact(material: Material, pseudonyms: Pseudonyms) -> Material:
    """The material of a partner bundle. It has the same tables and columns; the column `network` is added to identifiers."""
    made = replace(material, tables={name: material.tables[name] for name in CONTENTS[Level.partner].tables})
    for name in ("sightings", "links", "identifiers", "cut_links"):
        made = made.without(name, pc.match_substring(made.tables[name]["kind"], "mail", ignore_case=True), _LEFT_OUT[name])
    linked = _pairs(made.tables["links"], ("account_id", "kind", "value"))
    seen = _pairs(made.tables["sightings"], ("account_id", "kind", "value"))
    made = made.without("sightings", pc.invert(pc.is_in(seen, linked)), "sightings behind no link that counts")
    made = made.without("identifiers", pc.equal(made.tables["identifiers"]["linked"], 0), "identifiers that link nobody here")
    return replace(made, tables={name: _redacted(name, table, pseudonyms) for name, table in made.tables.items()})


def network(kind: str, value: str) -> str | None:
    """The /24 or /64 of an address or network, as `192.0.2/24` and `2001:db8:0:7::/64`; None for anything else.

    The last octet is left out, since the first address of a range is an address that somebody may have.
    """
    if kind not in ("ip", "network"):
        return None
    try:
        given = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return None
    bits = min(24 if given.version == 4 else 64, given.prefixlen)
    wide = ipaddress.ip_network((given.network_address, bits), strict=False)
    if wide.version == 4 and bits == 24:
        return str(wide.network_address).rpartition(".")[0] + "/24"
    return str(wide)


def _redacted(name: str, table: pa.Table, pseudonyms: Pseudonyms) -> pa.Table:
    columns: dict[str, pa.Array] = {}
    for column in TABLES[name].names:
        values = table[column].combine_chunks()
        if column in _NOT_SHARED:
            continue
        if column == "account_id":
            values = _each(values, lambda value: pseudonyms.of("account", value))
        elif column in ("kind", "family"):
            values = _each(values, pseudonyms.kind)
        elif column in _TIMES:
            values = pc.strftime(values, format="%Y-%m-%d")
        elif column == "value" and "kind" in TABLES[name].names:
            values = _values(table, pseudonyms.of)
        columns[column] = values
    if name == "identifiers":
        columns["network"] = _values(table, network)
    return pa.table(columns)


def _values(table: pa.Table, change: Callable[[str, str], str | None]) -> pa.Array:
    """`change` of each kind and value, called once for each pair."""
    kinds, values = table["kind"].to_pylist(), table["value"].to_pylist()
    known = {pair: change(*pair) for pair in set(zip(kinds, values, strict=True))}
    return pa.array([known[pair] for pair in zip(kinds, values, strict=True)], pa.string())


def _each(values: pa.Array, change: Callable[[str], str]) -> pa.Array:
    """`change` of each text, called once for each different one."""
    coded = values.dictionary_encode()
    changed = pa.array([change(value) for value in coded.dictionary.to_pylist()], pa.string())
    return changed.take(coded.indices)


def _pairs(table: pa.Table, columns: tuple[str, ...]) -> pa.Array:
    """A row's columns as one text that tells them apart."""
    parts = [pc.binary_join_element_wise(pc.utf8_length(table[c]).cast(pa.string()), table[c], ":") for c in columns]
    return pc.binary_join_element_wise(*parts, "|").combine_chunks()
