"""What a snapshot knows of one cluster, as tables: the material that every level is made from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from linkage.errors import StoreError
from linkage.evidence.recount import RISK_TOLERANCE, risk_of
from linkage.evidence.schemas import TABLES, of_rows
from linkage.evidence.tables import cells_of
from linkage.investigate import bridges, cluster, counter_evidence, cut_links

if TYPE_CHECKING:
    from linkage.investigate import ClusterDetail, ClusterSummary
    from linkage.store import Snapshot

#: identifiers taken away one by one in the cut-link test, and bridges told
_CUTS = 10
_BRIDGES = 10
_ALL = "(SELECT account_id FROM members WHERE cluster_id = $cluster)"
_CORE = "(SELECT account_id FROM members WHERE cluster_id = $cluster AND role = 'core')"


@dataclass(frozen=True)
class Material:
    """`summary` is the cluster as the snapshot tells it; `tables` have the columns of `schemas.TABLES`.

    `left_out` counts what of the cluster is not in it, by what it is and why.
    """

    summary: ClusterSummary
    tables: dict[str, pa.Table]
    left_out: dict[str, int] = field(default_factory=dict)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The rows of a table, none where it is left out."""
        table = self.tables.get(name)
        rows: list[dict[str, Any]] = table.to_pylist() if table is not None else []
        return rows

    def cells(self, name: str, *columns: str) -> Iterator[tuple[Any, ...]]:
        """The rows of some columns of a table, none where it is left out: for tables of a row an account or link."""
        table = self.tables.get(name)
        return iter(()) if table is None else cells_of(table, columns)

    def without(self, table: str, drop: pa.Array, why: str) -> Material:
        """The same without the rows of a table for which `drop` is true; `left_out` counts them."""
        whole = self.tables[table]
        kept = whole.filter(pc.invert(drop))
        gone = whole.num_rows - kept.num_rows
        left_out = self.left_out | ({why: self.left_out.get(why, 0) + gone} if gone else {})
        return replace(self, tables=self.tables | {table: kept}, left_out=left_out)


def gather(snapshot: Snapshot, cluster_id: str, *, associates: bool = True) -> Material:
    """Everything about a cluster, of all its members or of the core alone.

    Raises NotFound: no such cluster; StoreError: the snapshot contradicts itself.
    """
    detail = cluster(snapshot, cluster_id, identifiers=0, members=0)
    asked = _Asked(snapshot, _ALL if associates else _CORE, cluster_id)
    tables = {name: asked.table(name, sql) for name, sql in _QUERIES.items()}
    tables["reasons"] = _reasons(snapshot, detail.summary)
    tables["figures"] = asked.table("figures", "SELECT name, value FROM figures WHERE cluster_id = $cluster ORDER BY name")
    tables["lineage"] = of_rows("lineage", [vars(line) for line in detail.lineage])
    tables |= _against(snapshot, detail, {str(name) for name in tables["accounts"]["account_id"].to_pylist()})
    left = {} if associates or not detail.summary.associates else {"associates": detail.summary.associates}
    made = Material(detail.summary, tables, left)
    _agree(made, whole=associates)
    _add_up(made, snapshot.manifest.config.get("risk", {}).get("base"))
    return made


class _Asked:
    """A snapshot asked about some members of one cluster."""

    def __init__(self, snapshot: Snapshot, members: str, cluster_id: str) -> None:
        self._snapshot, self._members, self._cluster = snapshot, members, cluster_id
        files = {file.sha256: file.path for file in reversed(snapshot.manifest.inputs)}
        self._files = {"shas": list(files), "paths": list(files.values())}

    def table(self, name: str, sql: str) -> pa.Table:
        """The answer of a query of ours; {members} in it selects the members, {files} gives a file's path by its digest."""
        given: dict[str, object] = {"cluster": self._cluster, **(self._files if "{files}" in sql else {})}
        asked = sql.format(
            members=self._members, files="(SELECT unnest($shas) AS source_sha256, unnest($paths) AS source_path)"
        )
        return self._snapshot.query(asked, given).select(TABLES[name].names).cast(TABLES[name])


