"""How a snapshot does against the truth about its accounts: flags, clusters, campaigns, rings, look-alikes.

B-cubed: Bagga and Baldwin, "Algorithms for scoring coreference chains" (1998); for every account, the share of its
cluster that has its actor (precision) and the share of its actor's accounts in its cluster (recall), averaged.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import narwhals as nw
import pyarrow as pa
import pyarrow.parquet

from linkage.errors import InputError

#: a campaign is in one piece when this share of it is in one flagged cluster; a ring is found when this share is
#: flagged; a look-alike group is flagged whole when this share of it is
WHOLE: Final = 0.8
#: a flagged cluster that holds this many accounts of each of two actors is mixed; a ring of this many must be found
FEW: Final = 5


@dataclass(frozen=True)
class Campaign:
    """One actor that is no ring."""

    actor: str
    size: int
    flagged: int
    biggest_share: float  # of its accounts, in the flagged cluster that holds most of them
    one_piece: bool
    days: int | None = None  # from its first request until it was in one piece; only a replay knows


@dataclass(frozen=True)
class Ring:
    """One actor of kind 'ring'."""

    actor: str
    size: int
    flagged: int
    found: bool


@dataclass(frozen=True)
class LookAlike:
    """One group of innocents that share something for a reason of their own."""

    kind: str
    group: str
    size: int
    flagged: int
    share: float
    whole: bool


@dataclass(frozen=True)
class Kind:
    """All look-alike groups of one kind, in sum."""

    kind: str
    groups: int
    accounts: int
    flagged: int
    whole: int  # groups flagged whole


@dataclass(frozen=True)
class Evaluation:
    """All figures. A share of nothing is None. `look_alikes` lists only the groups with a flagged account."""

    accounts: int
    guilty: int
    flagged: int
    unknown: int  # flagged accounts that the truth does not name; in none of the figures
    precision: float | None
    recall: float | None
    f1: float | None
    b_cubed_precision: float | None
    b_cubed_recall: float | None
    b_cubed_f1: float | None
    innocents_flagged: float | None
    mixed_clusters: int
    rings: int
    rings_found: int
    rings_of_five: int
    rings_of_five_found: int
    campaigns: tuple[Campaign, ...]
    ring_list: tuple[Ring, ...]
    look_alike_kinds: tuple[Kind, ...]
    look_alikes: tuple[LookAlike, ...]

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values, ready for JSON."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def read_truth(path: Path) -> Any:
    """A truth table from Parquet: account_id, actor ('' = innocent), kind, and group where there is one.

    Raises InputError: no such file, not Parquet, or a column is missing.
    """
    if not path.is_file():
        raise InputError(f"truth {path}: no such file; give the truth.parquet that belongs to the input")
    try:
        # read_table would bring pandas with it, a quarter of a second
        with pyarrow.parquet.ParquetFile(path) as file:
            return file.read()
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"truth {path}: not a readable Parquet file ({error}); write it again") from None


def evaluate(members: Any, truth: Any) -> Evaluation:
    """Compare `members` (account_id, cluster_id, role, risk, flagged) with `truth` (account_id, actor, kind[, group]).

    Both are tables of any eager kind that narwhals knows: Arrow, pandas, Polars. A flagged cluster is one with a flagged
    member; all its members count as in it, core or associate. B-cubed is over accounts with an actor, and one that is not
    flagged counts as alone. Linear in rows.

    Raises InputError: a column is missing, or an account has two rows.
    """
    members, truth = _arrow(members, "members"), _arrow(truth, "truth")
    _check(members, "members", ("account_id", "cluster_id", "flagged"))
    truth = check_truth(truth)
    con = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    try:
        con.execute("SET threads = 1")  # floating sums in one order
        con.register("members_in", members)
        con.register("truth_in", truth)
        con.execute(_JOINED)
        return _evaluate(con)
    finally:
        con.close()


def _arrow(frame: Any, name: str) -> Any:
    try:
        return nw.from_native(frame, eager_only=True).to_arrow()
    except TypeError:
        raise InputError(
            f"{name}: a {type(frame).__name__} is no table; give an Arrow table or a pandas or Polars frame"
        ) from None


def check_truth(truth: Any) -> Any:
    """A truth table with every column that is asked for. Raises InputError: one is missing, or an account has two rows."""
    _check(truth, "truth", ("account_id", "actor", "kind"))
    return truth if "group" in truth.column_names else truth.append_column("group", pa.repeat("", len(truth)))


_JOINED: Final = """
CREATE TABLE joined AS
SELECT t.account_id, coalesce(t.actor, '') AS actor, coalesce(t.kind, '') AS kind, coalesce(t."group", '') AS "group",
       coalesce(m.flagged, false) AS flagged, m.cluster_id AS cluster,
       m.cluster_id IN (SELECT cluster_id FROM members_in WHERE flagged) AS in_flagged
