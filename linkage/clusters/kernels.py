"""Judged by its kernel: what a cluster is like without those who are in it more loosely than the rest.

A cluster's figures are medians and shares over its core, so that an operator could sink below the threshold by letting accounts in
that look benign: each pays with a card of its and comes from an address of its, and is core by these two. FRAUDAR (Hooi, Song,
Beutel, Shah, Shin and Faloutsos, KDD 2016) takes the densest block instead of the whole, from which nobody who joins takes anything
away. So here: where a cluster is not flagged, those of its core that more kinds of evidence hold are judged by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import duckdb
import pyarrow as pa

#: name of the figure that says how many kinds of evidence hold the kernel that a cluster was judged by
KERNEL: Final = "kernel"
#: a core member is held by two kinds of evidence or more
_FIRST: Final = 3


def kernel_sizes(con: duckdb.DuckDBPyConnection, labels: Sequence[int], *, least: int) -> Iterator[int]:
    """Numbers of evidence families, ascending; while one is at hand, `people` is the kernels that so many hold, at least.

    Of each of the clusters `labels` the kernel is the core members with so many families, if they are `least` or more and half of
    the core or fewer: what more of it have, its figures tell of already. Afterwards `people` is what it was.
    """
    con.register("labels_arrow", pa.table({"label": pa.array(labels, pa.int64())}))
    con.execute(
        """
        CREATE OR REPLACE TEMP TABLE kernels AS
        WITH held AS (
            SELECT label, families, count(*) AS n, sum(count(*)) OVER (PARTITION BY label ORDER BY families DESC) AS above,
                   sum(count(*)) OVER (PARTITION BY label) AS core
            FROM cluster_members SEMI JOIN labels_arrow USING (label) WHERE core GROUP BY label, families
        )
        SELECT label, families FROM held WHERE families >= $first AND above BETWEEN $least AND core / 2
        """,
        {"first": _FIRST, "least": least},
    )
    con.unregister("labels_arrow")
    sizes = [int(row[0]) for row in con.execute("SELECT DISTINCT families FROM kernels ORDER BY ALL").fetchall()]
    con.execute("ALTER TABLE people RENAME TO whole_people")
    for families in sizes:
        con.execute(
            """
            CREATE OR REPLACE TABLE people AS
            SELECT p.* FROM whole_people AS p SEMI JOIN (SELECT label FROM kernels WHERE families = $families) AS k ON k.label = p.label
            SEMI JOIN (SELECT aid FROM cluster_members WHERE core) AS m ON m.aid = p.aid
            WHERE families >= $families
            """,
            {"families": families},
        )
        yield families
    con.execute("DROP TABLE IF EXISTS people")
    con.execute("ALTER TABLE whole_people RENAME TO people")


def narrow_core(con: duckdb.DuckDBPyConnection, taken: Mapping[int, int]) -> None:
    """Make those associates in `cluster_members` whom fewer kinds of evidence hold than the kernel of their cluster: label -> families."""
    labels = sorted(taken)
    given = {"label": pa.array(labels, pa.int64()), "least": pa.array([taken[label] for label in labels], pa.int64())}
    con.register("taken_arrow", pa.table(given))
    con.execute(
        """
        UPDATE cluster_members SET told = false, core = false FROM taken_arrow AS t
        WHERE t.label = cluster_members.label AND families < least
        """
    )
    con.unregister("taken_arrow")
