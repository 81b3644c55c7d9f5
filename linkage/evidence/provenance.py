"""provenance.json: what every link rests on, and how the same result is made again."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from linkage.config import Config
from linkage.config_toml import config_toml
from linkage.evidence.about import About
from linkage.evidence.gather import Material
from linkage.evidence.levels import Level

if TYPE_CHECKING:
    from linkage.store import Snapshot

#: Settings whose values an operator writes freely: identifiers of third parties, paths, perhaps a secret by mistake.
_WITHHELD: Final = (("allow", "identifiers"), ("fingerprints", "public_lists"))


def provenance(snapshot: Snapshot, about: About, material: Material) -> dict[str, Any]:
    """Sources, configuration, seed, versions, snapshot and the command."""
    made = about.manifest
    cited = Counter(material.tables["sightings"]["source_sha256"].to_pylist()) if "sightings" in material.tables else Counter()
    internal = about.level is Level.internal
    sources = [
        {
            **({"path": file.path} if internal else {}),
            "table": file.table, "sha256": file.sha256, "bytes": file.bytes, "records": file.rows,
            "set_aside": file.set_aside, "nulled": file.nulled, "cited": cited.pop(file.sha256, 0),
        }
        for file in made.inputs
        if internal or cited.get(file.sha256)
    ]  # fmt: skip
    return {
        "snapshot": {
            "id": made.id, "as_of": f"{made.as_of.isoformat()}", "created_at": made.created_at.isoformat(),
            "manifest_sha256": hashlib.sha256((Path(snapshot.path) / "manifest.json").read_bytes()).hexdigest(),
            "previous": made.previous,
            "tables": {file.path: file.sha256 for file in made.outputs},
        },
        "program": {
            "name": "linkage", "rebuilt_with": made.version, "exported_with": about.program, "engine": made.engine,
            "engine_version": made.engine_version, "algorithm": made.algorithm, "seed": made.seed,
        },
        "configuration_sha256": made.config_sha256,
        "configuration": _configuration(made.config) if internal else _of_risk(made.config),
        "sources": sources,
        "again": _again(about),
    }  # fmt: skip


def _configuration(config: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration, with the digest of what operators write freely in place of it."""
    shown = json.loads(json.dumps(config))
    for section, name in _WITHHELD:
        value = shown.get(section, {}).get(name)
        if value:
            text = json.dumps(value, sort_keys=True, separators=(",", ":"))
            shown[section][name] = {
                "withheld": "holds identifiers or paths that are not part of this case",
                "entries": sum(map(len, value.values())) if isinstance(value, dict) else len(value),
                "sha256": hashlib.sha256(text.encode()).hexdigest(),
            }
    known: dict[str, Any] = shown
    return known


def configuration_toml(config: Mapping[str, Any]) -> str | None:
    """The configuration as a file that `linkage rebuild --config` takes, what is withheld left empty.

    None where this version does not know all of it, or nothing is known of it.
    """
    if not config:
        return None
    shown = json.loads(json.dumps(config))
    lacking = []
    for section, name in _WITHHELD:
        if shown.get(section, {}).get(name):
            shown[section][name] = type(shown[section][name])()
            lacking.append(f"{section}.{name}")
    try:
        text = config_toml(Config.model_validate(shown))
    except ValidationError:
        return None
    head = f"# withheld here, see provenance.json: {', '.join(lacking)}\n" if lacking else ""
    return head + text


def _of_risk(config: Mapping[str, Any]) -> dict[str, Any]:
    return {"risk": config["risk"]} if "risk" in config else {}


def _again(about: About) -> dict[str, Any]:
    """The commands that make the same cluster and the same payload from the same files."""
    made = about.manifest
    as_of = made.as_of.replace(tzinfo=None).isoformat() + "Z"
    rebuild = ["linkage", "rebuild", "INPUT", "--store", "STORE", "--config", "CONFIG", "--as-of", as_of]
    export = ["linkage", "export", about.cluster_id, "--store", "STORE", "--out", "DIR", "--level", str(about.level)]
    partner = ["--partner", about.partner] if about.partner else []
    return {
        "commands": [shlex.join([*rebuild, "--algorithm", made.algorithm]), shlex.join([*export, *partner])],
        "where": "INPUT is a folder of the source files, CONFIG the configuration (configuration.toml where the bundle has "
        "one), STORE a folder that is not there yet",
        "compare": "the tables of the new snapshot have the SHA-256 digests of snapshot.tables, as long as the files of INPUT "
        "have their old names and the versions are the same; cluster ids carry over from earlier snapshots and are new where "
        "there were none",
        "continues": made.previous is not None,
    }
