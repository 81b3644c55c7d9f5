"""How far risks can be believed: clusters by their risk, and how many of them were guilty; as Markdown and as a picture.

    python -m benchmarks.reliability RESULTS.jsonl      # what benchmarks.accuracy measured, of any code; fits, and prints

A cluster is guilty where most of its core members (of all its members where fewer than three are core) are accounts with an
actor. Intervals are Wilson's (1927), of 95 %. The fit is Platt's (1999): a straight line over the log-odds that the points
add up to, by maximum likelihood, with his targets instead of 0 and 1, so that a separable sample does not send the slope
beyond all measure. The line goes through the threshold, so that nobody's flag depends on it, and has one number, the slope: all
points are multiplied by it, and the base is moved along, in the configuration. It is fitted on seeds that it is not judged on.
"""

from __future__ import annotations

import argparse
import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.commands import table
from linkage.config import Config

Cluster = dict[str, Any]

THRESHOLD = math.log(Config().risk.flagged / (1 - Config().risk.flagged))
BOUNDS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0)


def clusters_of(snapshot: Path, truth: Path) -> list[Cluster]:
    """Of every cluster of a snapshot: risk, odds (the log-odds of its points), size, core, flagged, guilty, kind."""
    con = duckdb.connect()
    con.execute("SET threads = 1")
    rows = con.execute(
        """
        WITH placed AS (
            SELECT cluster_id, role = 'core' AS core, actor <> '' AS guilty, CASE WHEN kind = '' THEN 'ordinary' ELSE kind END AS kind
            FROM read_parquet($members) JOIN read_parquet($truth) USING (account_id)
        ),
        counted AS (
            SELECT cluster_id, count(*) AS size, count(*) FILTER (WHERE core) AS core, count(*) FILTER (WHERE guilty) AS guilty,
                   count(*) FILTER (WHERE core AND guilty) AS core_guilty, max_by(kind, n) AS kind
            FROM (SELECT *, count(*) OVER (PARTITION BY cluster_id, kind) * 1000 + length(kind) AS n FROM placed) GROUP BY cluster_id
        ),
        points AS (SELECT cluster_id, sum(points) AS points FROM read_parquet($reasons) GROUP BY cluster_id)
        SELECT c.risk, coalesce(points, 0) AS points, c.flagged, n.size, n.core,
               CASE WHEN n.core >= 3 THEN 2 * core_guilty > n.core ELSE 2 * guilty > n.size END AS guilty, kind
        FROM counted AS n JOIN read_parquet($clusters) AS c USING (cluster_id) LEFT JOIN points USING (cluster_id) ORDER BY cluster_id
        """,
        {name: str(snapshot / f"{name}.parquet") for name in ("members", "clusters", "reasons")} | {"truth": str(truth)},
    ).fetchall()
    con.close()
    base = Config().risk.base
    names = ("risk", "odds", "flagged", "size", "core", "guilty", "kind")
    return [dict(zip(names, (row[0], round(base + row[1], 3), *row[2:]), strict=True)) for row in rows]


def wilson(found: int, count: int, z: float = 1.959964) -> tuple[float, float]:
    """The interval of a share."""
    middle = (found + z * z / 2) / (count + z * z)
    width = z * math.sqrt(found * (count - found) / count + z * z / 4) / (count + z * z)
    return max(0.0, middle - width), min(1.0, middle + width)


def binned(clusters: list[Cluster]) -> list[tuple[float, float, list[Cluster]]]:
    """Clusters by BOUNDS, the upper one belonging to the last bin."""
    pairs = pairwise(BOUNDS)
    found = [(low, high, [c for c in clusters if low <= c["risk"] < high or c["risk"] == high == 1]) for low, high in pairs]
    return [one for one in found if one[2]]


def reliability(clusters: list[Cluster]) -> tuple[str, str]:
    """The table with its measures in words, and the picture as SVG."""
    lines, points = [], []
    error = 0.0
    for low, high, some in binned(clusters):
        guilty, mean = sum(c["guilty"] for c in some), sum(c["risk"] for c in some) / len(some)
        share, (least, most) = guilty / len(some), wilson(guilty, len(some))
        error += abs(mean - share) * len(some) / len(clusters)
        points.append((mean, share, least, most, len(some)))
        lines.append(
            [
                f"{low:.2f} to {high:.2f}",
                f"{len(some):,}",
                f"{mean:.3f}",
                str(guilty),
                f"{share:.3f}",
                f"{least:.3f} to {most:.3f}",
            ]
        )
    brier = sum((c["risk"] - c["guilty"]) ** 2 for c in clusters) / len(clusters)
    flagged = [c for c in clusters if c["flagged"]]
    right, middle = sum(c["guilty"] for c in flagged), [c for c in clusters if 0.2 <= c["risk"] < 0.9]
    low, high = wilson(right, len(flagged)) if flagged else (0.0, 1.0)
    words = (
        f"{len(clusters):,} clusters of simulated worlds, {sum(c['guilty'] for c in clusters):,} of them guilty. Brier score {brier:.4f}, "
        f"expected calibration error {error:.4f}. Of {len(flagged):,} flagged clusters {right:,} were guilty "
        f"({low:.1%} to {high:.1%} at 95 %). Only {len(middle):,} clusters have a risk between 0.2 and 0.9: on these worlds the "
        "two sorts lie apart, and what is said of the middle rests on few."
    )
    headings = ["risk", "clusters", "mean risk", "guilty", "share guilty", "95 % interval"]
    return f"{words}\n\n{table(headings, lines)}", picture(points)