_QUERIES = {
    "accounts": """
        WITH mine AS (SELECT * FROM members WHERE account_id IN {members})
        SELECT m.account_id, m.role, m.risk, m.flagged, m.attachment, a.created_at, a.first_seen, a.last_seen,
               coalesce(a.requests, 0) AS requests, coalesce(a.input_tokens, 0) AS input_tokens,
               coalesce(a.output_tokens, 0) AS output_tokens, a.email_domain, a.country, a.org_id, a.plan, a.status, a.label
        FROM mine AS m LEFT JOIN accounts AS a USING (account_id)
        ORDER BY m.account_id
    """,
    "sightings": """
        WITH mine AS (SELECT * FROM sightings WHERE account_id IN {members})
        SELECT account_id, kind, value, n, first_seen, last_seen, source_path, source_file AS source_sha256, source_record
        FROM mine LEFT JOIN {files} ON source_sha256 = source_file ORDER BY account_id, kind, value
    """,
    "links": """
        WITH mine AS (SELECT * FROM edges WHERE account_id IN {members}),
        seen AS (SELECT * FROM sightings WHERE account_id IN {members})
        SELECT account_id, kind, value, coalesce(i.family, kind) AS family, weight / 1e6 AS weight, n, seen.first_seen,
               seen.last_seen, source_path, source_file AS source_sha256, source_record
        FROM mine LEFT JOIN seen USING (account_id, kind, value) LEFT JOIN {files} ON source_sha256 = source_file
        LEFT JOIN identifiers AS i USING (kind, value) ORDER BY account_id, kind, value
    """,
    "identifiers": """
        WITH linked AS (
            SELECT kind, value, count(*) AS linked, sum(weight)::BIGINT AS carried
            FROM edges WHERE account_id IN {members} GROUP BY kind, value
        ),
        held AS (
            SELECT kind, value, count(*) AS seen, min(first_seen) AS first_seen, max(last_seen) AS last_seen
            FROM sightings WHERE account_id IN {members} GROUP BY kind, value
        )
        SELECT kind, value, coalesce(i.family, kind) AS family, coalesce(i.strength, 0) AS strength, i.rarity, i.corroboration,
               coalesce(i.accounts, 1) AS everywhere, greatest(coalesce(seen, 0), coalesce(linked, 0)) AS inside,
               coalesce(linked, 0) AS linked, coalesce(carried, 0) / 1e6 AS carried, held.first_seen, held.last_seen, i.note,
               f.description, f.sample
        FROM held FULL JOIN linked USING (kind, value) LEFT JOIN identifiers AS i USING (kind, value)
        LEFT JOIN fingerprints AS f USING (kind, value)
        WHERE seen >= 2 OR linked >= 1 ORDER BY carried DESC, inside DESC, kind, value
    """,
    "days": """
        WITH mine AS (SELECT * FROM activity WHERE account_id IN {members})
        SELECT strftime(hour, '%Y-%m-%d') AS day, count(DISTINCT account_id) AS accounts, sum(requests)::BIGINT AS requests,
               sum(input_tokens)::BIGINT AS input_tokens, sum(output_tokens)::BIGINT AS output_tokens
        FROM mine GROUP BY day ORDER BY day
    """,
    "hours": """
        WITH mine AS (SELECT * FROM activity WHERE account_id IN {members})
        SELECT isodow(hour) AS weekday, hour(hour) AS hour, sum(requests)::BIGINT AS requests
        FROM mine GROUP BY ALL ORDER BY ALL
    """,
    "models": """
        WITH mine AS (SELECT * FROM models WHERE account_id IN {members})
        SELECT model, count(DISTINCT account_id) AS accounts, sum(requests)::BIGINT AS requests,
               sum(output_tokens)::BIGINT AS output_tokens, min(first_seen) AS first_seen, max(last_seen) AS last_seen
        FROM mine GROUP BY model ORDER BY requests DESC, model
    """,
}


