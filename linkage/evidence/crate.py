"""ro-crate-metadata.json: the payload described file by file (RO-Crate 1.3), and how it came about."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from linkage.evidence.about import About
from linkage.evidence.bag import Digests

NAME: Final = "ro-crate-metadata.json"
_MEDIA: Final = {
    ".html": "text/html", ".json": "application/json", ".jsonl": "application/jsonl", ".csv": "text/csv",
    ".toml": "application/toml", ".parquet": "application/vnd.apache.parquet", ".graphml": "application/graphml+xml",
}  # fmt: skip


def crate(about: About, sums: Mapping[str, Digests], meanings: Mapping[str, str]) -> dict[str, Any]:
    """The metadata of files, whose paths in the payload are the keys of `meanings`."""
    folders = sorted({path.rpartition("/")[0] + "/" for path in meanings if "/" in path})
    files = [_file(path, sums[path], meaning) for path, meaning in sorted(meanings.items())]
    sources = [
        {
            "@id": f"#source-{file.sha256}", "@type": "CreativeWork", "name": f"source file of table {file.table}",
            "identifier": f"sha256:{file.sha256}",
        }
        for file in {file.sha256: file for file in about.manifest.inputs}.values()
    ]  # fmt: skip
    parts = [{"@id": entity["@id"]} for entity in files if "/" not in entity["@id"]] + [{"@id": name} for name in folders]
    return {
        "@context": "https://w3id.org/ro/crate/1.3/context",
        "@graph": [
            {
                "@id": NAME, "@type": "CreativeWork", "about": {"@id": "./"},
                "conformsTo": {"@id": "https://w3id.org/ro/crate/1.3"},
            },
            {
                "@id": "./", "@type": "Dataset", "name": f"Evidence about cluster {about.cluster_id}, level {about.level}",
                "description": f"What snapshot {about.manifest.id} says of cluster {about.cluster_id}. {about.contents.readers}",
                "datePublished": about.as_of.strftime("%Y-%m-%d"), "license": {"@id": "#terms"},
                "identifier": f"{about.manifest.id}/{about.cluster_id}/{about.level}", "hasPart": parts,
                "mentions": {"@id": "#export"},
            },
            {
                "@id": "#terms", "@type": "CreativeWork", "name": f"TLP:{about.contents.marking.upper()}",
                "description": f"No licence is given. {about.contents.readers}",
            },
            {
                "@id": "#export", "@type": "CreateAction", "name": "export of a cluster as evidence",
                "instrument": {"@id": "#linkage"}, "object": [{"@id": source["@id"]} for source in sources],
                "result": [{"@id": entity["@id"]} for entity in files], "endTime": about.stamp(),
            },
            {
                "@id": "#linkage", "@type": "SoftwareApplication", "name": about.program,
                "softwareVersion": about.program.removeprefix("linkage "), "version": about.program.removeprefix("linkage "),
                "url": f"pkg:generic/account-linkage@{about.program.removeprefix('linkage ')}",
            },
            *[
                {
                    "@id": name, "@type": "Dataset", "name": name.rstrip("/"),
                    "description": "the tables, each in three forms with the same rows",
                    "hasPart": [{"@id": entity["@id"]} for entity in files if entity["@id"].startswith(name)],
                }
                for name in folders
            ],
            *files,
            *sources,
        ],
    }  # fmt: skip


def _file(path: str, sums: Digests, meaning: str) -> dict[str, Any]:
    return {
        "@id": path, "@type": "File", "name": path.rpartition("/")[2], "description": meaning,
        "encodingFormat": _MEDIA[PurePosixPath(path).suffix], "contentSize": str(sums.size), "sha256": sums.sha256,
    }  # fmt: skip