def picture(points: list[tuple[float, float, float, float, int]]) -> str:
    """Mean risk against the share of guilty clusters, with intervals; on the diagonal they agree."""
    side, edge = 320, 48

    def at(value: float) -> float:
        return edge + value * side

    def up(value: float) -> float:
        return edge + (1 - value) * side

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side + 2 * edge} {side + 2 * edge}" font-family="sans-serif" '
        'font-size="12" role="img" aria-label="Reliability: mean risk against the share of guilty clusters">',
        f'<rect width="{side + 2 * edge}" height="{side + 2 * edge}" fill="#fff"/>',
        f'<path d="M{at(0)} {up(0)}H{at(1)}M{at(0)} {up(0)}V{up(1)}" stroke="#444" fill="none"/>',
        f'<path d="M{at(0)} {up(0)}L{at(1)} {up(1)}" stroke="#bbb" stroke-dasharray="4 4"/>',
    ]
    for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        parts.append(f'<text x="{at(tick):.0f}" y="{up(0) + 18:.0f}" text-anchor="middle" fill="#444">{tick:.1f}</text>')
        parts.append(f'<text x="{at(0) - 8:.0f}" y="{up(tick) + 4:.0f}" text-anchor="end" fill="#444">{tick:.1f}</text>')
    parts.append(
        f'<text x="{at(0.5):.0f}" y="{up(0) + 38:.0f}" text-anchor="middle" fill="#222">risk that was told (mean of the bin)</text>'
    )
    parts.append(
        f'<text x="{at(0):.0f}" y="{edge - 16}" fill="#222">share of clusters that were guilty, with 95 % intervals</text>'
    )
    for mean, share, least, most, count in points:
        parts.append(f'<path d="M{at(mean):.1f} {up(least):.1f}V{up(most):.1f}" stroke="#1f5fa8"/>')
        parts.append(
            f'<circle cx="{at(mean):.1f}" cy="{up(share):.1f}" r="{2 + math.log10(count):.1f}" fill="#1f5fa8">'
            f"<title>{count} clusters, mean risk {mean:.3f}, {share:.3f} guilty</title></circle>"
        )
    return "\n".join([*parts, "</svg>", ""])


def fit(clusters: list[Cluster]) -> float:
    """The slope of Platt's line through the threshold, by Newton's method."""
    guilty = sum(c["guilty"] for c in clusters)
    target = {True: (guilty + 1) / (guilty + 2), False: 1 / (len(clusters) - guilty + 2)}
    slope = 1.0
    for _ in range(100):
        gradient, curve = 0.0, 1e-9
        for one in clusters:
            x = one["odds"] - THRESHOLD
            p = logistic(THRESHOLD + slope * x)
            gradient += (target[bool(one["guilty"])] - p) * x
            curve += p * (1 - p) * x * x
        slope += gradient / curve
        if abs(gradient / curve) < 1e-9:
            break
    return slope


def logistic(odds: float) -> float:
    """Probability of log-odds."""
    return 1 / (1 + math.exp(-max(-500.0, min(500.0, odds))))


def main() -> None:
    """Fit on the clusters of a file of results; print the fit and how it does on the same clusters."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("results", type=Path, help="what benchmarks.accuracy measured on seeds to fit on")
    given = parser.parse_args()
    rows = [json.loads(line) for line in given.results.read_text(encoding="utf-8").splitlines()]
    clusters = [cluster for row in rows for cluster in row.get("clusters", ())]
    slope = fit(clusters)
    base = THRESHOLD + slope * (Config().risk.base - THRESHOLD)
    print(
        f"{len(clusters):,} clusters in {len(rows)} measurements: slope {slope:.3f}; points times that, and a base of {base:.3f}\n"
    )
    print("As told:\n")
    print(reliability(clusters)[0], "\n")
    fitted = [{**c, "risk": logistic(THRESHOLD + slope * (c["odds"] - THRESHOLD))} for c in clusters]
    print("As fitted, on the clusters of the fit:\n")
    print(reliability(fitted)[0])


if __name__ == "__main__":
    main()