def _reasons(snapshot: Snapshot, summary: ClusterSummary) -> pa.Table:
    """Reasons with the ramp that gave the points, as far as the snapshot's configuration tells it."""
    signals: dict[str, dict[str, float]] = snapshot.manifest.config.get("risk", {}).get("signals", {})
    rows = []
    for rank, reason in enumerate(summary.reasons, 1):
        ramp = signals.get(reason.code, {})
        rows.append(
            {
                "rank": rank, "code": reason.code, "side": "for" if reason.side == "for" else "against",
                "points_for": max(reason.points, 0.0), "points_against": max(-reason.points, 0.0), "figure": reason.figure,
                "low": ramp.get("low"), "high": ramp.get("high"), "most": None if not ramp else abs(ramp["points"]),
                "sentence": reason.sentence,
            }
        )  # fmt: skip
    return of_rows("reasons", rows)


def _against(snapshot: Snapshot, detail: ClusterDetail, included: set[str]) -> dict[str, pa.Table]:
    """What speaks for the members, what hangs on single identifiers, and where the cluster touches others."""
    cluster_id = detail.summary.cluster_id
    facts = [
        {"account_id": one.account_id, **vars(fact)}
        for one in counter_evidence(snapshot, cluster_id, limit=detail.summary.size).accounts
        if one.account_id in included
        for fact in one.facts
    ]
    cuts = cut_links(snapshot, cluster_id, _CUTS)
    outward = bridges(snapshot, cluster_id, _BRIDGES, cuts=cuts).outward
    return {
        "in_favour": of_rows("in_favour", sorted(facts, key=lambda row: (row["account_id"], row["code"]))),
        "cut_links": of_rows("cut_links", [{**vars(cut), "pieces": len(cut.pieces)} for cut in cuts]),
        "bridges": of_rows(
            "bridges",
            [
                {
                    "kind": one.kind, "value": one.value, "family": one.family, "inside": one.inside, "weight": one.weight,
                    "alone": one.alone, "other_cluster": end.cluster_id, "other_flagged": end.flagged,
                    "other_size": end.size, "other_accounts": end.accounts, "other_weight": end.weight,
                }
                for one in outward
                for end in one.ends
            ],
        ),
    }  # fmt: skip


def _add_up(made: Material, base: float | None) -> None:
    """The points of the reasons against the risk, where the configuration tells the base."""
    points = sum(reason.points for reason in made.summary.reasons)
    if base is not None and abs(risk_of(base + points) - made.summary.risk) > RISK_TOLERANCE:
        raise StoreError(
            f"cluster {made.summary.cluster_id}: the snapshot says risk {made.summary.risk:.4f} and its reasons add up to "
            f"{risk_of(base + points):.4f}; no evidence is made of a snapshot that contradicts itself: rebuild, or read another"
        )


def _agree(made: Material, *, whole: bool) -> None:
    """The counts of the tables against those of the snapshot's own summary."""
    accounts, summary = made.tables["accounts"], made.summary
    told = {"core": (accounts.filter(pc.equal(accounts["role"], "core")).num_rows, summary.core)}
    if whole:
        told["accounts"] = (accounts.num_rows, summary.size)
        for name in ("requests", "input_tokens", "output_tokens"):
            told[name] = (pc.sum(accounts[name]).as_py() or 0, getattr(summary, name))
    for name, (found, said) in told.items():
        if found != said:
            raise StoreError(
                f"cluster {summary.cluster_id}: the snapshot says {said:,} {name} and its tables hold {found:,}; "
                "no evidence is made of a snapshot that contradicts itself: rebuild, or read another"
            )
