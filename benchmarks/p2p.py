"""What comes out of the real data of a payment platform (docs/p2p.md); prints Markdown.

    python benchmarks/p2p.py DATA/p2p

DATA/p2p holds input/ and truth.parquet (account_id, actor, kind). Stores are thrown away.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

import duckdb
from commands import REPOSITORY, run, table

#: who knows nothing of labels is judged on all of the truth; with half of them as labels, on the other half
_HALF = "md5_number_lower(account_id) % 2 = 0"
GROUPS = (
    ("all accounts", "true"),
    ("in a cluster", "cluster_id IS NOT NULL"),
    ("core members", "role = 'core'"),
    ("core, in clusters of four core members or more", "role = 'core' AND core >= 4"),
    ("associates", "role = 'associate'"),
    ("flagged", "flagged"),
    ("core, beside another core member known as fraud", "role = 'core' AND known_core > (guilty AND known)::INTEGER"),
    (
        "in a cluster, beside another account known as fraud",
        "cluster_id IS NOT NULL AND known_any > (guilty AND known)::INTEGER",
    ),
)


def rebuild(data: Path, scratch: Path, *, config: bool, labels: bool) -> duckdb.DuckDBPyConnection:
    """A connection with table `told`: a row an account, its cluster, and what the rebuild knew of it."""
    source, truth = data / "input", data / "truth.parquet"
    con = duckdb.connect()
    if labels:
        source = scratch / "input"
        shutil.copytree(data / "input", source)
        con.execute(
            f"""COPY (SELECT account_id, 'confirmed_fraud' AS label FROM read_parquet($truth)
            WHERE actor <> '' AND {_HALF} ORDER BY account_id) TO '{source / "labels.parquet"}'""",
            {"truth": str(truth)},
        )
    store = scratch / "store"
    options = ["--config", str(REPOSITORY / "docs" / "p2p.toml")] if config else []
    run("rebuild", source, "--store", store, *options)
    snapshot = store / "snapshots" / (store / "CURRENT").read_text().strip()
    con.execute(
        f"""
        CREATE TABLE told AS
        WITH joined AS (
            SELECT account_id, actor <> '' AS guilty, {_HALF if labels else "true"} AS known, cluster_id, role, core,
                   coalesce(m.flagged, false) AS flagged
            FROM read_parquet($truth) LEFT JOIN read_parquet($members) AS m USING (account_id)
            LEFT JOIN read_parquet($clusters) USING (cluster_id)
        )
        SELECT *, count(*) FILTER (WHERE guilty AND known AND role = 'core') OVER (PARTITION BY cluster_id) AS known_core,
               count(*) FILTER (WHERE guilty AND known) OVER (PARTITION BY cluster_id) AS known_any
        FROM joined
        """,
        {"truth": str(truth), "members": str(snapshot / "members.parquet"), "clusters": str(snapshot / "clusters.parquet")},
    )
    return con


def figures(con: duckdb.DuckDBPyConnection, *, labels: bool) -> list[list[str]]:
    """Rows of the table: group, accounts, of them fraud, rate, lift; the known half of the labels is left out."""
    judged = "NOT (guilty AND known)" if labels else "true"
    rows: list[list[str]] = []
    base = 0.0
    for name, where in GROUPS:
        found = con.execute(f"SELECT count(*), count(*) FILTER (WHERE guilty) FROM told WHERE {judged} AND {where}").fetchone()
        accounts, guilty = found or (0, 0)
        rate = guilty / accounts if accounts else 0.0
        base = base or rate
        shares = [f"{rate:.2%}", f"{rate / base:.1f}"] if accounts else ["-", "-"]
        rows.append([name, f"{accounts:,}", str(guilty), *shares])
    return rows


def main() -> None:
    """Parse, rebuild three times, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with input/ and truth.parquet")
    given = parser.parse_args()
    for title, config, labels in (
        ("Defaults", False, False),
        ("With docs/p2p.toml", True, False),
        ("With docs/p2p.toml, half of the fraud accounts as labels; judged on the other half", True, True),
    ):
        with tempfile.TemporaryDirectory(prefix="linkage-p2p-") as scratch:
            con = rebuild(given.data, Path(scratch), config=config, labels=labels)
        counted = con.execute("SELECT count(DISTINCT cluster_id), count(cluster_id), max(core) FROM told").fetchone()
        clusters, members, core = counted or (0, 0, 0)
        print(f"{title}: {clusters:,} clusters with {members:,} accounts, the largest core {core:,}\n")
        print(table(["group", "accounts", "fraud", "rate", "lift"], figures(con, labels=labels)), "\n")


if __name__ == "__main__":
    main()
