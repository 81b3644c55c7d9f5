"""Texts in, families out: the whole way in one call, for tests, documents and measuring."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from linkage.config import Config
from linkage.fingerprints.forming import form_families
from linkage.fingerprints.rows import fingerprint


def families(
    texts: Sequence[str], owners: Sequence[str] | None = None, *, kind: str = "scaffold", config: Config | None = None
) -> list[str | None]:
    """What links each text's owner, or None; without `owners` each text is of an owner of its own.

    `kind` is scaffold, near_duplicate or prompt. Owners of one family have one label, and so have those of families
    that share an owner: the least value among them. The same code as in a rebuild.
    """
    import networkx as nx  # here, because no rebuild comes this way

    config = config or Config()
    owners = owners if owners is not None else [f"{place:09d}" for place in range(len(texts))]
    with duckdb.connect() as con:
        rows = pa.table(
            {
                "account_id": pa.array(owners, pa.string()),
                "ts": pa.array([0] * len(texts), pa.timestamp("us")),
                "prompt": pa.array(texts, pa.string()),
                "system_prompt": pa.nulls(len(texts), pa.string()),
                "record": pa.array(range(1, len(texts) + 1), pa.int64()),
            }
        )
        con.register("texts", rows)
        fingerprint(con, source="texts", target="sketches", config=config)
        con.execute("CREATE VIEW merged AS SELECT * EXCLUDE (record), '' AS source_file, record AS source_record FROM sketches")
        form_families(con, sightings="merged", target="families", fingerprints="fingerprints", config=config)
        held = con.execute("SELECT account_id, value FROM families WHERE kind = ?", [kind]).fetchall()
    graph: nx.Graph[tuple[str, str]] = nx.Graph()
    graph.add_edges_from((("owner", owner), ("value", value)) for owner, value in held)
    found: dict[str, str] = {}
    for part in nx.connected_components(graph):
        label = min(name for side, name in part if side == "value")
        found.update((name, label) for side, name in part if side == "owner")
    return [found.get(owner) for owner in owners]
