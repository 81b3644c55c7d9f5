"""Bundles of two worlds: a rebuilt one of 800 accounts, and a small one told by hand; zips taken apart and put together."""

from __future__ import annotations

import csv
import hashlib
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linkage.evidence import Exported, Level, export, make_keys

WHY = "a complaint of the account's owner"


@dataclass(frozen=True)
class Desk:
    """A store, the keys that seal what is exported from it, and a cluster of it."""

    store: Path
    private: Path
    public: Path
    cluster: str

    def export(self, out: Path, level: Level = Level.internal, cluster: str | None = None, **settings: Any) -> Exported:
        """Export the cluster, sealed."""
        given = {"key": self.private, "actor": "alex", "why": WHY, **settings}
        return export(self.store, self.cluster if cluster is None else cluster, out=out, level=level, **given)


def desk(store: Path, cluster: str, folder: Path) -> Desk:
    """A desk with new keys in `folder`."""
    private, public = make_keys(folder)
    return Desk(store, private, public, cluster)


def unzip(bundle: Path, out: Path) -> Path:
    """Unpack a bundle; its folder."""
    with zipfile.ZipFile(bundle) as zipped:
        zipped.extractall(out)
    (folder,) = out.iterdir()
    return folder


def files(folder: Path) -> list[Path]:
    """Every file of a folder, in the order of names."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def payload(bundle: Path) -> dict[str, str]:
    """SHA-256 of every payload file of a zip, by its name in data/."""
    with zipfile.ZipFile(bundle) as zipped:
        names = [name for name in zipped.namelist() if "/data/" in name]
        return {name.partition("/data/")[2]: hashlib.sha256(zipped.read(name)).hexdigest() for name in names}


def read(bundle: Path, name: str) -> bytes:
    """One file of a zip, by its name in the bundle."""
    with zipfile.ZipFile(bundle) as zipped:
        (found,) = [entry for entry in zipped.namelist() if entry.partition("/")[2] == name]
        return zipped.read(found)


def rows(bundle: Path, table: str) -> list[dict[str, Any]]:
    """A table of a zip, from JSON Lines."""
    return [json.loads(line) for line in read(bundle, f"data/tables/{table}.jsonl").splitlines()]


def cells(bundle: Path, table: str) -> list[list[str]]:
    """A table of a zip, from CSV, with its head."""
    return list(csv.reader(read(bundle, f"data/tables/{table}.csv").decode("utf-8").splitlines(keepends=True)))


def zip_of(path: Path, entries: Mapping[str, bytes], *, top: str = "bundle") -> Path:
    """A zip with these files, packed as anybody would."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, content in entries.items():
            zipped.writestr(f"{top}/{name}", content)
    return path
