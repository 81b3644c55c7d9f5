"""Figures to risk: additive points with their sentences, a probability, and whether the cluster is flagged."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import duckdb
import pyarrow as pa

from linkage.clusters.features import build_features, count_everybody
from linkage.clusters.kernels import KERNEL, kernel_sizes, narrow_core
from linkage.clusters.people import find_people
from linkage.clusters.signals import SIGNALS
from linkage.clusters.spread import spread_labels
from linkage.config import Config
from linkage.engine import first_row

#: share of the quietest eight hours in traffic that never rests
_EVEN = 1 / 3


@dataclass(frozen=True)
class Usual:
    """What accounts of this input usually do: medians over the accounts that sent requests."""

    requests_a_day: float | None
    output_each: float | None
    moved: float | None


@dataclass(frozen=True)
class Judged:
    """What is said of one cluster: reasons are code, points, figure and sentence."""

    risk: float
    flagged: bool
    reasons: list[tuple[str, float, float, str]]
    figures: list[tuple[str, float]]


def assess(con: duckdb.DuckDBPyConnection, *, config: Config, bare: bool = False) -> None:
    """Write `cluster_risk` (label, risk, flagged) and `cluster_reasons` (label, code, points, figure, sentence).

    `bare` says that sightings are all there is, so that structure alone counts.
    Reads what `assemble` wrote and the snapshot's accounts, activity, models and sightings.
    """
    spread_labels(con, spread=config.risk.spread)
    find_people(con, config=config)
    count_everybody(con)
    build_features(con, config=config)
    usual = _usual(con)
    judged = _judge(con, usual, config=config, bare=bare)
    if not bare:
        judged |= _kernels(con, judged, usual, config=config)
    _write(
        con,
        [(label, one.risk, one.flagged) for label, one in sorted(judged.items())],
        [(label, *reason) for label, one in sorted(judged.items()) for reason in one.reasons],
        [(label, *figure) for label, one in sorted(judged.items()) for figure in one.figures],
    )


def _judge(con: duckdb.DuckDBPyConnection, usual: Usual, *, config: Config, bare: bool) -> dict[int, Judged]:
    """A verdict on every row of `cluster_features`, by label."""
    least, most = config.risk.structure
    counted = "count(*) FILTER (WHERE core), count(*) FILTER (WHERE core AND families >= 2)"
    cores = {row[0]: row[1:] for row in con.execute(f"SELECT label, {counted} FROM cluster_members GROUP BY label").fetchall()}
    judged: dict[int, Judged] = {}
    for row in con.sql("SELECT * FROM cluster_features ORDER BY label").to_arrow_table().to_pylist():
        label = row.pop("label")
        core, held = cores[label]
        row["structure"] = core / (row["size"] or 1.0) if bare and least <= held <= most else None
        figures = derive(row, usual)
        total = config.risk.base
        reasons: list[tuple[str, float, float, str]] = []
        for signal in SIGNALS:
            weight = config.risk.signals.get(signal.code)
            figure = figures.get(signal.figure)
            if weight is None or figure is None:
                continue
            points = signal.points(figure, weight)
            total += points
            if points:
                reasons.append((signal.code, points, figure, signal.sentence.format(x=figure, size=row["size"])))
        risk = round(_logistic(total), 6)
        known = [(name, value) for name, value in sorted(figures.items()) if value is not None]
        judged[label] = Judged(risk, risk >= config.risk.flagged and core >= config.risk.least_core, reasons, known)
    return judged


def _kernels(con: duckdb.DuckDBPyConnection, judged: dict[int, Judged], usual: Usual, *, config: Config) -> dict[int, Judged]:
    """Verdicts on clusters that are judged by their kernel, the largest that is flagged; it becomes their core."""
    best: dict[int, Judged] = {}
    taken: dict[int, int] = {}
    unflagged = [label for label, one in judged.items() if not one.flagged]
    for families in kernel_sizes(con, unflagged, least=config.risk.least_core):
        build_features(con, config=config)
        for label, one in _judge(con, usual, config=config, bare=False).items():
            if one.flagged and label not in best:
                best[label] = replace(one, figures=sorted([*one.figures, (KERNEL, float(families))]))
                taken[label] = families
    narrow_core(con, taken)
    return best


def _logistic(odds: float) -> float:
    """Probability of log-odds; beyond all measure it is certainty, not an overflow."""
    return 1 / (1 + math.exp(-max(-700.0, min(700.0, odds))))


def derive(row: dict[str, float | None], usual: Usual) -> dict[str, float | None]:
    """The figures that signals read, from a row of `cluster_features` and what is usual."""
    size = row["size"] or 1.0

    def ratio(figure: float | None, base: float | None) -> float | None:
        return None if figure is None or not base else figure / base

    volume = ratio(row["requests_a_day"], usual.requests_a_day)
    quiet, moved, together = row["quiet"], row["moved"], row["together"]
    return {
        **row,
        "structure": row.get("structure"),
        "volume": volume,
        "harvest": ratio(row["output_each"], usual.output_each),
        "moved": None if moved is None or usual.moved is None else max(0.0, moved - usual.moved),
        "turns": None if together is None else max(0.0, 1 - together),
        "one_country": None if row["countries"] is None else float(row["countries"] == 1),
        "fraud_share": (row["fraud_labels"] or 0) / size,
        "benign_share": (row["benign_labels"] or 0) / size,
        "magnitude": math.log10(size),
        "rest": None if quiet is None else max(0.0, 1 - quiet / _EVEN),
        "weekday": None if row["weekend"] is None else max(0.0, 1 - row["weekend"] * 7 / 2),
        "modesty": None if volume is None else max(0.0, 2 - volume),
    }


def _usual(con: duckdb.DuckDBPyConnection) -> Usual:
    return Usual(
        *first_row(
            con,
            """
            SELECT (SELECT median(requests / days) FROM account_days),
                   (SELECT sum(output_tokens) / nullif(sum(requests), 0) FROM accounts),
                   (SELECT count(*) FILTER (WHERE moved) / nullif(count(*), 0) FROM released)
            """,
        )
    )


def _write(
    con: duckdb.DuckDBPyConnection,
    risks: list[tuple[int, float, bool]],
    reasons: list[tuple[int, str, float, float, str]],
    known: list[tuple[int, str, float]],
) -> None:
    con.register(
        "risk_arrow",
        pa.table(
            {
                "label": pa.array([r[0] for r in risks], pa.int64()),
                "risk": pa.array([r[1] for r in risks], pa.float64()),
                "flagged": pa.array([r[2] for r in risks], pa.bool_()),
            }
        ),
    )
    con.execute("CREATE OR REPLACE TABLE cluster_risk AS SELECT * FROM risk_arrow")
    con.register(
        "reasons_arrow",
        pa.table(
            {
                "label": pa.array([r[0] for r in reasons], pa.int64()),
                "code": pa.array([r[1] for r in reasons], pa.string()),
                "points": pa.array([r[2] for r in reasons], pa.float64()),
                "figure": pa.array([r[3] for r in reasons], pa.float64()),
                "sentence": pa.array([r[4] for r in reasons], pa.string()),
            }
        ),
    )
    con.execute("CREATE OR REPLACE TABLE cluster_reasons AS SELECT * FROM reasons_arrow")
    con.register(
        "figures_arrow",
        pa.table(
            {
                "label": pa.array([k[0] for k in known], pa.int64()),
                "name": pa.array([k[1] for k in known], pa.string()),
                "value": pa.array([k[2] for k in known], pa.float64()),
            }
        ),
    )
    con.execute("INSERT INTO figures SELECT cluster_id, name, value FROM figures_arrow JOIN cluster_ids USING (label)")
    con.unregister("figures_arrow")
    con.unregister("risk_arrow")
    con.unregister("reasons_arrow")
