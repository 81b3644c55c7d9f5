"""The messy folder of fixtures/ingest, file by file, against what was written down by eye."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import duckdb

from linkage.ingest import discover, read
from tests.ingest.factory import AS_OF, accepted, listed

FIXTURES = Path(__file__).parents[2] / "fixtures" / "ingest"


def test_the_messy_folder_reads_as_written_down(con: duckdb.DuckDBPyConnection) -> None:
    found: dict[str, Any] = {}
    for file in discover(FIXTURES / "messy"):
        con.execute("DROP TABLE IF EXISTS set_aside")
        reading = read(con, file, as_of=AS_OF, target="rows")
        found[file.path] = {
            "rows": reading.rows,
            "set_aside": reading.set_aside,
            "nulled": reading.nulled,
            "notices": list(reading.notices),
            "accepted": [{name: value for name, value in row.items() if value is not None} for row in accepted(con)],
            "faults": [list(fault) for fault in listed(con)],
        }
    text = json.dumps(found, indent=1, ensure_ascii=False, default=str) + "\n"
    if os.environ.get("LINKAGE_WRITE_FIXTURES"):
        (FIXTURES / "expected.json").write_text(text, encoding="utf-8")
    assert text == (FIXTURES / "expected.json").read_text(encoding="utf-8")
