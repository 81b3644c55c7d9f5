"""Redacted samples of fingerprint families, read again from the log where the configuration asks for them.

What a sample of a scaffold shows is what all its members sent: the words of shingles that it rests on, and an
ellipsis for the rest. Of a prompt that several accounts sent it shows the words, with what is masked left out.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa

from linkage.config import Config
from linkage.fingerprints.hashing import shingles
from linkage.fingerprints.public import Public, load_public
from linkage.fingerprints.rows import quoted
from linkage.fingerprints.sketch import WIDTH, encode, shingle_pieces
from linkage.fingerprints.text import HIDDEN, scan

#: Samples are cut from the first so many characters of a text.
_READ: Final = 8_192


def sample_families(
    con: duckdb.DuckDBPyConnection, *, source: Callable[[str], str], families: str, fingerprints: str, config: Config
) -> None:
    """Set `sample` of table `fingerprints` from the text of each family's earliest sighting.

    `source` makes the relation (record, prompt, system_prompt) of the file with a digest and tells its name; it is asked
    once for each file that is needed. `families` and `fingerprints` are the tables that `form_families` wrote, with
    `{fingerprints}_parts`. Does nothing where the configuration keeps no samples.

    Raises ConfigError: a public list cannot be read. What `source` raises passes through.
    """
    if not config.fingerprints.samples:
        return
    public = load_public(config.fingerprints.public_lists)
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE family_earliest AS
        SELECT kind, value, first(source_file ORDER BY first_seen, source_file, source_record) AS file,
               first(source_record ORDER BY first_seen, source_file, source_record) AS record
        FROM {quoted(families)} GROUP BY kind, value
        """
    )
    for (file,) in con.execute("SELECT DISTINCT file FROM family_earliest ORDER BY file").fetchall():
        con.execute("SET VARIABLE sample_file = ?", [file])
        rows = con.sql(
            f"""
            SELECT kind, value, left(CASE WHEN kind LIKE 'system%' THEN system_prompt ELSE prompt END, {_READ}) AS text, parts
            FROM family_earliest JOIN {quoted(source(file))} USING (record)
            LEFT JOIN (
                SELECT kind, value, list(shingle) AS parts FROM {quoted(fingerprints + "_parts")} GROUP BY kind, value
            ) USING (kind, value)
            WHERE file = getvariable('sample_file') ORDER BY kind, value
            """
        ).fetchall()
        _keep(con, rows, fingerprints=fingerprints, public=public, characters=config.fingerprints.sample_characters)
    con.execute("DROP TABLE family_earliest")


def _keep(
    con: duckdb.DuckDBPyConnection, rows: list[tuple[Any, ...]], *, fingerprints: str, public: Public, characters: int
) -> None:
    """Write samples of (kind, value, text, parts) into table `fingerprints`."""
    samples = [
        redact(text or "", None if parts is None else set(parts), public=public, characters=characters)
        for _, _, text, parts in rows
    ]
    names = {"kind": [row[0] for row in rows], "value": [row[1] for row in rows], "sample": samples}
    con.register("family_samples", pa.table({name: pa.array(cells, pa.string()) for name, cells in names.items()}))
    con.execute(
        f"UPDATE {quoted(fingerprints)} AS f SET sample = s.sample FROM family_samples AS s"
        " WHERE f.kind = s.kind AND f.value = s.value"
    )
    con.unregister("family_samples")


def redact(text: str, parts: Set[str] | None, *, public: Public, characters: int) -> str:
    """A text's normalised words, at most so many characters: all but masked ones, or those of the shingles in `parts`."""
    read = scan(pa.array([text]))
    spelled = read.spelled()
    if parts is not None:
        # shingles are of what is left without public text
        kept = np.delete(np.arange(len(spelled)), public.find(read.words))
        (grams,) = shingles(read.words.hashes[kept], WIDTH)
        known = [place for place, value in enumerate(encode(shingle_pieces(grams)).to_pylist()) if value in parts]
        shown = {int(kept[place + step]) for place in known for step in range(WIDTH)}
        spelled = [word if place in shown else HIDDEN for place, word in enumerate(spelled)]
    out = " ".join(word for place, word in enumerate(spelled) if word != HIDDEN or place == 0 or spelled[place - 1] != HIDDEN)
    return out if len(out) <= characters else out[: characters - 1].rstrip() + HIDDEN