FROM truth_in t LEFT JOIN members_in m USING (account_id)
"""
_BCUBED: Final = """
WITH placed AS (
    SELECT actor, CASE WHEN flagged THEN cluster ELSE 'alone ' || account_id END AS cluster, flagged
    FROM joined WHERE actor <> ''
),
cell AS (SELECT cluster, flagged, actor, count(*) AS n FROM placed GROUP BY ALL),
total AS (
    SELECT n, sum(n) OVER (PARTITION BY cluster, flagged) AS in_cluster, sum(n) OVER (PARTITION BY actor) AS of_actor FROM cell
)
SELECT sum(n * n / in_cluster) / sum(n), sum(n * n / of_actor) / sum(n) FROM total
"""
_ACTORS: Final = """
WITH piece AS (
    SELECT actor, cluster, count(*) AS n FROM joined WHERE actor <> '' AND in_flagged GROUP BY ALL
),
biggest AS (SELECT actor, max(n) AS n FROM piece GROUP BY actor)
SELECT j.actor, bool_and(j.kind = 'ring') AS ring, count(*) AS size, count_if(j.flagged) AS flagged,
       coalesce(max(b.n), 0) AS most
FROM joined j LEFT JOIN biggest b USING (actor)
WHERE j.actor <> '' GROUP BY j.actor ORDER BY ring, size DESC, j.actor
"""
_MIXED: Final = """
WITH part AS (
    SELECT cluster, actor FROM joined WHERE in_flagged AND actor <> '' GROUP BY ALL HAVING count(*) >= ?
)
SELECT count(*) FROM (SELECT cluster FROM part GROUP BY cluster HAVING count(*) >= 2)
"""
_GROUPS: Final = """
SELECT kind, "group", count(*) AS size, count_if(flagged) AS flagged
FROM joined WHERE actor = '' AND "group" <> '' GROUP BY ALL ORDER BY kind, "group"
"""


def _evaluate(con: duckdb.DuckDBPyConnection) -> Evaluation:
    accounts, guilty, flagged, right = _row(
        con, "SELECT count(*), count_if(actor <> ''), count_if(flagged), count_if(flagged AND actor <> '') FROM joined"
    )
    (unknown,) = _row(con, "SELECT count(*) FROM members_in ANTI JOIN joined USING (account_id) WHERE members_in.flagged")
    (mixed,) = _row(con, _MIXED, [FEW])
    b_precision, b_recall = _row(con, _BCUBED)
    actors = con.execute(_ACTORS).fetchall()
    rings = tuple(Ring(actor, size, hit, hit >= WHOLE * size) for actor, ring, size, hit, _ in actors if ring)
    campaigns = tuple(
        Campaign(actor, size, hit, most / size, most >= WHOLE * size) for actor, ring, size, hit, most in actors if not ring
    )
    groups = [
        LookAlike(kind, group, size, hit, hit / size, hit >= WHOLE * size)
        for kind, group, size, hit in con.execute(_GROUPS).fetchall()
    ]
    kinds = tuple(_in_sum(kind, [group for group in groups if group.kind == kind]) for kind in sorted({g.kind for g in groups}))
    precision, recall = _share(right, flagged), _share(right, guilty)
    of_five = [ring for ring in rings if ring.size >= FEW]
    return Evaluation(
        accounts=accounts,
        guilty=guilty,
        flagged=flagged,
        unknown=unknown,
        precision=precision,
        recall=recall,
        f1=_f1(precision, recall),
        b_cubed_precision=b_precision,
        b_cubed_recall=b_recall,
        b_cubed_f1=_f1(b_precision, b_recall),
        innocents_flagged=_share(flagged - right, accounts - guilty),
        mixed_clusters=mixed,
        rings=len(rings),
        rings_found=sum(ring.found for ring in rings),
        rings_of_five=len(of_five),
        rings_of_five_found=sum(ring.found for ring in of_five),
        campaigns=campaigns,
        ring_list=rings,
        look_alike_kinds=kinds,
        look_alikes=tuple(sorted((g for g in groups if g.flagged), key=lambda g: (-g.share, -g.size, g.group))),
    )


def _in_sum(kind: str, groups: list[LookAlike]) -> Kind:
    return Kind(
        kind=kind,
        groups=len(groups),
        accounts=sum(group.size for group in groups),
        flagged=sum(group.flagged for group in groups),
        whole=sum(group.whole for group in groups),
    )


def _row(con: duckdb.DuckDBPyConnection, query: str, values: list[object] | None = None) -> tuple[Any, ...]:
    return con.execute(query, values or []).fetchone() or ()


def _check(table: Any, name: str, columns: tuple[str, ...]) -> None:
    for column in columns:
        if column not in table.column_names:
            raise InputError(f"{name}: column {column} is missing; it needs {', '.join(columns)}")
    ids = table.column("account_id")
    if len(ids.unique()) != len(ids):
        raise InputError(f"{name}: an account has more than one row; give each account_id once")


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _f1(precision: float | None, recall: float | None) -> float | None:
    if precision is None or recall is None:
        return None
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
