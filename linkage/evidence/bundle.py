"""Puts the payload of a bundle together, file by file, in a folder; every byte follows from snapshot, cluster and level."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from linkage.evidence.about import About
from linkage.evidence.bag import Digests, of_folder
from linkage.evidence.crate import NAME as CRATE
from linkage.evidence.crate import crate
from linkage.evidence.gather import Material, gather
from linkage.evidence.graph import write_graph
from linkage.evidence.levels import Level
from linkage.evidence.provenance import configuration_toml, provenance
from linkage.evidence.public import public
from linkage.evidence.recount import recount
from linkage.evidence.redact import Pseudonyms, redact
from linkage.evidence.report import certificate, public_report, report, statement
from linkage.evidence.schemas import MEANING
from linkage.evidence.stix import cidr, write_stix
from linkage.evidence.tables import write_table

if TYPE_CHECKING:
    from linkage.store import Snapshot

FORMAT: Final = 1


@dataclass(frozen=True)
class Payload:
    """What was written: the counts that the bundle tells, what of the cluster it leaves out, and the files' digests."""

    counts: dict[str, int]
    left_out: dict[str, int]
    sums: dict[str, Digests]


def write_payload(snapshot: Snapshot, about: About, root: Path, *, associates: bool, pseudonyms: Pseudonyms | None) -> Payload:
    """Write the payload of `about` into the empty folder `root`. Raises NotFound, StoreError as `gather` does."""
    whole = gather(snapshot, about.cluster_id, associates=associates or about.contents.associates)
    if about.level is Level.public:
        return _write_public(about, whole, root)
    material = whole if pseudonyms is None else redact(whole, pseudonyms)
    material = replace(material, tables={name: material.tables[name] for name in about.contents.tables})
    return _Writing(snapshot, about, material, root).write()


class _Writing:
    """A payload with tables."""

    def __init__(self, snapshot: Snapshot, about: About, material: Material, root: Path) -> None:
        self._snapshot, self._about, self._material, self._root = snapshot, about, material, root
        self._meanings: dict[str, str] = {}
        self._sums: dict[str, Digests] = {}

    def write(self) -> Payload:
        about, material = self._about, self._material
        counts = recount(lambda name, columns: material.cells(name, *columns), material.tables).counts
        (self._root / "tables").mkdir()
        for name, table in material.tables.items():
            for path in write_table(table, self._root / "tables", name):
                self._meanings[f"tables/{path}"] = f"a row is {MEANING[name]}"
        with self._file("graph.graphml", "accounts, identifiers that count and the links between them").open("xb") as file:
            write_graph(material, file)
        with self._file("stix.json", "the case as STIX 2.1").open("xb") as file:
            write_stix(about, material, file, withheld=_first_addresses(self._snapshot, material))
        told = provenance(self._snapshot, about, material)
        self._json("provenance.json", "source files, configuration, versions, and the commands that make it again", told)
        settings = configuration_toml(about.manifest.config) if about.level is Level.internal else None
        if settings is not None:
            self._page(
                "configuration.toml", "the configuration, as the command that makes it again takes it", settings.encode()
            )
        self._page("report.html", "the report that people read", report(about, material, counts, told))
        if about.contents.statement:
            draft = statement(about, material, counts)
            self._page("statement-of-reasons-draft.html", "a draft statement of reasons (EU DSA, Article 17)", draft)
        self._json("bundle.json", "what the bundle says of itself", _header(about, material, counts))
        # each file is read once for all who tell its digests
        self._sums = of_folder(self._root, sorted(self._meanings))
        if about.contents.certificate:
            draft = certificate(about, counts, [(f"data/{name}", self._sums[name].sha256) for name in sorted(self._sums)])
            self._page("certificate-draft.html", "a draft certificate of a qualified person (US FRE 902(13), (14))", draft)
        return Payload(counts, material.left_out, write_crate(about, self._root, self._meanings, self._sums))

    def _file(self, name: str, meaning: str) -> Path:
        self._meanings[name] = meaning
        return self._root / name

    def _page(self, name: str, meaning: str, content: bytes) -> None:
        self._file(name, meaning).write_bytes(content)

    def _json(self, name: str, meaning: str, value: Any) -> None:
        self._file(name, meaning).write_bytes(_encoded(value))


def write_crate(about: About, root: Path, meanings: Mapping[str, str], known: Mapping[str, Digests]) -> dict[str, Digests]:
    """Describe the payload's files, last of all; the digests of all, of which some are `known`."""
    sums = {**known, **of_folder(root, sorted(meanings.keys() - known.keys()))}
    (root / CRATE).write_bytes(_encoded(crate(about, sums, meanings)))
    return sums | of_folder(root, [CRATE])


def _write_public(about: About, whole: Material, root: Path) -> Payload:
    facts = public(whole)
    counts = {name: count for name, count in facts["counts"].items() if count is not None}
    meanings = {
        "public.json": "counts of ten and more",
        "report.html": "the same for people to read",
        "stix.json": "that there is a case, as STIX 2.1",
        "bundle.json": "what the bundle says of itself",
    }
    (root / "public.json").write_bytes(_encoded(facts))
    (root / "report.html").write_bytes(public_report(about, facts))
    with (root / "stix.json").open("xb") as file:
        write_stix(about, whole, file)
    (root / "bundle.json").write_bytes(_encoded(_header(about, None, counts)))
    return Payload(counts, {}, write_crate(about, root, meanings, {}))


def _header(about: About, material: Material | None, counts: Mapping[str, int]) -> dict[str, Any]:
    """bundle.json; the verifier reads it first."""
    header: dict[str, Any] = {
        "format": FORMAT, "level": str(about.level), "marking": f"TLP:{about.contents.marking.upper()}",
        "readers": about.contents.readers, "cluster_id": about.cluster_id, "snapshot_id": about.manifest.id,
        "as_of": about.manifest.as_of.isoformat(), "program": about.program, "attributed_to": about.attributed_to,
        "counts": dict(counts), "tables": {},
    }  # fmt: skip
    if material is None:
        return header
    summary, risk = material.summary, about.manifest.config.get("risk", {})
    partner = {"name": about.partner, "key_id": about.key_id, "pseudonym": "HMAC-SHA256 over KIND NUL VALUE, 24 hex digits"}
    return header | {
        "tables": {name: table.num_rows for name, table in material.tables.items()},
        "cluster": {
            "risk": summary.risk, "flagged": summary.flagged, "rank": summary.rank, "size": summary.size,
            "core": summary.core, "associates": summary.associates, "density": summary.density, "event": summary.event,
        },
        "risk": {
            "risk": summary.risk, "base": risk.get("base"), "threshold": risk.get("flagged"),
            "points": round(sum(reason.points for reason in summary.reasons), 6),
        },
        "left_out": material.left_out,
        "partner": partner if about.partner else None,
    }  # fmt: skip


def _first_addresses(snapshot: Snapshot, material: Material) -> frozenset[str]:
    """Networks whose first address somebody has: written as a range it would be that address to the letter."""
    if "network" not in material.tables["identifiers"].column_names:
        return frozenset()
    networks = {cidr(name) for name in material.tables["identifiers"]["network"].to_pylist() if name is not None}
    first = {str(network.network_address): str(network) for network in networks}
    found = snapshot.query(
        "SELECT DISTINCT value FROM sightings WHERE kind = 'ip' AND list_contains($first, value)", {"first": sorted(first)}
    )
    return frozenset(first[value] for value in found["value"].to_pylist())


def _encoded(value: Any) -> bytes:
    return json.dumps(value, indent=1, allow_nan=False).encode("ascii") + b"\n"
