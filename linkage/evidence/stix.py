"""The case as STIX 2.1 (OASIS): accounts, addresses, what was observed, what follows, under a TLP marking.

One object a line. Identifiers are deterministic: those of observables by the standard's own rule (section 2.9, UUIDv5
over the contributing properties), the others from snapshot, cluster and level. There is no campaign before somebody
attributed the case to one.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Any, BinaryIO, Final
from uuid import UUID, uuid5

from linkage.evidence.about import About
from linkage.evidence.gather import Material
from linkage.evidence.levels import Level

_OBSERVABLES: Final = UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
#: the marking definitions that STIX 2.1 predefines for TLP 1.0 (section 7.2.1.4)
_TLP: Final = {
    "white": "613f2e26-407d-48c7-9eca-b8e91df99dc9",
    "amber": "f88d31f6-486f-44da-b317-01333bde0b82",
    "red": "5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
}
_MOST_INDICATORS: Final = 25
#: an address is worth watching for when this share of everybody on it is in the cluster
_OWN: Final = 0.8
_DISABLED: Final = frozenset({"suspended", "banned", "terminated", "closed"})

Object = dict[str, Any]


def write_stix(about: About, material: Material, file: BinaryIO, *, withheld: frozenset[str] = frozenset()) -> None:
    """Write the bundle of objects; networks of `withheld` (as CIDR) have none."""
    maker = _Maker(about, material, withheld)
    file.write(f'{{"type": "bundle", "id": "{maker.id("bundle", "all")}", "objects": [\n'.encode())
    lead = ""
    for made in maker.objects():
        file.write(f"{lead}{json.dumps(made)}".encode("ascii"))
        lead = ",\n"
    file.write(b"\n]}\n")


class _Maker:
    def __init__(self, about: About, material: Material, withheld: frozenset[str]) -> None:
        self._about, self._material, self._withheld = about, material, withheld
        case = f"{about.manifest.id}\0{about.cluster_id}\0{about.level}\0{about.key_id}\0"
        self._case = hashlib.sha256(case.encode("utf-8", "surrogatepass"))
        self._stamp = about.stamp()
        self._marking = f"marking-definition--{_TLP[about.contents.marking]}"
        self._owner = self.id("identity", "program")
        self._accounts: dict[str, str] = {}
        self._addresses: dict[str, str] = {}
        self._public = about.level is Level.public

    def id(self, kind: str, name: str) -> str:
        """The id of an object of ours."""
        told = self._case.copy()
        told.update(f"{kind}\0{name}".encode("utf-8", "surrogatepass"))
        # the standard would have random ids here (version 4); these are as good as random, and the same every time
        return f"{kind}--{UUID(bytes=told.digest()[:16], version=4)}"

    def objects(self) -> Iterator[Object]:
        """All of them, each after what it refers to."""
        yield {
            "type": "marking-definition", "spec_version": "2.1", "id": self._marking, "created": "2017-01-20T00:00:00.000Z",
            "definition_type": "tlp", "name": f"TLP:{self._about.contents.marking.upper()}",
            "definition": {"tlp": self._about.contents.marking},
        }  # fmt: skip
        yield self._object("identity", "program", name=self._about.program, identity_class="system", owned=False)
        # only ids are kept: a case has some hundred thousand objects
        inside: list[str] = []
        also: list[str] = []
        if not self._public:
            for made in chain(self._user_accounts(), self._ip_addresses()):
                yield made
                if made["type"] == "user-account":
                    inside.append(made["id"])
            for made in chain(self._relationships(), self._observations(), self._indicators()):
                yield made
                also.append(made["id"])
        grouping = self._object(
            "grouping", "cluster", name=f"Cluster {self._about.cluster_id}", context="suspicious-activity",
            description="Accounts that are linked through identifiers they share. Linked is not guilty: the reasons for and "
            "against are in the report.", object_refs=inside or [self._owner],
        )  # fmt: skip
        yield grouping
        for made in self._campaign(grouping["id"]):
            yield made
            also.append(made["id"])
        yield self._object(
            "report", "report", name=f"Evidence about cluster {self._about.cluster_id}", published=self._stamp,
            report_types=["observed-data"], description=self._told(), object_refs=[grouping["id"], *also],
        )  # fmt: skip

    def _user_accounts(self) -> Iterator[Object]:
        for row in self._material.rows("accounts"):
            contributing = {"user_id": row["account_id"]}
            made = self._observable("user-account", contributing)
            self._accounts[row["account_id"]] = made["id"]
            if isinstance(row["created_at"], datetime):
                made["account_created"] = _time(row["created_at"])
            if (row.get("status") or "").lower() in _DISABLED:
                made["is_disabled"] = True
            yield made

    def _ip_addresses(self) -> Iterator[Object]:
        known = {}
        for row in self._material.rows("identifiers"):
            address = _address(row) if row["kind"] == "ip" and row["linked"] else None
            if address is None or str(address) in self._withheld:
                continue
            value = str(address)
            made = self._observable(f"ipv{address.version}-addr", {"value": value})
            self._addresses[row["value"]] = made["id"]
            if value not in known:
                known[value] = made
                yield made

    def _relationships(self) -> Iterator[Object]:
        """For each identifier a star: the account with the heaviest link to it, and every other one on it.

        Linear in links, where pairs would not be; what a relationship says is true of its two ends.
        """
        on: dict[tuple[str, str], list[tuple[float, str]]] = {}
        for account, kind, value, weight in self._material.cells("links", "account_id", "kind", "value", "weight"):
            on.setdefault((kind, value), []).append((-weight, account))
        for (kind, value), links in on.items():
            (heaviest, first), *others = sorted(links)
            for less, other in others:
                weight = min(-heaviest, -less)
                yield self._object(
                    "relationship", f"{kind}\0{value}\0{other}", relationship_type="related-to",
                    source_ref=self._accounts[other], target_ref=self._accounts[first], confidence=round(100 * weight),
                    description=f"Both were seen with the same {kind}: {value}. The weaker of the two links weighs {weight:.2f}.",
                )  # fmt: skip

    def _observations(self) -> Iterator[Object]:
        columns = ("account_id", "kind", "value", "n", "first_seen", "last_seen")
        for account, kind, value, times, first, last in self._material.cells("links", *columns):
            if kind == "ip" and value in self._addresses and times:
                yield self._object(
                    "observed-data", f"{account}\0{value}", first_observed=_time(first), last_observed=_time(last),
                    number_observed=min(times, 999_999_999), object_refs=[self._accounts[account], self._addresses[value]],
                )  # fmt: skip

    def _indicators(self) -> Iterator[Object]:
        told: set[str] = set()
        for row in self._material.rows("identifiers"):
            own = row["linked"] >= 2 and row["inside"] >= _OWN * row["everywhere"]
            if row["value"] not in self._addresses or row["kind"] != "ip" or not own or row["first_seen"] is None:
                continue
            address = _address(row)
            if address is None or str(address) in told or len(told) >= _MOST_INDICATORS:
                continue
            told.add(str(address))
            compares = "=" if "/" not in str(address) else "ISSUBSET"
            yield self._object(
                "indicator", str(address), name=f"Address of cluster {self._about.cluster_id}",
                indicator_types=["anomalous-activity"], pattern=f"[ipv{address.version}-addr:value {compares} '{address}']",
                pattern_type="stix", valid_from=_time(row["first_seen"]), confidence=round(100 * row["strength"]),
                description=f"Seen on {row['everywhere']:,} accounts, {row['inside']:,} of them in the cluster.",
            )  # fmt: skip

    def _campaign(self, grouping: str) -> Iterator[Object]:
        if self._about.attributed_to is None:
            return
        made = self._object(
            "campaign", "attributed", name=self._about.attributed_to,
            description=f"A person attributed cluster {self._about.cluster_id} to it.",
        )  # fmt: skip
        yield made
        yield self._object(
            "relationship", "attributed", relationship_type="related-to", source_ref=grouping, target_ref=made["id"]
        )

    def _told(self) -> str:
        if self._public:
            return "Counts of ten and more; nothing about any single account."
        reasons = self._material.rows("reasons")
        lines = [f"{row['side']}: {row['sentence']} ({row['points_for'] - row['points_against']:+.2f})" for row in reasons]
        return "\n".join([f"Risk {self._material.summary.risk:.2f}, a sum of points and no probability.", *lines])

    def _object(self, kind: str, name: str, /, *, owned: bool = True, **properties: Any) -> Object:
        stamp = self._stamp
        made = {"type": kind, "spec_version": "2.1", "id": self.id(kind, name), "created": stamp, "modified": stamp}
        owner = {"created_by_ref": self._owner} if owned else {}
        return {**made, **owner, **properties, "object_marking_refs": [self._marking]}

    def _observable(self, kind: str, contributing: dict[str, str]) -> Object:
        told = json.dumps(contributing, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        made = {"type": kind, "spec_version": "2.1", "id": f"{kind}--{uuid5(_OBSERVABLES, told)}", **contributing}
        return {**made, "object_marking_refs": [self._marking]}


def _address(
    row: dict[str, Any],
) -> ipaddress.IPv4Address | ipaddress.IPv6Address | ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """The address of an identifier; at the partner level its network."""
    try:
        if "network" not in row:
            return ipaddress.ip_address(row["value"])
        return None if row["network"] is None else cidr(row["network"])
    except ValueError:
        return None


def cidr(network: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """A network in the notation of partner bundles, `192.0.2/24`, as one that programs read. Raises ValueError."""
    address, _, bits = network.partition("/")
    if ":" not in address:
        address += ".0" * (3 - address.count("."))
    return ipaddress.ip_network(f"{address}/{bits}")


def _time(moment: datetime | str) -> str:
    """A time as STIX writes it; a day of the partner level is its beginning."""
    if isinstance(moment, str):
        return f"{moment}T00:00:00.000Z"
    return f"{moment.strftime('%Y-%m-%dT%H:%M:%S')}.{moment.microsecond // 1000:03d}Z"
