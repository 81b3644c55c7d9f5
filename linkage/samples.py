"""Redacted samples of what fingerprints stand for, where the configuration keeps them.

Part of the pipeline: text is read again from the request files once families have formed, so that nothing that is kept
between rebuilds holds any.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import duckdb

from linkage import fingerprints, ingest
from linkage.config import Config
from linkage.forget import hide_erased
from linkage.partials import Partial


def add_samples(con: duckdb.DuckDBPyConnection, parts: Sequence[Partial], *, config: Config, as_of: datetime) -> None:
    """Fill `sample` of table `fingerprints` for the families of table `families`, from the files that `parts` came of.

    Raises InputError: a file of requests can no longer be read.
    """
    by_digest = {reading.file.sha256: reading.file for part in parts if part.table == "requests" for reading in part.readings}

    def source(digest: str) -> str:
        ingest.read(con, by_digest[digest], as_of=as_of, target="sampled_rows", issues="sampled_issues")
        hide_erased(con, "sampled_rows", "sampled_kept")
        return "sampled_kept"

    fingerprints.sample_families(con, source=source, families="families", fingerprints="fingerprints", config=config)
